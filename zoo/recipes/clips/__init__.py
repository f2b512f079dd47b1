"""What recipes on films share: bodies as joints, frames as images, networks over either."""
