"""Multi30k, task 1: captions of photographs in German, English, French and Czech.

tensorflow-datasets has no builder for it, so here is one. It downloads the files, or takes them
from the folder that the environment variable `MULTI30K_DIR` names.
"""

import gzip
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import tensorflow_datasets as tfds

from zoo.errors import UserError, unknown
from zoo.recipes.data.prepared import prepared

FOLDER = "MULTI30K_DIR"
LANGUAGES = {"cs": "Czech", "de": "German", "en": "English", "fr": "French"}
"""Code of a language in file names → its name."""

SPLITS = {"train": "train", "dev": "val", "test": "test_2016_flickr"}
"""Name of a split -> that of the files."""

SOURCE = "https://raw.githubusercontent.com/multi30k/dataset/master/data/task1/raw/"


class Multi30k(tfds.core.GeneratorBasedBuilder):
    """Sentences of 31,014 captions, each in four languages."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES: ClassVar = {"1.0.0": "Task 1, raw."}

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=tfds.features.Translation(languages=tuple(LANGUAGES)),
            homepage="https://github.com/multi30k/dataset",
            citation="D. Elliott et al., Multi30K: Multilingual English-German Image "
            "Descriptions, Workshop on Vision and Language 2016",
        )

    def _split_generators(self, dl_manager: Any) -> dict[str, Iterator[Any]]:
        names = {
            (part, lang): f"{part}.{lang}.gz" for part in SPLITS.values() for lang in LANGUAGES
        }
        folder = os.environ.get(FOLDER)
        if folder:
            files = {key: Path(folder) / name for key, name in names.items()}
            missing = [path.name for path in files.values() if not path.is_file()]
            if missing:
                raise UserError(f"{FOLDER} names {folder}, which lacks {', '.join(missing)}.")
        else:
            files = dl_manager.download({key: SOURCE + name for key, name in names.items()})
        return {
            split: self._generate_examples([files[part, lang] for lang in LANGUAGES])
            for split, part in SPLITS.items()
        }

    def _generate_examples(self, files: list[Path]) -> Iterator[Any]:
        columns = [gzip.decompress(Path(file).read_bytes()).decode().splitlines() for file in files]
        for number, row in enumerate(zip(*columns, strict=True)):
            yield number, dict(zip(LANGUAGES, (text.strip() for text in row), strict=True))


@cache
def pairs(split: str, source: str, target: str) -> tuple[tuple[str, str], ...]:
    """The sentences of "train", "dev" or "test" in two languages.

    Raises:
        UserError: an unknown language, or the data set is not at hand and cannot be downloaded.
    """
    for language in (source, target):
        if language not in LANGUAGES:
            raise unknown("language of Multi30k", language, LANGUAGES)
    data = prepared(
        Multi30k(),
        None if os.environ.get(FOLDER) else SOURCE + "val.en.gz",
        f"set {FOLDER} to a folder of the files that lie at {SOURCE}",
    )
    return tuple(
        (row[source].decode(), row[target].decode())
        for row in tfds.as_numpy(data.as_dataset(split=split))
    )
