"""What the values of options mean: sizes, and lists of paths."""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Iterator
from pathlib import Path


def size(text: str) -> int:
    """Bytes from "200", "10k", "2M" or "1.5G" (powers of 1000); raises UsageError for anything else."""
    from dedupe.errors import UsageError

    factor = {"k": 10**3, "M": 10**6, "G": 10**9}.get(text[-1:], 1)
    try:
        number = float(text if factor == 1 else text[:-1])
    except ValueError:
        number = -1.0
    if not 0 <= number < 1e18:
        raise UsageError(f"--min-size {text}: not a size; give bytes, as 2000, 10k or 2M.")
    return int(number * factor)


def listed_paths(source: str | None) -> Iterator[bytes] | None:
    """Paths from a file, or "-" for stdin: separated by NUL if there is one, else one a line; None for no list.

    A byte order mark says that it is UTF-8 or UTF-16, which editors and shells of Windows write. Raises DedupeError.
    """
    from dedupe.errors import DedupeError, UsageError

    if source is None:
        return None
    if source == "-" and sys.stdin is None:
        raise UsageError("--files-from -: stdin is closed; give it the paths, or name a file.")
    try:
        content = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise DedupeError(f"--files-from {source}: {error.strerror or error}.") from error
    content = _unmarked(source, content)
    separator = b"\0" if b"\0" in content else b"\n"
    return (path for part in content.split(separator) if (path := _line(part) if separator == b"\n" else part))


def _unmarked(source: str, content: bytes) -> bytes:
    """A list without its byte order mark, UTF-16 as the bytes that the file system has for it."""
    from dedupe.errors import DedupeError

    if not content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.removeprefix(codecs.BOM_UTF8)
    try:
        return os.fsencode(content.decode("utf-16"))
    except UnicodeError:
        raise DedupeError(f"--files-from {source}: it begins as UTF-16 but is not; write it as UTF-8.") from None


def _line(part: bytes) -> bytes:
    """A line's path: without the CR at its end, unless there is a file whose name ends so."""
    return part if part.endswith(b"\r") and os.path.lexists(part) else part.removesuffix(b"\r")
