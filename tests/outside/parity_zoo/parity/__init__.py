SUMMARY = "whether the ones of a string so far are odd in number"
