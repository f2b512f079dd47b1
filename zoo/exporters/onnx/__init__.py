"""Keras models as ONNX files."""
