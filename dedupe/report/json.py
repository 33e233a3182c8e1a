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
    """Writes records as JSON lines; text outside ASCII stands as it is."""
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    for record in records:
        stream.write(encode(record) + "\n")
