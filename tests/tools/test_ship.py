"""What shipping puts in place, and that a failed one leaves the shipped models as they were."""

import pytest

import zoo
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


def test_each_shipping_raises_the_version_of_its_name_alone(small_xor, tmp_path, monkeypatch):
    (tmp_path / "registry.json").write_text("{}")
    for module in (ship, registry):
        monkeypatch.setattr(module, "MODELS", tmp_path)
    monkeypatch.setattr(registry, "REGISTRY", tmp_path / "registry.json")
    versions = [ship.ship(small_xor, name).version for name in ("one", "one", "other", "one")]
    assert versions == [1, 2, 1, 3]
    for name, version in (("one", 3), ("other", 1)):
        assert registry.verified(f"{name}@{version}")[1].version == version
        assert len(zoo.runtime.pipeline(f"{name}@{version}")("101")) == 3
    with pytest.raises(zoo.UserError, match="Version 2 of one is not here, version 3 is"):
        registry.verified("one@2")
