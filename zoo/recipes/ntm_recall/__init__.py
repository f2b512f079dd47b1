SUMMARY = "the item that came after the one asked for"
