"""JSON lines: one object a line, header first, summary last."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, TextIO

from dedupe.report.records import lines


def write(result: Any, stream: TextIO) -> None:
    """Writes a result as JSON lines."""
    write_lines(lines(result), stream)


def write_lines(records: Iterable[Mapping[str, Any]], stream: TextIO) -> None:
    """Writes records as JSON lines."""
    stream.writelines(line(record) + "\n" for record in records)


def line(record: Mapping[str, Any]) -> str:
    """A record as JSON in printable ASCII, which any encoding carries and any terminal bears."""
    return _encode(record).replace("\x7f", "\\u007f")


_encode = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode
