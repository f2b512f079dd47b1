"""Paths of images, or of folders of them → the digit of each."""

from zoo.recipes.digit_images import EXAMPLES, batch, pipeline

__all__ = ["EXAMPLES", "batch", "pipeline"]
