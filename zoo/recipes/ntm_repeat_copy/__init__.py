SUMMARY = "a sequence of vectors, written as often as is asked"
