"""What the tests of raw halves share: calls of the Python half, and what counts as the same."""

import shutil

import numpy as np
import pytest

import zoo
from zoo.api import runtime

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="node is not installed")

COUNT = 1000


def predictor(name):
    """A shipped model as the Python half of its pipeline takes it."""
    return runtime.load(name)[1]


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
