SUMMARY = "how a text goes on, character by character"
