"""The networks of `zoo.recipes.algorithms` on the task of this folder."""

from pydantic import Field

from zoo.recipes.algorithms import machines
from zoo.recipes.ntm_sort import processing
from zoo.recipes.ntm_sort.task import TASK


class Options(machines.Options):
    epochs: int = Field(70, ge=1, description="epochs at most")
    batches: int = Field(2000, ge=1, description="batches in an epoch")
    late: float = Field(
        0.2, ge=0, le=1, description="share of the epochs, the last ones, whose batches are large"
    )
    lstm_units: int = Field(176, ge=1, description="units of the LSTM without a memory")
    heads: int = Field(4, ge=1, description="read heads, and write heads")


RECIPE = machines.of("ntm-sort", TASK, processing, Options)
