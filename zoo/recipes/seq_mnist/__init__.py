SUMMARY = "a handwritten digit, read point by point"
