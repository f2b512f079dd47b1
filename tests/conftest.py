"""What tests share: the data sets at hand and one small trained model."""

import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    folder = os.environ.get("TFDS_DATA_DIR")
    if folder and Path(folder).is_dir():
        return
    reason = "TFDS_DATA_DIR does not name a folder of prepared data sets"
    for item in items:
        if item.get_closest_marker("data"):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def small_xor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of an elman-xor that was trained for two short epochs; not to be changed."""
    import zoo

    out = tmp_path_factory.mktemp("models") / "xor"
    zoo.train("elman-xor", out, epochs=2, streams=32, bits=30, units=4)
    return out
