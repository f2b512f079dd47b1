"""What recipes on videos share: bodies as joints, frames as images, networks over either."""
