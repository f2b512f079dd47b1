SUMMARY = "German to English, or another pair of languages"
