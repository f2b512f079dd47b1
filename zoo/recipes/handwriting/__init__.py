SUMMARY = "the word in the strokes of a pen"
