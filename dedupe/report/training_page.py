"""What was trained as one self-contained page: facts, and the trainers' curves."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from dedupe.console import shown
from dedupe.model import Trained
from dedupe.model.records import trained
from dedupe.pages import (
    COLOURS,
    Box,
    Row,
    Scale,
    across,
    curve,
    line,
    page,
    plain,
    plain_rows,
    round_ticks,
    svg,
    text,
    upwards,
)
from dedupe.report.training import curves_of

TEMPLATE = Path(__file__).with_suffix(".html.jinja")

WIDTH, HEIGHT = 520, 320
BOX = Box(40, 34, 506, 276)

NAMES_LEFT, NAME_LINE = 130, 18
"""How far from the right edge the names of the curves stand, and how far from each other."""


def write_page(result: Trained, stream: TextIO) -> None:
    """Writes the page: what was trained from what, and the trainer's curves in one figure."""
    curves = curves_of(result)
    title = f"{result.manifest.name}: {curves['title']}" if curves else result.manifest.name
    write_pages(title, [result], stream)


def write_pages(title: str, results: Sequence[Trained], stream: TextIO) -> None:
    """Writes several trainings as one page; figures of equal units have equal axes."""
    tops: dict[str, float] = {}
    for curves in filter(None, map(curves_of, results)):
        tops[curves["y"]] = max(tops.get(curves["y"], 0.0), *map(max, filter(None, curves["lines"].values())))
    sections = [(one.manifest.name, _figure(one, tops), _facts(one)) for one in results]
    stream.write(page(TEMPLATE, title, [trained(one) for one in results], {"sections": sections}))


def _facts(result: Trained) -> list[Row]:
    manifest = result.manifest
    facts = {
        "file": shown(os.fsencode(result.path)),
        "pictures": f"{manifest.pictures:,}",
        "dimensions": f"{manifest.dimensions:,}",
        "trainer": manifest.trainer,
        "base": manifest.base,
        **{name: str(result.written.get(name, "")) for name in ("created", "digest", "pictures_digest")},
        **{k: json.dumps(v, allow_nan=False) for k, v in manifest.details.items() if isinstance(v, str | int | float)},
    }
    return plain_rows((name.replace("_", " "), value) for name, value in facts.items())


def _figure(result: Trained, tops: Mapping[str, float]) -> str:
    """The curves, "" where there are none."""
    curves = curves_of(result)
    if curves is None:
        return ""
    lines: Mapping[str, Sequence[float]] = curves["lines"]
    longest, top = max(map(len, lines.values())), tops[curves["y"]] or 1.0
    x, y = BOX.x(1, max(2, longest)), BOX.y(0, top)
    parts = upwards(BOX, y, round_ticks(top), str(curves["y"]), plain)
    parts += across(BOX, x, _places(longest), str(curves["x"]), lambda v: f"{v:,.0f}")
    first = BOX.bottom - NAME_LINE * len(lines) if _rise(lines) else BOX.top + NAME_LINE
    for number, (name, values) in enumerate(lines.items()):
        colour = number % COLOURS
        parts.append(curve([(x(i), y(v)) for i, v in enumerate(values, 1)], f"series c{colour}"))
        parts.append(text(BOX.right - NAMES_LEFT, first + NAME_LINE * number + 4, f"\u2014 {name}", f"n{colour}"))
    return svg(WIDTH, HEIGHT, f"{curves['title']}: {curves['y']} by {curves['x']}", [*parts, *_marks(curves, x, y)])


def _rise(lines: Mapping[str, Sequence[float]]) -> bool:
    """Whether the curves go up, so that there is room for their names below."""
    return sum(values[-1] - values[0] for values in lines.values() if values) > 0


def _places(longest: int) -> list[int]:
    """The first place along the lower edge, and round ones."""
    return [1, *(int(tick) for tick in round_ticks(longest) if tick > 1 and tick == int(tick))]


def _marks(curves: Mapping[str, Any], x: Scale, y: Scale) -> list[str]:
    """A line up to the last curve at each of the trainer's `marks`, with what the curve has reached there."""
    *_, last = (values for values in curves["lines"].values() if values)
    parts = []
    for place in curves.get("marks", ()):
        if 1 <= place <= len(last):
            value = last[place - 1]
            parts.append(line(x(place), BOX.bottom, x(place), y(value), "mark"))
            parts.append(text(x(place) + 6, y(value) + 18, f"{value:.3g} at {place:,}", "strong"))
    return parts
