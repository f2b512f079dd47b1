"""The loop on JAX on other devices; tests/layers/test_jax.py has its values and gradients."""

import os
import subprocess
import sys

import pytest

pytest.importorskip("jax")


def printed(script, **environment):
    """What a script beside this one prints, line by line."""
    found = subprocess.run(
        [sys.executable, "-m", f"tests.layers.base.{script}"],
        env={**os.environ, "KERAS_BACKEND": "jax", **environment},
        capture_output=True,
        text=True,
    )
    assert found.returncode == 0, found.stderr[-2000:]
    return found.stdout.splitlines()


def test_two_devices_add_up_the_gradients_of_a_layer_once_and_not_at_every_step():
    flags = "--xla_force_host_platform_device_count=2"
    assert printed("on_two_devices", XLA_FLAGS=flags) == ["LSTM 0 1", "GRU 0 1", "Elman 0 1"]


@pytest.mark.slow
def test_on_a_gpu_rounds_of_several_steps_make_no_other_results():
    lines = printed("in_rounds")
    assert len(lines) == 5
    for line in lines:
        _, there, here, error = line.split()
        assert int(there) > int(here) == 1
        assert float(error) < 1e-6
