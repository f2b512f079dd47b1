"""Where a training says how it went."""

LOGS = "logs"
"""Folder, in that of the checkpoints, of what a training says about itself."""

LOG = "log.csv"
"""The epochs as a table, in that folder, and beside a shipped model."""
