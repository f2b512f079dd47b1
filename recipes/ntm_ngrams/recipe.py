"""The networks of `zoo.recipes.algorithms` on the task of this folder."""

from zoo.recipes.algorithms import machines
from zoo.recipes.ntm_ngrams import raw
from zoo.recipes.ntm_ngrams.task import TASK

RECIPE = machines.of("ntm-ngrams", TASK, raw)
