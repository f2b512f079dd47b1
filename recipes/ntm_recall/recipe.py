"""The networks of `zoo.recipes.algorithms` on the task of this folder."""

from pydantic import Field

from zoo.recipes.algorithms import machines
from zoo.recipes.ntm_recall import raw
from zoo.recipes.ntm_recall.task import TASK


class Options(machines.Options):
    epochs: int = Field(18, ge=1, description="epochs at most")
    learning_rate: float = Field(3e-4, gt=0, description="learning rate at its peak")
    batches: int = Field(500, ge=1, description="batches in an epoch")
    sequences_per_batch: int = Field(8, ge=1, description="sequences in a batch")
    units: int = Field(64, ge=1, description="units of each controller")
    rows: int = Field(64, ge=3, description="rows of the memory")


RECIPE = machines.of("ntm-recall", TASK, raw, Options)
