"""The pages of the gallery: their raw halves against Python's, and the pages in a browser."""
