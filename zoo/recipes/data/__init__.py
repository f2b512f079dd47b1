"""The data sets, one file each, and a user's own files."""
