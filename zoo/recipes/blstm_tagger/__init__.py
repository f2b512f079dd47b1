SUMMARY = "part-of-speech tags for English text"
