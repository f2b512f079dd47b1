"""Where the processes of a training meet before any of them computes.

JAX ends a process without a sentence where another does not come. So they meet here first, and say
what must be the same in all of them.
"""

import json
import socket
import time
from collections.abc import Mapping
from typing import Any

from zoo.errors import UserError
from zoo.training.distributed.process_info import Place

SECONDS = 60
"""Within which all processes come; in half of it the end of one is seen by the others."""

LONGEST = 65_536
"""Bytes that a process says at most."""


def meet(place: Place, described: Mapping[str, Any]) -> None:
    """Waits for the other processes and compares what each says of itself.

    Raises:
        UserError: one does not come in time, or says something else than the first; in all alike.
    """
    if place.process == 0:
        _receive(place, described)
    else:
        _present(place, described)


def _receive(place: Place, described: Mapping[str, Any]) -> None:
    host, port = place.address
    until = time.monotonic() + SECONDS
    come: dict[int, Any] = {}
    try:
        server = socket.create_server((host, port))
    except OSError as error:
        raise UserError(
            f"The first process cannot listen at {place.coordinator}: {error.strerror}. Name an "
            "address of this machine and a port that is free."
        ) from None
    with server:
        while len(come) < place.processes - 1:
            server.settimeout(max(0.01, until - time.monotonic()))
            try:
                guest, _ = server.accept()
                guest.settimeout(SECONDS)
                number, theirs = _heard(guest)
                come[int(number)] = (guest, dict(theirs))
            except TimeoutError:
                missing = sorted(set(range(1, place.processes)) - come.keys())
                raise UserError(
                    f"Of {place.processes} processes, number {', '.join(map(str, missing))} did "
                    f"not come to {place.coordinator} within {SECONDS} seconds; start all of them."
                ) from None
            except (OSError, ValueError, TypeError):
                # Not one of ours.
                continue
    refused = _difference(described, {number: theirs for number, (_, theirs) in come.items()})
    for guest, _ in come.values():
        _say(guest, refused)
        guest.close()
    if refused:
        raise UserError(refused)


def _present(place: Place, described: Mapping[str, Any]) -> None:
    until = time.monotonic() + SECONDS
    while True:
        try:
            host = socket.create_connection(place.address, timeout=SECONDS)
            break
        except OSError as error:
            if time.monotonic() > until:
                raise UserError(
                    f"Process {place.process} did not reach the first one at {place.coordinator} "
                    f"within {SECONDS} seconds ({error.strerror or error}); start that too, or "
                    "correct the address."
                ) from None
            time.sleep(0.2)
    with host:
        host.settimeout(2 * SECONDS)
        try:
            _say(host, [place.process, dict(described)])
            refused = _heard(host)
        except (OSError, ValueError):
            raise UserError(
                f"The first process, at {place.coordinator}, went away before all had come."
            ) from None
    if refused:
        raise UserError(refused)


def _difference(ours: Mapping[str, Any], others: Mapping[int, Mapping[str, Any]]) -> str:
    """In what one of the others differs from the first; nothing if in nothing."""
    for number, theirs in sorted(others.items()):
        for name in ours:
            if ours[name] != theirs.get(name):
                return (
                    f"Process 0 has {name}={ours[name]!r:.200}, process {number} "
                    f"{name}={theirs.get(name)!r:.200}; start all of them by the same line, with "
                    "the same versions."
                )
    return ""


def _say(other: socket.socket, said: Any) -> None:
    other.sendall(json.dumps(said, default=str).encode() + b"\n")


def _heard(other: socket.socket) -> Any:
    with other.makefile("rb") as lines:
        return json.loads(lines.readline(LONGEST))
