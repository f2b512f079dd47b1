SUMMARY = "a photograph told in a sentence"
