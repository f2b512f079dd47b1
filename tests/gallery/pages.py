"""Conditions and selectors that the tests of pages share."""

import shutil
from importlib.util import find_spec

import pytest

from zoo.gallery import site

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
needs_browser = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="there is no Chromium"),
    pytest.mark.skipif(
        find_spec(site.RUNTIME) is None, reason="recurrent-zoo-web is not installed"
    ),
]

READY = "body[data-state=ready]"
SECONDS = 30_000
SAYS = "text => document.querySelector('#output').textContent === text"
REFUSES = "text => document.querySelector('#trouble').textContent.includes(text)"
