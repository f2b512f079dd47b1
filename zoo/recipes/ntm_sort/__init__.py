SUMMARY = "vectors in the order of their priorities"
