"""Hostile files, hard stops and odd input, by the hundred.

`make test-hard` tries the full numbers and prints them; the other targets try a slice of each.
"""
