"""One training in several processes, on JAX: each reads its rows of every batch.

The weights are the same in all processes (`keras.distribution.DataParallel`), and a step on the
rows of all is the step of one process on the whole batch. Files are written by the first process
alone; the folder of a training is one that all of them see.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from zoo.errors import UserError
from zoo.training.distributed.process_info import Place
from zoo.training.distributed.rendezvous import SECONDS, rendezvous

LONGEST_MESSAGE = 16_384
"""Bytes of a message to the other processes at most."""


def join(place: Place, described: Mapping[str, Any]) -> None:
    """Joins the other processes, one device each, before any computation.

    Args:
        described: what must be the same in all of them.

    Raises:
        UserError: they are not all there in time, differ, or have other devices than one each.
    """
    import jax

    rendezvous(place, described)
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    jax.distributed.initialize(
        place.coordinator,
        place.processes,
        place.process,
        initialization_timeout=SECONDS,
        heartbeat_timeout_seconds=SECONDS // 2,
    )
    if jax.device_count() != place.processes:
        raise UserError(
            f"{place.processes} processes have {jax.device_count()} devices; give each process one "
            "device, such as by CUDA_VISIBLE_DEVICES."
        )
    # What is drawn at random must be the same in all, before a training sets its seed too.
    keras.utils.set_random_seed(0)
    keras.distribution.set_distribution(keras.distribution.DataParallel(auto_shard_dataset=False))


def leave() -> None:
    """Ends what `join` began, so that no process waits for another's end."""
    import jax

    keras.distribution.set_distribution(None)
    jax.distributed.shutdown()


def processes() -> int:
    """Of this training."""
    if keras.distribution.distribution() is None:
        return 1
    import jax

    return jax.process_count()


def is_first() -> bool:
    """Whether this is the process that writes files."""
    return process() == 0


def process() -> int:
    if processes() == 1:
        return 0
    import jax

    return jax.process_index()


def wait(where: str) -> None:
    """Waits until all processes are there, such as for a file that the first one writes."""
    if processes() > 1:
        from jax.experimental import multihost_utils

        multihost_utils.sync_global_devices(where)


def by_first(do: Callable[[], Any]) -> None:
    """Does something in the first process, while the others wait.

    Raises:
        UserError: it could not be done; in every process alike.
    """
    refused = ""
    if is_first():
        try:
            do()
        except UserError as error:
            refused = str(error)
    [first, *_] = _gathered({"refused": refused})
    if first["refused"]:
        raise UserError(first["refused"])


def _gathered(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What each process says, in their order."""
    if processes() == 1:
        return [dict(message)]
    from jax.experimental import multihost_utils

    text = json.dumps(message, default=str).encode()
    rows = multihost_utils.process_allgather(np.frombuffer(text.ljust(LONGEST_MESSAGE), "uint8"))
    return [json.loads(bytes(row)) for row in np.asarray(rows)]


def own_rows(batches: tf.data.Dataset) -> tf.data.Dataset:
    """This process's rows of every batch.

    A batch that the processes do not divide gets more rows, of weight 0. Where batches had no
    weights the others weigh so much more that the mean over all rows is that of the batch.
    """
    count, ours = processes(), process()
    if count == 1:
        return batches

    def cut(x: Any, y: Any, *weights: Any) -> tuple[Any, Any, Any]:
        rows = tf.shape(tf.nest.flatten(x)[0])[0]
        more = -rows % count
        share = (rows + more) // count

        def mine(tensor: tf.Tensor, added: tf.Tensor) -> tf.Tensor:
            whole = tf.concat([tensor, tf.repeat(added, more, axis=0)], axis=0)
            return whole[ours * share : (ours + 1) * share]

        def alike(tensor: tf.Tensor) -> tf.Tensor:
            return mine(tensor, tensor[:1])

        def weight(tensor: tf.Tensor) -> tf.Tensor:
            return mine(tensor, tf.zeros_like(tensor[:1]))

        even = tf.fill([rows, 1], tf.cast((rows + more) / rows, tf.float32))
        [weights] = weights or [tf.nest.map_structure(lambda _: even, y)]
        return (
            tf.nest.map_structure(alike, x),
            tf.nest.map_structure(alike, y),
            tf.nest.map_structure(weight, weights),
        )

    return batches.map(cut)


class FiguresOfRows(keras.callbacks.Callback):
    """Makes means over the dev split those of its rows alone, without what `own_rows` adds.

    To Keras a loss is the mean of its batches, each by all of its rows; so is a metric where the
    batches had no weights of their own. What a mean is after one batch more tells the figure of
    that batch.

    Args:
        dev: whole batches.
    """

    def __init__(self, dev: tf.data.Dataset):
        super().__init__()
        self.rows = np.array([len(tf.nest.flatten(x)[0]) for x, *_ in dev])
        self.ends = "loss" if len(dev.element_spec) > 2 else ""
        self.means: list[dict[str, float]] = []

    def on_test_begin(self, logs: Any = None) -> None:
        self.means = []

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        self.means.append(logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        shared = self.rows + -self.rows % processes()
        for name in self.means[0]:
            if name.endswith(self.ends):
                sums = np.cumsum(shared) * [mean[name] for mean in self.means]
                figures = np.diff(sums, prepend=0) / shared
                logs[f"val_{name}"] = float(np.average(figures, weights=self.rows))


@contextmanager
def by_itself() -> Iterator[None]:
    """What is made in it is this process's alone: the others need not make it at the same time."""
    shared = keras.distribution.distribution()
    keras.distribution.set_distribution(None)
    try:
        yield
    finally:
        keras.distribution.set_distribution(shared)


def alone(model: keras.Model) -> keras.Model:
    """The model for this process by itself, to be run on any batch: a copy where there are others.

    Its weights are those of now.
    """
    if processes() == 1:
        return model
    with by_itself():
        copy = type(model).from_config(model.get_config())
        copy.set_weights(model.get_weights())
    return copy
