"""The loop on JAX between devices; tests/layers/test_jax.py has its values and gradients."""

import os
import subprocess
import sys

import pytest

pytest.importorskip("jax")


def test_two_devices_add_up_the_gradients_of_a_layer_once_and_not_at_every_step():
    found = subprocess.run(
        [sys.executable, "-m", "tests.layers.engine.on_two_devices"],
        env={
            **os.environ,
            "KERAS_BACKEND": "jax",
            "XLA_FLAGS": "--xla_force_host_platform_device_count=2",
        },
        capture_output=True,
        text=True,
    )
    assert found.returncode == 0, found.stderr[-2000:]
    assert found.stdout.splitlines() == ["LSTM 0 1", "GRU 0 1", "Elman 0 1"]
