"""What the tests of raw halves share: calls of the Python half, and what counts as the same."""

import shutil
from types import SimpleNamespace

import numpy as np
import pytest

import zoo
from zoo.hub.registry import verified

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="node is not installed")

COUNT = 1000


def predictor(name):
    """What the raw half of a model reads of it."""
    directory, card = verified(name)
    return SimpleNamespace(options=SimpleNamespace(**card.options), assets=card.assets(directory))


def python(function, *arguments):
    """What a function of ours gives, or that it refuses."""
    try:
        return function(*arguments)
    except zoo.UserError:
        return "refused"


def refused(result):
    return "refused" if isinstance(result, dict) and "refused" in result else result


def agree(ours, expected):
    """The same numbers, as far as 32 bits tell them apart, or a refusal by both."""
    if isinstance(expected, str):
        assert refused(ours) == expected
    else:
        np.testing.assert_allclose(np.array(ours), expected, rtol=1e-5, atol=1e-5)
