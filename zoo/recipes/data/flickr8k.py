"""Flickr8k: 8,000 photographs with five captions each, in its official splits.

Read from the folder that the environment variable `FLICKR8K_DIR` names, which holds the official
`Flicker8k_Dataset` and `Flickr8k_text`.
"""

from collections import defaultdict
from functools import cache
from pathlib import Path

from zoo.errors import UserError
from zoo.recipes.data import folder
from zoo.recipes.recipe import DataSource

FOLDER = "FLICKR8K_DIR"
IMAGES, TEXTS = "Flicker8k_Dataset", "Flickr8k_text"
SPLITS = ("train", "dev", "test")
REMEDY = "Its two archives are linked from https://github.com/jbrownlee/Datasets/releases."

DATA = DataSource(
    name="Flickr8k",
    version="official splits",
    licence="photographs of their photographers, for research",
    note="6,000 / 1,000 / 1,000 photographs, five captions each (M. Hodosh, P. Young, J. "
    "Hockenmaier, Framing image description as a ranking task, JAIR 47, 2013). The photographs "
    "were read at 160 by 160 pixels. Features from ImageNet.",
)


@cache
def photographs(split: str) -> tuple[tuple[Path, tuple[str, ...]], ...]:
    """The photographs of "train", "dev" or "test", each a file and its five captions.

    Raises:
        UserError: the data set is not at hand, or a file of it is missing.
    """
    names = _text(f"Flickr_8k.{split}Images.txt").split()
    captions = _captions()
    files = [folder.file(FOLDER, f"{IMAGES}/{name}", REMEDY) for name in names]
    missing = [name for name in names if name not in captions]
    if missing:
        raise UserError(f"Flickr8k.token.txt has no caption of {missing[0]}; {REMEDY}")
    return tuple((file, captions[file.name]) for file in files)


@cache
def _captions() -> dict[str, tuple[str, ...]]:
    by_file = defaultdict(list)
    for line in _text("Flickr8k.token.txt").splitlines():
        key, caption = line.split("\t")
        by_file[key.partition("#")[0]].append(caption)
    return {name: tuple(captions) for name, captions in by_file.items()}


def _text(name: str) -> str:
    return folder.file(FOLDER, f"{TEXTS}/{name}", REMEDY).read_text(encoding="utf-8")
