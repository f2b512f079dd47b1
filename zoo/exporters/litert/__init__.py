"""Keras models as LiteRT files."""
