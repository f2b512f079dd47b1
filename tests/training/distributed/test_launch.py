"""The processes of this machine: their port, and what a failed training of theirs says."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from zoo.errors import InternalError, UserError
from zoo.training.distributed import launch, workers
from zoo.training.distributed.launch import on_a_port, places
from zoo.training.distributed.process_info import Place
from zoo.training.distributed.rendezvous import rendezvous

ALL = [Place("127.0.0.1:0", number, 2) for number in range(2)]


def test_a_port_is_theirs_from_the_first_moment_to_the_last():
    with on_a_port(ALL) as here:
        address = here[0].address
        assert address[1] != 0
        assert {place.address for place in here} == {address}
        for _ in range(2):
            with pytest.raises(OSError, match="in use"):
                socket.create_server(address)
            with ThreadPoolExecutor(2) as pool:
                assert list(pool.map(lambda place: rendezvous(place, {"a": 1}), here)) == [None] * 2
    socket.create_server(address).close()


def test_trainings_at_the_same_time_have_ports_of_their_own():
    with on_a_port(ALL) as one, on_a_port(ALL) as other:
        assert one[0].address != other[0].address


def test_an_address_that_is_named_stays():
    named = [Place("first.host:1234", 1, 2)]
    with on_a_port(named) as here:
        assert here == named


@pytest.mark.parametrize("address", ["host:0", "host:65536", "host:-1", "host:", ":7", "7"])
def test_a_port_that_there_is_not_is_refused(address):
    with pytest.raises(UserError, match="takes --coordinator HOST:PORT"):
        places(address, 0, 2)


@pytest.mark.parametrize(
    ("ends", "error", "message"),
    [
        ("by a mistake", UserError, "^No such file: a\nb.$"),
        ("by a failure", InternalError, r"\(status 1: ArithmeticError: it does not add up\)"),
        ("by a signal", InternalError, r"Process . of 2 ended before its time \(SIGKILL\)"),
    ],
)
def test_a_failed_training_says_why(ends, error, message, monkeypatch, capfd):
    pytest.importorskip("jax")
    monkeypatch.setattr(workers, "MODULE", "tests.training.distributed.practice")
    with pytest.raises(error, match=message):
        launch.train({"name": "x", "ends": ends}, ALL)
    # What is no mistake of the user's is shown whole.
    assert ("nor is this" in capfd.readouterr().err) == (error is InternalError)
