"""What tests share: the data sets at hand and one small trained model."""

import io
import os
import sys
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


@pytest.fixture
def zoo_command(monkeypatch, capfd):
    """Runs `zoo ...` and returns exit status, standard output and standard error."""

    from zoo.cli import main as cli

    def run(*arguments, stdin=b""):
        monkeypatch.setattr(sys, "argv", ["zoo", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as left:
            cli.main()
        captured = capfd.readouterr()
        return left.value.code or 0, captured.out, captured.err

    return run


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder of installed packages, for a test that begins without recipes of others."""
    import zoo.recipes as recipes
    from zoo import packages
    from zoo.hub import registry

    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(recipes, "_named", {})
    before = set(sys.modules)
    yield folder
    for name in set(sys.modules) - before:
        if name.split(".")[0] in ("my_xor", "their_xor", "other"):
            del sys.modules[name]
    packages.offers.cache_clear()
    registry._directories.cache_clear()
