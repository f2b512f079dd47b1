"""The pages of the gallery: their processing against that in Python, and the pages in a browser."""
