"""Training: the loop, checkpoints, batches, streams in blocks, and gradient diagnostics."""
