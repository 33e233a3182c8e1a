"""JSON lines: one object a line, header first, summary last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TextIO

from dedupe.model.records import encoded, lines, unique_lines


def write(result: Any, stream: TextIO) -> None:
    """Writes a result as JSON lines."""
    write_lines(lines(result), stream)


def write_unique(result: Any, stream: TextIO) -> None:
    """Writes the pictures of a result that are no duplicates, as JSON lines."""
    write_lines(unique_lines(result), stream)


def write_lines(records: Iterable[Mapping[str, Any]], stream: TextIO) -> None:
    """Writes records as JSON lines."""
    stream.writelines(map(encoded, records))
