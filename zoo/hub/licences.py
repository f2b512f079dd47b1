"""What the licence of its data leaves a shipped model to be used for.

`python -m zoo.hub.licences` prints a table of all shipped models, which is docs/licences.md.
"""

from zoo.hub.card import Card
from zoo.hub.registry import MODELS, shipped

UNCLEAR = "UNCLEAR"

USES = {
    "Apache-2.0": "any use",
    "public domain": "any use",
    "CC BY 4.0": "any use that names the source of the data",
    "CC BY-SA 3.0": "any use that names the source of the data; what holds data itself is shared "
    "under the same licence",
    "CC BY 4.0 (annotations; texts under several licences)": (
        f"{UNCLEAR}: some of its texts are for non-commercial use alone; ask before using it in a "
        "product"
    ),
    "photographs of their photographers, for research": (
        f"research; {UNCLEAR} beyond: the photographs are their photographers'; ask before using "
        "it in a product"
    ),
}


def use(data_licence: str) -> str:
    """What a model trained on data under a licence may be used for."""
    unknown = (
        f"{UNCLEAR}: the data state no licence that is known here; ask before using it in a product"
    )
    return USES.get(data_licence, unknown)


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
