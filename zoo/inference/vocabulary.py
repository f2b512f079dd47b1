"""The symbols that every vocabulary of a sequence-to-sequence model begins with."""

PADDING, UNKNOWN, BEGIN, END = 0, 1, 2, 3
