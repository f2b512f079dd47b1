"""The rendezvous of processes, with sockets of this machine: who takes part, and who does not."""

import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from zoo.errors import UserError
from zoo.training.distributed import rendezvous as module
from zoo.training.distributed.process_info import Place
from zoo.training.distributed.rendezvous import rendezvous

DESCRIBED = {"recipe": "elman-xor", "units": 4}


@pytest.fixture
def address():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """A minute is too long for a test, but nothing here but what is missing waits for its end."""
    monkeypatch.setattr(module, "SECONDS", 10)
    monkeypatch.setattr(module, "MESSAGE_SECONDS", 2)


def outcome(address, number, processes, described=DESCRIBED):
    """What a process is told: "" when it may begin."""
    try:
        rendezvous(Place("{}:{}".format(*address), number, processes), described)
    except UserError as error:
        return str(error)
    return ""


def connected(address):
    until = time.monotonic() + 10
    while True:
        try:
            return socket.create_connection(address, timeout=10)
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.01)


def answer(connection):
    """What is sent back, until the connection is closed."""
    with connection, connection.makefile("rb") as lines:
        return json.loads(lines.readline() or b"null")


def message(number, described=DESCRIBED):
    return json.dumps([number, described]).encode() + b"\n"


class Threads:
    """Processes that come to a rendezvous, a thread each."""

    def __init__(self, address):
        self.address = address
        self.pool = ThreadPoolExecutor(16)

    def __call__(self, number, processes, described=DESCRIBED):
        return self.pool.submit(outcome, self.address, number, processes, described)


@pytest.fixture
def process(address):
    threads = Threads(address)
    yield threads
    threads.pool.shutdown()


@pytest.mark.parametrize("processes", [1, 2, 5])
def test_processes_that_all_come_begin(process, processes):
    futures = [process(number, processes) for number in reversed(range(processes))]
    assert [future.result() for future in futures] == [""] * processes


STRANGERS = {
    "silent": b"",
    "half a line": b"[1, {",
    "no JSON": b"GET / HTTP/1.1\r\n\r\n",
    "no pair": b"7\n",
    "three": b"[1, {}, 2]\n",
    "an object": b'{"a": 1, "b": 2}\n',
    "a number that is text": b'["1", {}]\n',
    "a number that is a truth": b"[true, {}]\n",
    "a number that is a fraction": b"[1.0, {}]\n",
    "no description": b"[1, 5]\n",
    "too long": b"[" * 70_000,
    "deep": b"[" * 60_000 + b"\n",
    "no UTF-8": b"\xff\xfe\x00\n",
    "empty lines": b"\n\n\n",
}


@pytest.mark.parametrize("sent", STRANGERS.values(), ids=STRANGERS)
def test_a_stranger_keeps_nobody_waiting_and_takes_nobodys_place(address, process, sent):
    first = process(0, 3)
    strangers = [connected(address) for _ in range(5)]
    for stranger in strangers:
        stranger.sendall(sent)
    began = time.monotonic()
    others = [process(1, 3), process(2, 3)]
    assert [first.result(), *(each.result() for each in others)] == ["", "", ""]
    assert time.monotonic() - began < 5
    for stranger in strangers:
        stranger.close()


def test_a_stranger_is_closed_after_a_while_and_then_gone(address, process):
    first = process(0, 2)
    with connected(address) as silent:
        began = time.monotonic()
        assert silent.recv(1) == b""
        assert 1 < time.monotonic() - began < 8
    assert process(1, 2).result() == ""
    assert first.result() == ""


def test_a_message_may_come_in_pieces(address, process):
    first = process(0, 2)
    slow = connected(address)
    for byte in message(1):
        slow.sendall(bytes([byte]))
        time.sleep(0.01)
    assert answer(slow) == ""
    assert first.result() == ""


@pytest.mark.parametrize("number", [0, 2, 3, -1, 10**30])
def test_a_number_that_there_is_not_is_refused_and_the_others_begin(address, process, number):
    first = process(0, 2)
    wrong = connected(address)
    wrong.sendall(message(number))
    assert f"Number {number} does not fit" in answer(wrong)
    assert not first.done()
    assert process(1, 2).result() == ""
    assert first.result() == ""


def test_a_process_that_was_told_another_count_says_so(process):
    first = process(0, 2)
    assert "started as the first of 2 processes" in process(2, 3).result()
    assert process(1, 2).result() == ""
    assert first.result() == ""


def test_a_number_that_is_taken_is_refused_and_its_holder_stays(address, process):
    first = process(0, 3)
    holder = connected(address)
    holder.sendall(message(1))
    time.sleep(0.3)
    assert "Process 1 is at 127.0.0.1" in process(1, 3).result()
    assert process(2, 3).result() == ""
    assert answer(holder) == ""
    assert first.result() == ""


def test_a_process_that_ended_early_may_come_again(address, process):
    first = process(0, 3)
    ended = connected(address)
    ended.sendall(message(1))
    ended.close()
    time.sleep(0.3)
    again = process(1, 3)
    assert process(2, 3).result() == ""
    assert [first.result(), again.result()] == ["", ""]


def test_what_differs_is_told_to_all(process):
    first, one = process(0, 3), process(1, 3)
    other = process(2, 3, DESCRIBED | {"units": 5})
    told = {future.result() for future in (first, one, other)}
    assert len(told) == 1
    assert "Process 0 has units=4, process 2 units=5" in told.pop()


def test_who_does_not_come_is_named_to_all_that_did(address, process, monkeypatch):
    monkeypatch.setattr(module, "SECONDS", 2)
    stop = threading.Event()

    def strangers():
        while not stop.wait(0.05):
            try:
                socket.create_connection(address, timeout=1).sendall(b"[1, {")
            except OSError:
                continue

    noise = threading.Thread(target=strangers)
    noise.start()
    try:
        began = time.monotonic()
        first, one = process(0, 4), process(1, 4)
        told = {first.result(), one.result()}
        assert time.monotonic() - began < 8
    finally:
        stop.set()
        noise.join()
    assert len(told) == 1
    assert "Of 4 processes, number 2, 3 did not come" in told.pop()


def test_a_first_process_that_is_not_there_is_named(address, monkeypatch):
    monkeypatch.setattr(module, "SECONDS", 1)
    assert "Process 1 did not reach the first one" in outcome(address, 1, 2)


def test_an_address_that_is_taken_is_named(address):
    with socket.create_server(address):
        assert "cannot listen at 127.0.0.1" in outcome(address, 0, 2)
