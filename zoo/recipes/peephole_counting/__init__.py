SUMMARY = "which symbols may come next in strings that count"
