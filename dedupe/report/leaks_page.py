"""A leak check as one self-contained page."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from typing import TextIO

from dedupe.console import shown
from dedupe.model.leaks import LeakGroup, Leaks
from dedupe.report import distance_text, relative
from dedupe.report.html import broken, escape, page
from dedupe.report.leaks import facts, lines, note
from dedupe.report.thumbnails import thumbnail

ROWS = 5_000
"""Most groups shown; all of them are in the page's data."""

PICTURES = 500
"""Groups shown with small pictures, some 5 KB a group."""


def write(result: Leaks, stream: TextIO) -> None:
    """Writes the page: counts, then each training picture with the test pictures that match it."""
    stream.write(
        page("Leaked test pictures", [*_head(result), *_groups(result), *_failures(result)], list(lines(result)))
    )


def _head(result: Leaks) -> Iterator[str]:
    yield "<h1>Leaked test pictures</h1>"
    yield '<div class="wide facts"><table><tbody>'
    for name, value in facts(result):
        yield f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>'
    yield "</tbody></table></div>"
    if result.header.notes:
        yield f'<ul class="notes">{"".join(f"<li>{escape(text)}</li>" for text in result.header.notes)}</ul>'


def _groups(result: Leaks) -> Iterator[str]:
    names = list(result.header.thresholds)
    if not len(result.groups):
        return
    yield "<h2>Matches</h2>"
    yield "<p>Each training picture, and below it the test pictures that match it, nearest first.</p>"
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in ("picture", "label", *names, "note"))
    yield f'<div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>'
    for number, group in enumerate(islice(result.groups, ROWS)):
        yield from _rows(group, names, number < PICTURES)
    yield "</tbody></table></div>"
    if len(result.groups) > ROWS:
        yield f"<p>… and {len(result.groups) - ROWS:,} more training pictures, in the page's data.</p>"


def _rows(group: LeakGroup, names: list[str], pictures: bool) -> Iterator[str]:
    yield _row(group.kept.path, group.label, ["" for _ in names], "train", "foot first", pictures)
    for one in group.members:
        far = [distance_text(one.distance[name]) if name in one.distance else "-" for name in names]
        yield _row(one.file.path, one.label, far, note(group, one), "", pictures)


def _row(path: bytes, label: str | None, values: list[str], said: str, style: str, picture: bool) -> str:
    seen = thumbnail(path) if picture else ""
    cells = "".join(f"<td>{escape(value)}</td>" for value in (label or "", *values, said))
    name = f'<div class="seen">{seen}<span>{broken(shown(relative(path)))}</span></div>'
    return f'<tr class="{style}"><th scope="row">{name}</th>{cells}</tr>'


def _failures(result: Leaks) -> Iterator[str]:
    if not result.failures:
        return
    yield "<h2>Pictures that could not be used</h2><ul>"
    for one in islice(result.failures, ROWS):
        yield f"<li>{escape(shown(relative(os.fsencode(one.path))))}: {escape(one.message)}</li>"
    yield "</ul>"
