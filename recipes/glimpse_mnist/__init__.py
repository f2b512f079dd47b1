SUMMARY = "a handwritten digit, recognised by a few glimpses"
