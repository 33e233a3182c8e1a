"""Files of the lab's own that are no text, and that its commands may replace or add to."""

from __future__ import annotations

from pathlib import Path

from dedupe.kit import Kind

SOFTWARE = "dedupe lab"
"""What a sheet's picture says that it was made by (the PNG chunk tEXt, Software)."""


def _is_table(path: Path) -> bool:
    from dedupe_lab.table import is_table

    return is_table(path)


def _is_sheet(path: Path) -> bool:
    with path.open("rb") as stream:
        return f"tEXtSoftware\0{SOFTWARE}".encode() in stream.read(1024)


TABLE = Kind("a table of dedupe lab images", _is_table)
SHEET = Kind("a sheet of dedupe lab robustness", _is_sheet)
