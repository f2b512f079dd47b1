"""The rendezvous of the processes of a training, before any of them computes.

JAX ends a process without a sentence where another does not come. So all connect to the first one
here and send what must be the same in all of them; it compares, and sends back whether they begin.

A message is a line of JSON. That of a process is its number and what describes it; the answer is
the sentence by which it is refused, or "".
"""

import json
import selectors
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zoo.errors import UserError
from zoo.training.distributed.process_info import Place

SECONDS = 60
"""Within which all processes come; in half of it the end of one is seen by the others."""

MESSAGE_SECONDS = 5
"""Within which a connection sends its message; the first process waits for others meanwhile."""

LONGEST = 65_536
"""Bytes of a message at most."""


def rendezvous(place: Place, described: Mapping[str, Any]) -> None:
    """Waits for the other processes and compares what describes each.

    Raises:
        UserError: one does not come in time, or is described otherwise than the first; in all
            alike. Or this one has a number that is taken or that there is not.
    """
    if place.process == 0:
        _gather(place, described)
    else:
        _join(place, described)


@dataclass
class _Peer:
    """A connection to the first process."""

    connection: socket.socket
    deadline: float
    """Of its message."""

    received: bytearray = field(default_factory=bytearray)
    number: int | None = None
    """Of the process that it is from, once it sent that."""

    described: Mapping[str, Any] = field(default_factory=dict)

    def receive(self) -> bool:
        """Takes what has come, and whether the connection is still of use.

        Raises:
            OSError: it is broken.
        """
        chunk = self.connection.recv(LONGEST)
        self.received += chunk
        return bool(chunk) and len(self.received) <= LONGEST

    def has_expired(self) -> bool:
        return self.number is None and time.monotonic() > self.deadline

    def answer(self, refusal: str) -> bool:
        """Sends the answer; whether that went out."""
        try:
            self.connection.settimeout(MESSAGE_SECONDS)
            _send(self.connection, refusal)
        except OSError:
            return False
        return True


def _gather(place: Place, described: Mapping[str, Any]) -> None:
    try:
        server = socket.create_server(place.address, reuse_port=place.shares_port)
    except OSError as error:
        raise UserError(
            f"The first process cannot listen at {place.coordinator}: {error.strerror}. Name an "
            "address of this machine and a port that is free."
        ) from None
    with server:
        peers = _peers(place, server)
    others = {number: peer.described for number, peer in sorted(peers.items())}
    refusal = _missing(place, others) or _difference(described, others)
    for number in others:
        if not peers[number].answer(refusal) and not refusal:
            refusal = f"Process {number} went away before all had come; start all of them anew."
        peers[number].connection.close()
    if refusal:
        raise UserError(refusal)


def _peers(place: Place, server: socket.socket) -> dict[int, _Peer]:
    """The other processes by their numbers: all of them, or those that come in time.

    Connections are read side by side, so that one which sends nothing, or not what a process of
    a training sends, keeps nobody waiting.
    """
    deadline = time.monotonic() + SECONDS
    arrived: dict[int, _Peer] = {}
    opened: list[_Peer] = []
    with selectors.DefaultSelector() as selector:
        server.setblocking(False)
        selector.register(server, selectors.EVENT_READ)

        def drop(peer: _Peer) -> None:
            selector.unregister(peer.connection)
            peer.connection.close()
            opened.remove(peer)
            if peer.number is not None:
                # It ended before the others came, and may be started again.
                del arrived[peer.number]

        while len(arrived) < place.processes - 1 and time.monotonic() < deadline:
            for key, _ in selector.select(0.1):
                if key.data is not None and not _read(key.data, place, arrived):
                    drop(key.data)
                elif key.data is None and (peer := _accepted(server)):
                    selector.register(peer.connection, selectors.EVENT_READ, peer)
                    opened.append(peer)
            for peer in [peer for peer in opened if peer.has_expired()]:
                drop(peer)
        for peer in [peer for peer in opened if peer.number is None]:
            drop(peer)
    return arrived


def _accepted(server: socket.socket) -> _Peer | None:
    try:
        connection, _ = server.accept()
    except OSError:
        # It is gone again, or too many are open, of which those that send nothing will be closed.
        return None
    connection.setblocking(False)
    return _Peer(connection, time.monotonic() + MESSAGE_SECONDS)


def _read(peer: _Peer, place: Place, arrived: dict[int, _Peer]) -> bool:
    """Takes what a connection sends; whether it is to stay open."""
    try:
        if not peer.receive() or peer.number is not None:
            # A process that sent its message has nothing more to send.
            return False
        line, newline, _ = bytes(peer.received).partition(b"\n")
        if not newline:
            return True
        number, described = json.loads(line)
        described = dict(described)
        if type(number) is not int:
            return False
    except BlockingIOError:
        return True
    except (OSError, ValueError, TypeError, RecursionError):
        # Not a process of a training.
        return False
    if refusal := _refusal(number, place, arrived):
        peer.answer(refusal)
        return False
    peer.number, peer.described = number, described
    arrived[number] = peer
    return True


def _refusal(number: int, place: Place, arrived: Mapping[int, Any]) -> str:
    """Why a process of that number cannot take part; nothing if it can."""
    if not 1 <= number < place.processes:
        return (
            f"Number {number} does not fit: {place.coordinator} was started as the first of "
            f"{place.processes} processes, so that the others are 1 to {place.processes - 1}. "
            "Start all of them with the same number of processes."
        )
    if number in arrived:
        return (
            f"Process {number} is at {place.coordinator} already; give each process a number of "
            "its own."
        )
    return ""


def _join(place: Place, described: Mapping[str, Any]) -> None:
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            first = socket.create_connection(place.address, timeout=SECONDS)
            break
        except OSError as error:
            if time.monotonic() > deadline:
                raise UserError(
                    f"Process {place.process} did not reach the first one at {place.coordinator} "
                    f"within {SECONDS} seconds ({error.strerror or error}); start that too, or "
                    "correct the address."
                ) from None
            time.sleep(0.2)
    with first:
        first.settimeout(2 * SECONDS)
        try:
            _send(first, [place.process, dict(described)])
            refusal = _receive(first)
        except (OSError, ValueError):
            raise UserError(
                f"The first process, at {place.coordinator}, went away before all had come."
            ) from None
    if refusal:
        raise UserError(str(refusal))


def _missing(place: Place, others: Mapping[int, Any]) -> str:
    """Which of the processes did not come; nothing if all did."""
    missing = [str(number) for number in range(1, place.processes) if number not in others]
    if not missing:
        return ""
    return (
        f"Of {place.processes} processes, number {', '.join(missing)} did not come to "
        f"{place.coordinator} within {SECONDS} seconds; start all of them."
    )


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


def _send(connection: socket.socket, message: Any) -> None:
    connection.sendall(json.dumps(message, default=str).encode() + b"\n")


def _receive(connection: socket.socket) -> Any:
    with connection.makefile("rb") as lines:
        return json.loads(lines.readline(LONGEST))
