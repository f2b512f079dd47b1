"""The loop's fast forms on TensorFlow."""
