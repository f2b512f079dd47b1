SUMMARY = "what a person does in a short clip"
