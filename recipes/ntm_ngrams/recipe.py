"""The networks of `zoo.recipes.algorithms` on the task of this folder."""

from pydantic import Field

from zoo.recipes.algorithms import machines
from zoo.recipes.ntm_ngrams import raw
from zoo.recipes.ntm_ngrams.task import TASK


class Options(machines.Options):
    rows: int = Field(64, ge=3, description="rows of the memory")


RECIPE = machines.of("ntm-ngrams", TASK, raw, Options)
