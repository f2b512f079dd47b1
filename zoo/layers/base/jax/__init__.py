"""The loop's fast form on JAX."""
