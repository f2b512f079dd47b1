"""The networks of `zoo.recipes.algorithms` on the task of this folder."""

from pydantic import Field

from zoo.recipes.algorithms import machines
from zoo.recipes.ntm_ngrams import processing
from zoo.recipes.ntm_ngrams.task import TASK


class Options(machines.Options):
    epochs: int = Field(60, ge=1, description="epochs at most")


RECIPE = machines.of("ntm-ngrams", TASK, processing, Options)
