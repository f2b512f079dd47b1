"""Keras models for other runtimes: written, run there, compared, and only then kept."""

from export.report import ExportError, Report
from export.write import FORMATS, export

__all__ = ["FORMATS", "ExportError", "Report", "export"]
