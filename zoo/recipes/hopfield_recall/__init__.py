SUMMARY = "drawn digits restored from corrupted ones"
