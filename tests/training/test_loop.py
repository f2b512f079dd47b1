"""What recipes share to train."""

from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf

from zoo.training import checkpoints, loop
from zoo.training.batches import bucketed
from zoo.training.loop import StepAccuracy


def test_step_accuracy_counts_every_weighted_step_once_whatever_the_padding():
    rng = np.random.default_rng(0)
    metric, right, total = StepAccuracy(), 0, 0
    for lengths in ([9, 2, 1], [3, 3], [20, 1]):
        time = max(lengths)
        scores = rng.normal(size=(len(lengths), time, 4))
        labels = rng.integers(0, 4, (len(lengths), time))
        weights = np.arange(time) < np.array(lengths)[:, None]
        metric.update_state(labels, scores, weights.astype("float32"))
        right += (scores.argmax(-1) == labels)[weights].sum()
        total += weights.sum()
    np.testing.assert_allclose(metric.result(), right / total, rtol=1e-6)


def test_bucketed_batches_hold_every_example_once_and_know_their_number():
    rng = np.random.default_rng(0)
    lengths = [*rng.integers(1, 60, 500), 300]
    examples = [{"x": np.full(n, i + 1, "int32")} for i, n in enumerate(lengths)]
    batches = bucketed(examples, "x", steps_per_batch=200)
    for seed in (None, 3):
        epoch = list(batches(seed).as_numpy_iterator())
        assert len(epoch) == len(batches(seed))
        rows = [row[row > 0] for batch in epoch for row in batch["x"]]
        assert sorted(int(row[0]) for row in rows) == list(range(1, len(lengths) + 1))
        assert all(len(row) == lengths[row[0] - 1] for row in rows)
        assert all(batch["x"].size <= 200 or len(batch["x"]) == 1 for batch in epoch)
    one, again, other = (
        [batch["x"].tolist() for batch in batches(seed).as_numpy_iterator()] for seed in (3, 3, 4)
    )
    assert one == again != other


def small_model():
    keras.utils.set_random_seed(4)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dropout(0.5), keras.layers.Dense(1)])
    model.compile(loop.adam(0.1, 10, 3), "mse")
    return model


def test_a_training_killed_within_an_epoch_ends_with_the_weights_of_one_that_was_not(
    tmp_path, monkeypatch
):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 3)), rng.normal(size=(40, 1))
    data = tf.data.Dataset.from_tensor_slices((x, y)).batch(4)

    def run(folder, **options):
        model = small_model()
        steps = partial(loop.fit, model, train=lambda e: data.shuffle(10, seed=e), dev=data)
        steps = partial(steps, monitor="val_loss", better=min, epochs=3, patience=3)
        progress = steps(folder=folder, **options)
        return model.get_weights(), len(progress.history)

    def stop(step, logs=None):
        if step == 6 and checkpoints.Checkpoints(tmp_path / "killed").steps_done(1) == 6:
            raise KeyboardInterrupt

    expected, epochs = run(tmp_path / "whole")
    monkeypatch.setattr(checkpoints, "MINUTES", 0)
    killer = keras.callbacks.LambdaCallback(on_train_batch_begin=stop)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "killed", callbacks=[killer])
    resumed, epochs_resumed = run(tmp_path / "killed")
    assert epochs_resumed == epochs == 3
    for one, other in zip(expected, resumed, strict=True):
        np.testing.assert_array_equal(one, other)
    table = (tmp_path / "killed" / "logs" / "log.csv").read_text().splitlines()
    assert [row.partition(",")[0] for row in table] == ["epoch", "0", "1", "2"]
    assert any((tmp_path / "killed" / "logs" / "tensorboard").rglob("*tfevents*"))


def test_the_end_of_an_epoch_waits_for_no_tuner_of_tf_data(tmp_path, monkeypatch):
    model, datasets = small_model(), []
    fit = model.fit

    def seen(batches, validation_data, **options):
        datasets.extend([batches, validation_data])
        return fit(batches, validation_data=validation_data, **options)

    monkeypatch.setattr(model, "fit", seen)
    data = tf.data.Dataset.from_tensors((np.zeros((4, 3)), np.zeros((4, 1))))
    once = {"monitor": "val_loss", "better": min, "epochs": 1, "patience": 1}
    loop.fit(model, train=lambda epoch: data, dev=data, folder=tmp_path, **once)
    assert [batches.options().autotune.enabled for batches in datasets] == [False, False]
