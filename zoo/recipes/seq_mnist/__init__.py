SUMMARY = "a handwritten digit, read pixel by pixel"
