SUMMARY = "a sentence that describes a photograph"
