"""Results to text: one file a format, chosen by name or by the suffix of the output file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from dedupe.errors import UsageError

FORMATS = ("table", "json", "csv")
SUFFIXES = {".json": "json", ".jsonl": "json", ".ndjson": "json", ".csv": "csv", ".txt": "table"}


def format_for(asked: str | None, output: Path | None, terminal: bool) -> str:
    """The format to write: the one asked for, else by the file's suffix, else a table for a terminal and JSON lines for a pipe.

    Raises UsageError for an unknown format or suffix.
    """
    if asked is not None:
        if asked not in FORMATS:
            raise UsageError(f"--format {asked}: not a format; choose from {', '.join(FORMATS)}.")
        return asked
    if output is None:
        return "table" if terminal else "json"
    if output.suffix.lower() in SUFFIXES:
        return SUFFIXES[output.suffix.lower()]
    if output.exists() and not output.is_file():
        return "json"
    raise UsageError(f"-o {output}: the suffix names no format; use .json, .csv or .txt, or give --format.")


def writer(name: str) -> Callable[[Any, TextIO], None]:
    """The function write(result, stream) of a format; the result is a Scan, or a list of matches, comparisons or records."""
    from importlib import import_module

    write: Callable[[Any, TextIO], None] = import_module(f"dedupe.report.{name}").write
    return write


def path_fields(path: bytes) -> dict[str, str]:
    """`path` as text and, where that cannot carry the name's bytes, `path_b64` too."""
    try:
        return {"path": path.decode("utf-8")}
    except UnicodeDecodeError:
        from base64 import b64encode

        return {"path": path.decode("utf-8", "replace"), "path_b64": b64encode(path).decode("ascii")}


def size_text(size: float) -> str:
    """Bytes for people: 1 decimal place, powers of 1000."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(size) < 999.5:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 99.5 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def distance_text(distance: float) -> str:
    """A distance for people: whole bits as they are, others with three significant digits."""
    return str(int(distance)) if distance == int(distance) else f"{distance:.3g}"


def relative(path: bytes) -> bytes:
    """The path as seen from the current folder where that is shorter, for tables only."""
    try:
        near = os.path.relpath(path, os.getcwdb())
    except (OSError, ValueError):
        return path
    return near if len(near) < len(path) and not near.startswith(b"../..") else path
