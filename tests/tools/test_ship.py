"""A model that cannot be shipped leaves the shipped ones as they were."""

import pytest

from tools import ship
from zoo.exporters import ExportError
from zoo.hub import registry


def test_what_is_not_exported_leaves_nothing_behind(tmp_path, monkeypatch):
    (tmp_path / "registry.json").write_text("{}")
    monkeypatch.setattr(ship, "MODELS", tmp_path)
    monkeypatch.setattr(registry, "REGISTRY", tmp_path / "registry.json")

    def refused(*_, **__):
        raise ExportError("not equal")

    monkeypatch.setattr(ship, "export", refused)
    with pytest.raises(ExportError):
        ship.ship(registry.MODELS / "elman-xor", "elman-xor")
    assert [path.name for path in tmp_path.iterdir()] == ["registry.json"]
