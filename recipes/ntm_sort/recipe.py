"""The networks of `zoo.recipes.algorithms` on the task of this folder."""

from zoo.recipes.algorithms import machines
from zoo.recipes.ntm_sort import raw
from zoo.recipes.ntm_sort.task import TASK

RECIPE = machines.of("ntm-sort", TASK, raw)
