"""The networks of `zoo.recipes.algorithms` on the task of this folder."""

from zoo.recipes.algorithms import machines
from zoo.recipes.ntm_repeat_copy import raw
from zoo.recipes.ntm_repeat_copy.task import TASK

RECIPE = machines.of("ntm-repeat-copy", TASK, raw)
