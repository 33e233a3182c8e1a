"""The pictures that are no duplicates, as --unique lists them: paths for other programs, CSV."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from dedupe.console import counted, is_terminal, say, shown, shown_notes, warn
from dedupe.model import Scan
from dedupe.model.leaks import Leaks
from dedupe.model.table_rows import unique_rows
from dedupe.report import csv
from dedupe.walk import tidy


def write_paths(result: Scan | Leaks, stream: TextIO) -> None:
    """One path a line, as the file system's bytes; on a terminal, which would obey what it is shown, escaped."""
    _write(result, stream, "\n")


def write_nul_paths(result: Scan | Leaks, stream: TextIO) -> None:
    """The same with a NUL after each path, for names that hold a line end."""
    _write(result, stream, "\0")


def _write(result: Scan | Leaks, stream: TextIO, end: str) -> None:
    if is_terminal(stream):
        stream.writelines(shown(one.path) + end for one in result.unique())
    else:
        stream.flush()
        stream.buffer.writelines(one.path + end.encode() for one in result.unique())
    if stream is sys.stdout:  # beside a file stdout has the summary
        _told(result)


def _told(result: Scan | Leaks) -> None:
    """Says on stderr what a list of paths leaves out."""
    for note in shown_notes(result.header.notes):
        say(note)
    if lost := sum(not _is_known(failure.path, result) for failure in result.failures):
        what = counted(lost, "file could not be used and is", "files could not be used and are")
        warn(f"dedupe: {what} not listed; --json says which and why.")
    if result.foreign:
        what = counted(result.foreign, "file of another type was", "files of other types were")
        warn(f"dedupe: {what} not looked at, so not listed; --all-files looks into every file.")


def _is_known(path: bytes, result: Scan | Leaks) -> bool:
    """Whether a file lies where the pictures are that others are compared with: in a reference, or the training set."""
    folders = result.header.references if isinstance(result, Scan) or result.one_set else result.header.roots[:1]
    return any(path.startswith(os.path.join(tidy(folder), b"")) for folder in folders)


def write_csv(result: Scan | Leaks, stream: TextIO, safe: bool = False) -> None:
    """A row for each file and failure; `safe` as in `csv.write`."""
    csv.write_fields(lambda: unique_rows(result), stream, safe)
