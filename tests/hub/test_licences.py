"""Licences of data: SPDX identifiers, and a use for each licence of a shipped card."""

import pytest

from zoo.hub import licences
from zoo.hub.card import Card
from zoo.hub.registry import MODELS, shipped

licenses = pytest.importorskip("packaging.licenses")


@pytest.mark.parametrize("identifier", licences.USES)
def test_a_use_is_known_by_the_identifier_that_spdx_has(identifier):
    assert licenses.canonicalize_license_expression(identifier) == identifier
    assert licences.use(identifier) == licences.USES[identifier]


@pytest.mark.parametrize("name", shipped())
def test_a_licence_that_a_shipped_card_states_has_an_identifier(name):
    text = Card.read(MODELS / name).data["licence"]
    is_known = licences.IDENTIFIERS.get(text, text) in licences.USES
    assert is_known != text.startswith("none stated")


def test_a_licence_that_is_not_known_is_marked():
    assert licences.UNCLEAR in licences.use("not stated")
