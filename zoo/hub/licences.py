"""What a shipped model may be used for under the licence of its data.

`python -m zoo.hub.licences` prints a table of all shipped models, which is docs/licences.md.
"""

from zoo.hub.card import Card
from zoo.hub.registry import MODELS, shipped

UNCLEAR = "UNCLEAR"

IDENTIFIERS = {
    "public domain": "LicenseRef-public-domain",
    "CC BY 4.0": "CC-BY-4.0",
    "CC BY-SA 3.0": "CC-BY-SA-3.0",
    "CC BY 4.0 (annotations; texts under several licences)": "LicenseRef-GUM",
    "photographs of their photographers, for research": "LicenseRef-Flickr8k",
}
"""Licence as the cards state it → its SPDX identifier, or a `LicenseRef-` where SPDX has none. A
card may also state an SPDX identifier itself."""

USES = {
    "Apache-2.0": "any use",
    "LicenseRef-public-domain": "any use",
    "CC-BY-4.0": "any use that names the source of the data",
    "CC-BY-SA-3.0": "any use that names the source of the data; what holds data itself is shared "
    "under the same licence",
    "LicenseRef-GUM": (
        f"{UNCLEAR}: some of its texts are for non-commercial use alone; ask before using it in a "
        "product"
    ),
    "LicenseRef-Flickr8k": (
        f"research; {UNCLEAR} beyond: the photographs are their photographers'; ask before using "
        "it in a product"
    ),
}
"""SPDX identifier → what a model trained on such data may be used for."""


def use(data_licence: str) -> str:
    """What a model trained on data under a licence may be used for.

    Args:
        data_licence: an SPDX identifier, or the text of a card.
    """
    unknown = (
        f"{UNCLEAR}: the data state no licence that is known here; ask before using it in a product"
    )
    return USES.get(IDENTIFIERS.get(data_licence, data_licence), unknown)


def table() -> str:
    """All shipped models, in Markdown."""
    rows = ["| model | trained on | licence of the data | the model may be used for |"]
    rows.append("|---|---|---|---|")
    for name in shipped():
        data = Card.read(MODELS / name).data
        rows.append(f"| `{name}` | {data['name']} | {data['licence']} | {use(data['licence'])} |")
    return "\n".join(rows)


if __name__ == "__main__":
    print(
        "# Licences\n\nThe weights are under the package's own licence, Apache-2.0. The data that "
        "they were trained on have their own; this table, printed by `python -m "
        "zoo.hub.licences` from the models' cards, is no legal advice.\n\n" + table()
    )
