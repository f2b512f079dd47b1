"""A training in several processes of this machine, or this machine's part of one on several."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from zoo.errors import InternalError, UserError
from zoo.recipes.place import Place

PATIENCE = 10
"""Seconds that processes have to end after one of them failed."""


def require_jax() -> None:
    """Makes JAX what Keras runs on in this process.

    Raises:
        UserError: it is not installed, or Keras was imported on another backend.
    """
    if find_spec("jax") is None:
        raise UserError(
            "Several processes train on JAX, which is not installed: "
            "pip install 'recurrent-zoo[jax]', or [jax-gpu] for GPUs."
        )
    if "keras" not in sys.modules:
        os.environ["KERAS_BACKEND"] = "jax"
    backend = import_module("keras").backend.backend()
    if backend != "jax":
        raise UserError(
            f"Several processes train on JAX, and Keras runs on {backend} in this one; set "
            "KERAS_BACKEND=jax before Keras is imported."
        )


def place(coordinator: str | None, process: int | None, processes: int | None) -> Place | None:
    """This process among those of a training, where others are started elsewhere.

    What is not said is taken from the variables that a launcher such as `torchrun` sets
    (MASTER_ADDR, MASTER_PORT, RANK, WORLD_SIZE); beside a coordinator also from SLURM's.

    Raises:
        UserError: a part of it is missing or does not fit.
    """
    found = os.environ
    if coordinator is None and process is None and "RANK" in found and "MASTER_ADDR" in found:
        coordinator = f"{found['MASTER_ADDR']}:{found.get('MASTER_PORT', '29500')}"
    if coordinator is None and process is None:
        return None
    process = _number(process, "RANK", "SLURM_PROCID")
    processes = _number(processes, "WORLD_SIZE", "SLURM_NTASKS")
    host, _, port = (coordinator or "").rpartition(":")
    if not host or not port.isdigit() or process is None or processes is None:
        raise UserError(
            "A process of a training on several machines takes --coordinator HOST:PORT, the "
            f"address of the first, --process K and --processes N; got {coordinator}, {process} "
            f"and {processes}."
        )
    if not 0 <= process < processes:
        raise UserError(
            f"--process {process} of --processes {processes} does not fit; they are counted from 0."
        )
    return Place(f"{host}:{port}", process, processes)


def _number(said: int | None, *variables: str) -> int | None:
    texts = [os.environ[name] for name in variables if os.environ.get(name, "").isdigit()]
    return said if said is not None or not texts else int(texts[0])


def launch(arguments: Sequence[str], processes: int) -> None:
    """Runs `zoo` with these arguments in so many processes of this machine, one device each.

    Raises:
        UserError: there are fewer devices, or a process was told of a user's mistake.
        InternalError: a process failed or was stopped; the others are stopped too.
    """
    devices = _gpus() or [str(core) for core in range(os.cpu_count() or 1)]
    if not 1 <= processes <= len(devices):
        what = "GPUs" if _gpus() else "cores"
        raise UserError(
            f"--processes {processes} does not fit this machine, which has {len(devices)} {what}."
        )
    address = f"127.0.0.1:{_free_port()}"
    with ExitStack() as held:
        said = [held.enter_context(TemporaryFile("w+")) for _ in range(processes)]
        running = [
            _started(arguments, Place(address, number, processes), devices[number], said[number])
            for number in range(processes)
        ]
        try:
            failed = _first_to_fail(running)
        finally:
            _stop(running)
        if failed is not None:
            _explain(failed, running[failed].returncode, said[failed])


def _started(
    arguments: Sequence[str], place: Place, device: str, said: IO[str]
) -> "subprocess.Popen[bytes]":
    joining = ["--coordinator", place.coordinator, "--process", str(place.process)]
    joining += ["--processes", str(place.processes)]
    return subprocess.Popen(
        [sys.executable, "-m", "zoo", *arguments, *joining],
        env={
            **os.environ,
            "KERAS_BACKEND": "jax",
            **({"CUDA_VISIBLE_DEVICES": device} if _gpus() else {}),
        },
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


def _explain(number: int, status: int, said: IO[str]) -> None:
    said.seek(0)
    lines = [line for line in said.read().splitlines() if line.strip()]
    told = [line.removeprefix("Error: ") for line in lines if line.startswith("Error: ")]
    if status == 2 and told:
        raise UserError(told[-1])
    how = signal.Signals(-status).name if status < 0 else f"status {status}"
    last = (told or lines or ["it said nothing"])[-1]
    raise InternalError(
        f"Process {number} of the training ended ({how}: {last:.300}), and the others were "
        "stopped. Nothing is lost but what came after the last checkpoint: --resume goes on there."
    )


def _gpus() -> list[str]:
    """The GPUs that processes may use, by what CUDA_VISIBLE_DEVICES calls them."""
    if "CUDA_VISIBLE_DEVICES" in os.environ:
        return [each for each in os.environ["CUDA_VISIBLE_DEVICES"].split(",") if each]
    if shutil.which("nvidia-smi") is None:
        return []
    listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=False)
    return [str(number) for number, _ in enumerate(listed.stdout.splitlines())]


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def arguments(
    recipe: str, out: Path, overrides: Mapping[str, object], start: str | None, *flags: str
) -> list[str]:
    """The line that trains: `zoo` and these."""
    options = [part for key, value in overrides.items() for part in ("--set", f"{key}={value}")]
    begun = [] if start is None else ["--from", start]
    return ["train", recipe, "--out", str(out), *options, *begun, *flags]
