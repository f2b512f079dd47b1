"""Vectors of bits → the same vectors, by a network that read them first."""

from zoo.recipes.algorithms.vectors import raw_of
