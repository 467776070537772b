"""Reading catalogue files: which layout a file has, its records, and each record as a `Procedure`.

A layout is told by what a record holds, never by the name of the file.
"""

from __future__ import annotations

from knowledge_base.importers.files import Raw, detect, read_records, walk
from knowledge_base.importers.layout import Layout, Reason, layout_of, rejected
from knowledge_base.importers.parse import parse

__all__ = ["Layout", "Raw", "Reason", "detect", "layout_of", "parse", "read_records", "rejected", "walk"]
