"""Fixtures of the gallery: Node, the folder of pages, its server and a browser."""

import json
import re
import shutil
import subprocess
import threading

import pytest

from tests.gallery.compare import NODE
from tests.gallery.pages import BROWSER, READY, SECONDS
from zoo.gallery import server, site
from zoo.hub.registry import shipped


@pytest.fixture(scope="module")
def call(tmp_path_factory):
    """Calls a function of a module for many arguments, and then those that all share."""
    folder = tmp_path_factory.mktemp("page")
    shutil.copytree(site.SOURCE / "js", folder / "js")
    (folder / "package.json").write_text('{"type": "module"}')

    def run(module, name, each, *rest):
        calls = json.dumps({"module": module, "name": name, "each": each, "rest": rest})
        script = [NODE, "tests/gallery/call.mjs", str(folder)]
        done = subprocess.run(script, input=calls, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("gallery") / "site"
    assert site.build(place) == list(shipped())
    return place


@pytest.fixture(scope="module")
def address(folder):
    with server.server(folder, 0) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=BROWSER)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser, address):
    """Opens the page of a model; an error on its console fails the test."""
    context = browser.new_context(offline=False, viewport={"width": 900, "height": 900})
    messages = []

    def show(name):
        shown = context.new_page()
        shown.on("pageerror", lambda error: messages.append(str(error)))
        shown.on(
            "console", lambda line: messages.append(line.text) if line.type == "error" else None
        )
        # Nothing from elsewhere.
        shown.route(re.compile(rf"^(?!{address})"), lambda route: route.abort())
        shown.goto(f"{address}/{name}.html")
        shown.wait_for_selector(READY, timeout=SECONDS)
        return shown

    yield show
    context.close()
    assert messages == []
