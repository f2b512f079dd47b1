"""The networks of `zoo.recipes.algorithms` on the task of this folder."""

from pydantic import Field

from zoo.recipes.algorithms import machines
from zoo.recipes.ntm_ngrams import raw
from zoo.recipes.ntm_ngrams.task import TASK


class Options(machines.Options):
    epochs: int = Field(20, ge=1, description="epochs at most")
    rows: int = Field(64, ge=3, description="rows of the memory")
    heads: int = Field(2, ge=1, description="read heads, and write heads")
    lstm_units: int = Field(144, ge=1, description="units of the LSTM beside the machines")


RECIPE = machines.of("ntm-ngrams", TASK, raw, Options)
