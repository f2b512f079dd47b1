"""Which checkpoint is the last."""

import keras
import pytest

from zoo.training.checkpoints import Checkpoints, Progress


@pytest.fixture
def model():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize("last", [1, 10, 100, 1000, 9999, 10_000, 99_999])
def test_the_last_epoch_is_the_one_of_the_largest_number(last, model, tmp_path):
    checkpoints = Checkpoints(tmp_path)
    for epochs in (last, last + 1):
        model.layers[0].bias.assign([epochs])
        # The one before is the best, and stays.
        checkpoints.save_epoch(model, Progress([{"loss": 0.0}] * epochs), best=last - 1)
    assert len(list(tmp_path.glob("epoch-*"))) == 2
    assert len(checkpoints.restore(model).history) == last + 1
    assert model.layers[0].bias.numpy() == last + 1


@pytest.mark.parametrize("epoch", [0, 9999, 10_000])
@pytest.mark.parametrize("steps", [(), (7,), (9, 10), (99_999_999, 100_000_000)])
def test_steps_go_on_at_the_largest_number(epoch, steps, tmp_path):
    for number in steps:
        (tmp_path / f"midway-{epoch:04d}-{number:08d}").mkdir()
    (tmp_path / f"midway-{epoch + 1:04d}-{10**9}").mkdir()
    assert Checkpoints(tmp_path).steps_done(epoch) == max(steps, default=0)
