"""A leak check as one self-contained page."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TextIO

from dedupe.console import shown
from dedupe.model.leaks import LeakGroup, Leaks
from dedupe.model.records import lines
from dedupe.pages import Row, page, plain_rows, thumbnail
from dedupe.report import distance_text, relative
from dedupe.report.leaks import facts, note

TEMPLATE = Path(__file__).with_suffix(".html.jinja")

ROWS = 5_000
"""Most groups shown; all of them are in the page's data."""

PICTURES = 500
"""Groups shown with small pictures, some 5 KB a group."""


def write(result: Leaks, stream: TextIO) -> None:
    """Writes the page: counts, then each training picture with the test pictures that match it."""
    names = list(result.header.thresholds)
    groups = enumerate(islice(result.groups, ROWS))
    values = {
        "result": result,
        "facts": plain_rows(facts(result)),
        "heads": ["picture", "label", *names, "note"],
        "rows": [row for number, group in groups for row in _rows(group, names, number < PICTURES)],
        "more": len(result.groups) - ROWS,
        "failures": [f"{_named(os.fsencode(one.path))}: {one.message}" for one in islice(result.failures, ROWS)],
    }
    stream.write(page(TEMPLATE, "Leaked test pictures", list(lines(result)), values))


def _rows(group: LeakGroup, names: list[str], pictures: bool) -> Iterator[Row]:
    yield _row(group.kept.path, group.label, ["" for _ in names], "train", "foot first", pictures)
    for one in group.members:
        far = [distance_text(one.distance[name]) if name in one.distance else "-" for name in names]
        yield _row(one.file.path, one.label, far, note(group, one), "", pictures)


def _row(path: bytes, label: str | None, values: list[str], said: str, style: str, picture: bool) -> Row:
    return Row(_named(path), [label or "", *values, said], style, thumbnail(path) if picture else "")


def _named(path: bytes) -> str:
    return shown(relative(path))
