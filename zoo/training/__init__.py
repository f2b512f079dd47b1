"""Aids to training: long streams in blocks, and how far a gradient reaches."""
