SUMMARY = "a sequence of vectors, written again after it was read"
