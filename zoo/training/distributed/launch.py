"""A training in several processes: those of this machine are started here and watched."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from tempfile import TemporaryFile
from typing import IO, Any

from zoo.errors import InternalError, UserError
from zoo.training.distributed.process_info import Place

PATIENCE = 10
"""Seconds that processes have to end after one of them failed."""

SAID = re.compile(r"^(?:Error|[\w.]*(?:Error|Exception)): .+", re.MULTILINE)
"""What a process says last when it fails."""


def places(coordinator: str | None, process: int | None, processes: int | None) -> list[Place]:
    """The processes to start here, of those that train together; none for an ordinary training.

    Where a coordinator is named, this is one of several that are started one by one. What is not
    said then is taken from the variables of a launcher: WORLD_SIZE and RANK, or SLURM's. The
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
    if host and port.isdigit() and process is not None and 0 <= process < (processes or 0):
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
    address = f"127.0.0.1:{_free_port()}"
    return [Place(address, number, processes) for number in range(processes)]


def _number(said: int | None, *variables: str) -> int | None:
    texts = [os.environ[name] for name in variables if os.environ.get(name, "").isdigit()]
    return said if said is not None or not texts else int(texts[0])


def train(asked: Mapping[str, Any], here: Sequence[Place]) -> None:
    """Trains in these processes, and waits for their end.

    Args:
        asked: what `zoo.api.train.train` takes, but for the place.

    Raises:
        UserError: JAX is not installed, or a process was told of a user's mistake.
        InternalError: a process failed or was stopped; the others here are stopped too.
    """
    if find_spec("jax") is None:
        raise UserError(
            "Several processes train on JAX, which is not installed: "
            "pip install 'recurrent-zoo[jax]', or [jax-gpu] for GPUs."
        )
    with ExitStack() as held:
        said = [held.enter_context(TemporaryFile("w+")) for _ in here]
        running = [_started(asked, *each) for each in zip(here, said, strict=True)]
        try:
            failed = _first_to_fail(running)
        finally:
            _stop(running)
        if failed is not None:
            _explain(here[failed], running[failed].returncode, said[failed])


def _started(asked: Mapping[str, Any], place: Place, said: IO[str]) -> "subprocess.Popen[bytes]":
    gpus = _gpus()
    device = {"CUDA_VISIBLE_DEVICES": gpus[place.process % len(gpus)]} if gpus else {}
    request = {**asked, "place": vars(place)}
    return subprocess.Popen(
        [sys.executable, "-m", "zoo.api.worker", json.dumps(request, default=str)],
        env={**os.environ, **device, "KERAS_BACKEND": "jax"},
        # The first process shows how it goes.
        stdout=None if place.process == 0 else subprocess.DEVNULL,
        stderr=said,
    )


def _first_to_fail(running: "Sequence[subprocess.Popen[bytes]]") -> int | None:
    """The process that failed before all had ended, if one did."""
    while True:
        states = [process.poll() for process in running]
        for number, state in enumerate(states):
            if state:
                return number
        if all(state == 0 for state in states):
            return None
        time.sleep(0.2)


def _stop(running: "Sequence[subprocess.Popen[bytes]]") -> None:
    for process in running:
        if process.poll() is None:
            process.terminate()
    for process in running:
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _explain(place: Place, status: int, said: IO[str]) -> None:
    said.seek(0)
    told = SAID.findall(said.read())
    last = told[-1].removeprefix("Error: ") if told else ""
    if status == 2 and last:
        raise UserError(last)
    how = signal.Signals(-status).name if status < 0 else f"status {status}"
    raise InternalError(
        f"Process {place.process} of {place.processes} ended before its time ({how}"
        f"{': ' if last else ''}{last:.300}), by itself or because another did. Nothing is lost "
        "but what came after the last checkpoint: --resume goes on there."
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


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]
