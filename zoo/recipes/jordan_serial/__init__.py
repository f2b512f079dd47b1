SUMMARY = "the sequence of actions that a plan stands for"
