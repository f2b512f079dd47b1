SUMMARY = "the word that a pen wrote"
