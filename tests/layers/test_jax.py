"""The layers on the JAX backend, in a process of its own."""

import os
import subprocess
import sys

import pytest

from tests.layers.test_gated_layers import CASES, MASKS

pytest.importorskip("jax")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def errors():
    command = [sys.executable, "-m", "tests.layers.on_jax"]
    run = subprocess.run(
        command,
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    rows = [line.split("\t") for line in run.stdout.splitlines()]
    return {(name, case): (float(value), float(slope)) for name, case, value, slope in rows}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("case", [*MASKS, "recurrent dropout"])
def test_outputs_states_and_gradients_on_jax_equal_the_equations(name, case, errors):
    value, slope = errors[name, case]
    assert value < 1e-5
    assert slope < 1e-4
