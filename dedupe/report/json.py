"""JSON lines: one object a line, header first, summary last."""

from __future__ import annotations

import json
from typing import Any, TextIO

from dedupe.report.records import lines


def write(result: Any, stream: TextIO) -> None:
    """Writes a result as JSON lines; text outside ASCII stands as it is."""
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    for line in lines(result):
        stream.write(encode(line) + "\n")
