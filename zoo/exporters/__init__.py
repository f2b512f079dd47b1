"""Keras models for other runtimes: written, run there, compared, and only then kept."""

from zoo.exporter.report import ExportError, Report
from zoo.exporter.write import FORMATS, export

__all__ = ["FORMATS", "ExportError", "Report", "export"]
