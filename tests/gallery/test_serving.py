"""The folder of the gallery: its size, and a server of it alone."""

import json
import urllib.error
import urllib.request

import pytest

import zoo
from tests.gallery.pages import needs_browser
from zoo.gallery import server, site

pytestmark = needs_browser


def test_the_folder_alone_is_served(folder, address, tmp_path):
    (folder / "link").symlink_to(tmp_path)
    (tmp_path / "secret").write_text("secret")
    for path in ("link/secret", "..%2f..%2fsecret", "models/", "js"):
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"{address}/{path}")
    (folder / "link").unlink()


def test_a_port_in_use_and_a_folder_with_something_in_it_are_named(folder, address):
    with pytest.raises(zoo.UserError, match="is in use; take another with --port"):
        server.server(folder, int(address.rpartition(":")[2]))
    with pytest.raises(zoo.UserError, match="is not empty"):
        site.build(folder)


def test_the_first_page_of_a_small_model_loads_at_most_16_mb(folder):
    runtime = sum(file.stat().st_size for file in (folder / "ort").iterdir())
    page = (
        sum(file.stat().st_size for file in folder.rglob("*.js"))
        + (folder / "models" / "elman-xor" / "model.onnx").stat().st_size
    )
    assert runtime + page <= 16e6
    assert json.loads((folder / "models" / "elman-xor" / "model.json").read_text())["name"]
