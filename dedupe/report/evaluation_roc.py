"""Recall against false positives: a figure a family of descriptors, its curves in colour and named where they begin."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Hashable, Sequence

from dedupe.model import Measured
from dedupe.pages import COLOURS, Box, Scale, across, curve, line, svg, text

WIDTH, HEIGHT = 560, 330
LONGEST = 30
"""Characters of a name that are shown."""

LETTER, LINE = 6.8, 14.0
"""Width of a letter and height of a line of names, in pixels."""

ENOUGH = 3
"""So many descriptors of one name and one metric have a figure of their own."""


def families(descriptors: Sequence[Measured]) -> list[tuple[str, list[Measured]]]:
    """Descriptors whose curves are in colour together, at most COLOURS, with what they have in common ("" for all of them).

    Many are divided: those that share a name but for its numbers (pca512, pca256) and the metric, then what is left by
    metric.
    """
    if len(descriptors) <= COLOURS:
        return [("", list(descriptors))]
    named = _grouped(descriptors, lambda one: (_stem(one), one.metric))
    found = [(f"{_stem(each[0])}, {each[0].metric}", each) for each in named if len(each) >= ENOUGH]
    rest = _grouped([one for each in named if len(each) < ENOUGH for one in each], lambda one: one.metric)
    found += [(each[0].metric, each) for each in rest if len(each) > 1]
    alone = [each[0] for each in rest if len(each) == 1]
    found += [("others", alone)] if alone else []
    return [(title, each[at : at + COLOURS]) for title, each in found for at in range(0, len(each), COLOURS)]


def _grouped(descriptors: Sequence[Measured], kind: Callable[[Measured], Hashable]) -> list[list[Measured]]:
    groups: dict[Hashable, list[Measured]] = {}
    for one in descriptors:
        groups.setdefault(kind(one), []).append(one)
    return list(groups.values())


def _stem(one: Measured) -> str:
    return re.split(r"[\d:]", one.label)[0] or one.label


def roc(family: Sequence[Measured], everyone: Sequence[Measured]) -> str:
    """Recall over all distortions against the false positive rate, on a logarithmic axis: the family in colour, the others
    of `everyone` in grey behind it. The axis of recall begins at the fifth below the least, 0.8 at most.
    """
    names = [one.label if len(one.label) <= LONGEST else one.label[: LONGEST - 1] + "…" for one in family]
    box = Box(16 + LETTER * max(map(len, names)), 28, WIDTH - 48, HEIGHT - 42)
    least = math.log10(min(one.roc[0][0] for one in everyone))
    low = min(4, math.floor(5 * min(one.roc[0][1] for one in everyone))) / 5
    x, y = box.x(least, 0), box.y(low, 1)
    parts = [*_levels(box, y, low), *across(box, x, range(math.ceil(least), 1), "false positive rate", _power)]
    curves = {one.label: [(x(math.log10(rate)), y(recall)) for rate, recall in one.roc] for one in everyone}
    mine = {one.label for one in family}
    parts += [curve(points, "faded") for label, points in curves.items() if label not in mine]
    starts = [curves[one.label][0] for one in family]
    heights = _apart([height for _, height in starts], box)
    for number, (one, name, start, height) in enumerate(zip(family, names, starts, heights, strict=True)):
        parts.append(curve(curves[one.label], f"series c{number}"))
        parts.append(line(box.left - 7, height, *start, f"lead c{number}"))
        parts.append(text(box.left - 10, height + 4, name, f"end n{number}"))
    return svg(WIDTH, HEIGHT, f"recall against the false positive rate: {', '.join(names)}", parts)


def _levels(box: Box, y: Scale, low: float) -> list[str]:
    """Rules with their recall on the right, since names stand on the left."""
    parts = [text(box.right, 14, "recall, mean over the distortions", "end")]
    for level in (each for each in (0, 0.2, 0.4, 0.6, 0.8, 1) if each >= low - 1e-9):
        parts.append(line(box.left, y(level), box.right, y(level), "rule"))
        parts.append(text(box.right + 6, y(level) + 4, f"{100 * level:.0f} %"))
    return parts


def _power(exponent: float) -> str:
    return f"1e{exponent:.0f}" if exponent else "1"


def _apart(heights: Sequence[float], box: Box) -> list[float]:
    """Places for names near these heights, a line apart and inside the box."""
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    places, last = list(heights), box.top - LINE
    for i in order:
        last = places[i] = max(heights[i], last + LINE)
    below = box.bottom + LINE
    for i in reversed(order):
        below = places[i] = min(places[i], below - LINE)
    return places
