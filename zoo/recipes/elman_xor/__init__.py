SUMMARY = "the next bit of a stream of exclusive ors"
