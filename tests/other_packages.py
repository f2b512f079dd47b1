"""Packages of others, as pip would install them, with recipes that are elman-xor by their names."""

from zoo import packages

RECIPE = """
from dataclasses import replace
from zoo.recipes.elman_xor.recipe import RECIPE as XOR
RECIPE = replace(XOR, name="{name}", summary="{summary}")
"""
PROCESSING = "from zoo.recipes.elman_xor.processing import *\n"

THEIRS = {
    "their_xor/__init__.py": 'SUMMARY = "theirs"\n',
    "their_xor/recipe.py": RECIPE.format(name="their-xor", summary=""),
    "their_xor/processing.py": PROCESSING,
}


def install(site, package, points, files=()):
    """Puts a package with entry points into a folder, as pip would."""
    dist = site / f"{package.replace('-', '_')}-1.5.dist-info"
    dist.mkdir()
    (dist / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.5\n")
    groups = "".join(
        f"[recurrent_zoo.{group}]\n" + "".join(f"{name} = {value}\n" for name, value in each)
        for group, each in points.items()
    )
    (dist / "entry_points.txt").write_text(groups)
    for name, text in dict(files).items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text)
    packages.offers.cache_clear()
