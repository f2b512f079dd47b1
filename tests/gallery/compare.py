"""Calls of the Python processing, and the comparison of it with JavaScript."""

import shutil

import numpy as np
import pytest

import zoo
from zoo.api import runtime

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="node is not installed")

COUNT = 1000


def predictor(name):
    """A shipped model as its Python processing takes it."""
    return runtime.load(name)[1]


def python(function, *arguments):
    """The result of a function, or "refused"."""
    try:
        return function(*arguments)
    except zoo.UserError:
        return "refused"


def refused(result):
    return "refused" if isinstance(result, dict) and "refused" in result else result


def agree(ours, expected):
    """The same numbers to the precision of 32 bits, or a refusal by both."""
    if isinstance(expected, str):
        assert refused(ours) == expected
    else:
        np.testing.assert_allclose(np.array(ours), expected, rtol=1e-5, atol=1e-5)
