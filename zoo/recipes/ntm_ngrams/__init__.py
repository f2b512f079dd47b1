SUMMARY = "the next bit of a source with chances of its own"
