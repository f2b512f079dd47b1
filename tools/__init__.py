"""What a maintainer runs; not installed."""
