"""The gallery in a headless Chromium, for what measures or photographs its pages."""

import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from zoo.gallery import server, site

READY = "body[data-state=ready]"


@contextmanager
def gallery(width: int = 1280, height: int = 720) -> Iterator[tuple[Page, str]]:
    """A page of Chromium so many points wide and high, and the address of the gallery."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site.build(Path(folder))
        opened = playwright.chromium.launch(executable_path=chromium)
        with server.server(Path(folder), 0) as running:
            threading.Thread(target=running.serve_forever, daemon=True).start()
            page = opened.new_page(viewport={"width": width, "height": height})
            yield page, f"http://127.0.0.1:{running.server_address[1]}"
            running.shutdown()
        opened.close()
