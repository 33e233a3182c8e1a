"""Rows of a list: the path and the label in each, of CSV and of JSON lines."""

from __future__ import annotations

import codecs
import csv
import io
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, TextIO

from dedupe.errors import DedupeError, UsageError

CSV, JSON = (b".csv", b".tsv"), (b".jsonl", b".ndjson")
PATHS = (
    *("path", "file", "filename", "file_name", "filepath", "file_path", "image", "image_path", "img", "img_path"),
    *("picture", "photo", "image_file", "relpath", "url", "image_url"),
)
LABELS = ("label", "labels", "cls", "class", "class_name", "category", "target", "fine_label")
"""What columns are called, the likeliest first."""

SEPARATORS = ",;\t|"


@dataclass(frozen=True, slots=True)
class ListRow:
    """A row: its number in the file, the first of data 1, its path ("" for none), its label, and what is wrong with it."""

    number: int
    path: str
    label: str
    problem: str = ""


def rows_of(path: bytes, label: str) -> Iterator[ListRow]:
    """The rows of a list whose labels are in the column `label`, found by its name where it is "".

    Raises UsageError where there is no column of paths, or none of that name, DedupeError where it cannot be read.
    """
    name = os.fsdecode(path)
    try:
        with _opened(path) as stream:
            yield from (_of_json if path.lower().endswith(JSON) else _of_csv)(stream, name, label)
    except OSError as error:
        raise DedupeError(f"{name}: it cannot be read ({error.strerror or error}).") from None
    except UnicodeError:
        raise DedupeError(f"{name}: it begins as UTF-16 but is not; write it as UTF-8.") from None
    except csv.Error as error:
        raise DedupeError(f"{name}: it cannot be read as CSV ({error}).") from None


@contextmanager
def _opened(path: bytes) -> Iterator[TextIO]:
    """The list as text; a byte order mark says that it is UTF-8 or UTF-16, and what is no text stays what it is."""
    with open(path, "rb") as binary:
        encoding, errors = _encoding(binary)
        with io.TextIOWrapper(binary, encoding, errors, newline="") as stream:
            yield stream


def _encoding(binary: BinaryIO) -> tuple[str, str]:
    """How a list is encoded, and what is to become of what is none such text."""
    start = binary.read(len(codecs.BOM_UTF8))
    binary.seek(0)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", "strict"
    return "utf-8-sig" if start == codecs.BOM_UTF8 else "utf-8", "surrogateescape"


def write_without(path: bytes, out: BinaryIO, goes: Callable[[str, str], bool]) -> None:
    """Writes the rows of a list that do not go, by their path and all their text, as they stand there. Raises as `rows_of`
    does, and OSError.
    """
    with open(path, "rb") as binary, _opened(path) as stream:
        text = io.TextIOWrapper(out, *_encoding(binary), newline="")
        if path.lower().endswith(JSON):
            rows = rows_of(path, "")
            lines = ((number, line) for number, line in enumerate(stream, 1) if line.strip())
            text.writelines(line for (_, line), row in zip(lines, rows, strict=True) if not goes(row.path, line))
        else:
            first = stream.readline()
            text.write(first)
            names, separator = _header(first)
            at, _ = _places(os.fsdecode(path), names, "")
            taken = list[str]()
            for row in csv.reader(_noted(stream, taken), delimiter=separator):
                if len(row) <= at or not goes(row[at].strip(), "".join(taken)):
                    text.writelines(taken)
                taken.clear()
        text.flush()
        text.detach()


def _noted(stream: TextIO, lines: list[str]) -> Iterator[str]:
    """The lines of a stream, which are noted as they are given: a row may have several."""
    for line in stream:
        lines.append(line)
        yield line


def _of_csv(stream: TextIO, name: str, label: str) -> Iterator[ListRow]:
    first = stream.readline()
    header, separator = _header(first)
    at = _places(name, header, label)
    for number, row in enumerate(csv.reader(stream, delimiter=separator), 1):
        path, said = (row[i].strip() if i is not None and i < len(row) else "" for i in at)
        yield ListRow(number, path, said)


def _header(line: str) -> tuple[list[str], str]:
    """The names of the columns, and what separates them: the first separator with which one is called as paths are."""
    split = {each: [name.strip() for name in next(csv.reader([line], delimiter=each), [])] for each in SEPARATORS}
    fitting = [each for each, names in split.items() if any(name.lower() in PATHS for name in names)]
    separator = fitting[0] if fitting else max(SEPARATORS, key=line.count)
    return split[separator], separator


def _of_json(stream: TextIO, name: str, label: str) -> Iterator[ListRow]:
    keys: list[str] | None = None
    for number, line in enumerate(stream, 1):
        if not line.strip():
            continue
        said = _object(line)
        if said is None:
            yield ListRow(number, "", "", "is no JSON object")
            continue
        if keys is None:
            names = list(said)
            keys = ["" if i is None else names[i] for i in _places(name, names, label)]
        path, what = (said.get(key) for key in keys)
        if not (_is_text(path) and _is_text(what)):
            yield ListRow(number, "", "", "has half a character in its path or label")
            continue
        yield ListRow(number, path if isinstance(path, str) else "", str(what) if isinstance(what, str | int) else "")


def _is_text(said: Any) -> bool:
    """Whether it can be written, if it is a string at all: JSON can name halves of characters that are no bytes of a file."""
    try:
        return not isinstance(said, str) or bool(os.fsencode(said)) or not said
    except UnicodeError:
        return False


def _object(line: str) -> dict[str, Any] | None:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _places(name: str, columns: Sequence[str], label: str) -> tuple[int, int | None]:
    """Which column has the paths and which the labels, None for none. Raises UsageError."""
    there = ", ".join(columns[:20]) or "none at all"
    found = {column.lower(): at for at, column in reversed([*enumerate(columns)])}
    path = next((found[each] for each in PATHS if each in found), None)
    if path is None:
        raise UsageError(f"{name}: it has no column of paths, as path, file or image. Columns: {there}.")
    if label and label not in columns:
        raise UsageError(f"{name}: --label {label}: it has no such column. Columns: {there}.")
    return path, columns.index(label) if label else next((found[each] for each in LABELS if each in found), None)
