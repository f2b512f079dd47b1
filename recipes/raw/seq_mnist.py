"""Paths of images, or of folders of them → the digit of each."""

from recipes.raw.images import EXAMPLES, batch, pipeline

__all__ = ["EXAMPLES", "batch", "pipeline"]
