SUMMARY = "the next bit of a source with probabilities of its own"
