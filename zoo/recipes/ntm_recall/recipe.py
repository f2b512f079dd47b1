"""The networks of `zoo.recipes.algorithms` on the task of this folder."""

from zoo.recipes.algorithms import machines
from zoo.recipes.ntm_recall import processing
from zoo.recipes.ntm_recall.task import TASK

RECIPE = machines.of("ntm-recall", TASK, processing)
