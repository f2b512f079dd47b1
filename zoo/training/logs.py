"""Names of the log files of a training."""

LOGS = "logs"
"""Folder of the logs, inside the folder of the checkpoints."""

LOG = "log.csv"
"""Table of losses and metrics, a row an epoch: in that folder, and in that of a shipped model."""
