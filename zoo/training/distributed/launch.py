"""A training in several processes: those of this machine are started here and watched."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from zoo.errors import InternalError, UserError
from zoo.training.distributed import workers
from zoo.training.distributed.process_info import Place


def places(coordinator: str | None, process: int | None, processes: int | None) -> list[Place]:
    """The processes to start here, of those that train together; none for an ordinary training.

    Where a coordinator is named, this is one of several that are started one by one. What is
    left out then is taken from the variables of a launcher: WORLD_SIZE and RANK, or SLURM's. The
    coordinator itself is that of `torchrun` (MASTER_ADDR, MASTER_PORT) if those are all there.

    Raises:
        UserError: a part of it is missing or does not fit, or there are too few devices.
    """
    launched = {"MASTER_ADDR", "MASTER_PORT", "RANK", "WORLD_SIZE"} <= os.environ.keys()
    if coordinator is None and process is None and processes is None and launched:
        coordinator = f"{os.environ['MASTER_ADDR']}:{os.environ['MASTER_PORT']}"
    if coordinator is None and process is None:
        return [] if processes is None else _of_this_machine(processes)
    process = _number(process, "RANK", "SLURM_PROCID")
    processes = _number(processes, "WORLD_SIZE", "SLURM_NTASKS")
    host, _, port = (coordinator or "").rpartition(":")
    is_address = host and port.isdigit() and 0 < int(port) < 65_536
    if is_address and process is not None and 0 <= process < (processes or 0):
        return [Place(f"{host}:{port}", process, processes or 0)]
    raise UserError(
        "One of several processes takes --coordinator HOST:PORT, the address of the first, "
        f"--process K, from 0, and --processes N; got {coordinator}, {process}, {processes}."
    )


def _of_this_machine(processes: int) -> list[Place]:
    gpus = _gpus()
    devices, what = (len(gpus), "GPUs") if gpus else (os.cpu_count() or 1, "cores")
    if not 1 <= processes <= devices:
        raise UserError(
            f"--processes {processes} does not fit this machine, which has {devices} {what}."
        )
    # Port 0 is any that is free, which `on_a_port` chooses.
    return [Place("127.0.0.1:0", number, processes) for number in range(processes)]


def _number(number: int | None, *variables: str) -> int | None:
    texts = [os.environ[name] for name in variables if os.environ.get(name, "").isdigit()]
    return number if number is not None or not texts else int(texts[0])


def train(asked: Mapping[str, Any], places_here: Sequence[Place]) -> None:
    """Trains in these processes, and waits for their end.

    Args:
        asked: what `zoo.api.train.train` takes, but for the place.

    Raises:
        UserError: JAX is not installed, or a process reported a user's mistake.
        InternalError: a process failed or was stopped; the others here are stopped too.
    """
    if find_spec("jax") is None:
        raise UserError(
            "Several processes train on JAX, which is not installed: "
            "pip install 'recurrent-zoo[jax]', or [jax-gpu] for GPUs."
        )
    with TemporaryDirectory() as folder, on_a_port(places_here) as bound:
        running = [_started(asked, place, Path(folder)) for place in bound]
        failed = workers.wait(running)
    if failed is None:
        return
    number, failure = failed
    place = places_here[number]
    if failure.is_users:
        raise UserError(failure.reason)
    sys.stderr.write(failure.errors)
    raise InternalError(
        f"Process {place.process} of {place.processes} ended before its time "
        f"({failure.reason:.300}), by itself or because another did. Nothing is lost but what came "
        "after the last checkpoint: --resume goes on there."
    )


@contextmanager
def on_a_port(places: Sequence[Place]) -> Iterator[Sequence[Place]]:
    """Processes of this machine with a port that is theirs until the end; others are as they were.

    The port stays bound here, and is shared (SO_REUSEPORT) by what listens there for them: first
    their rendezvous, then JAX. So no other program takes it in between.
    """
    if places[0].address[1] != 0:
        yield places
        return
    is_shared = hasattr(socket, "SO_REUSEPORT")
    with socket.socket() as bound:
        if is_shared:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind(places[0].address)
        host, port = bound.getsockname()
        if not is_shared:
            bound.close()
        yield [
            replace(place, coordinator=f"{host}:{port}", shares_port=is_shared) for place in places
        ]


def _started(asked: Mapping[str, Any], place: Place, folder: Path) -> workers.Worker:
    gpus = _gpus()
    device = {"CUDA_VISIBLE_DEVICES": gpus[place.process % len(gpus)]} if gpus else {}
    own = folder / str(place.process)
    own.mkdir()
    return workers.start(
        {**asked, "place": vars(place)},
        own,
        {**device, "KERAS_BACKEND": "jax"},
        # The first process shows how it goes.
        shows=place.process == 0,
    )


def _gpus() -> list[str]:
    """The GPUs that processes may use, by what CUDA_VISIBLE_DEVICES calls them."""
    if "CUDA_VISIBLE_DEVICES" in os.environ:
        named = os.environ["CUDA_VISIBLE_DEVICES"].split(",")
        return [each for each in named if each not in ("", "-1")]
    if shutil.which("nvidia-smi") is None:
        return []
    listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=False)
    return [str(number) for number, _ in enumerate(listed.stdout.splitlines())]
