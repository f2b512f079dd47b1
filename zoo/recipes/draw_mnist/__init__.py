SUMMARY = "handwritten digits, drawn stroke by stroke"
