"""The networks of `zoo.recipes.algorithms` on the task of this folder."""

from pydantic import Field

from zoo.recipes.algorithms import machines
from zoo.recipes.ntm_repeat_copy import processing
from zoo.recipes.ntm_repeat_copy.task import TASK


class Options(machines.Options):
    epochs: int = Field(60, ge=1, description="epochs at most")
    growing: int = Field(18, ge=0, description="epochs in which the repeats grow")
    learning_rate: float = Field(5e-4, gt=0, description="learning rate at its peak")


RECIPE = machines.of("ntm-repeat-copy", TASK, processing, Options)
