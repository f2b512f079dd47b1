"""A model as a function of named tensors: whole, along a stream, in a search."""
