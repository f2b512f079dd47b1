"""Keras models for other runtimes: written, run there, compared, and only then kept."""

from zoo.exporters.report import ExportError, Report
from zoo.exporters.write import FORMATS, export

__all__ = ["FORMATS", "ExportError", "Report", "export"]
