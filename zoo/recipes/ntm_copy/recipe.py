"""The networks of `zoo.recipes.algorithms` on the task of this folder."""

from pydantic import Field

from zoo.recipes.algorithms import machines
from zoo.recipes.ntm_copy import processing
from zoo.recipes.ntm_copy.task import TASK


class Options(machines.Options):
    epochs: int = Field(20, ge=1, description="epochs at most")
    learning_rate: float = Field(1e-3, gt=0, description="learning rate at its peak")
    batches: int = Field(250, ge=1, description="batches in an epoch")
    sequences_per_batch: int = Field(16, ge=1, description="sequences in a batch")
    units: int = Field(100, ge=1, description="units of each controller")
    # A machine writes while it reads too; with fewer rows it would, for sequences longer than those
    # in training, overwrite vectors that it has not read back yet.
    rows: int = Field(256, ge=3, description="rows of the memory")


RECIPE = machines.of("ntm-copy", TASK, processing, Options)
