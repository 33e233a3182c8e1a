"""The figures of an evaluation: similar against dissimilar distances of a descriptor, and recall against false positives."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dedupe.model import Measured, Result
from dedupe.report.html.style import COLOURS, STEPS
from dedupe.report.html.svg import (
    Box,
    Scale,
    across,
    bars,
    cells,
    curve,
    line,
    plain,
    round_ticks,
    svg,
    text,
    upwards,
)
from dedupe.report.html.text import escape

DASHES = ("", "7 4", "2 4", "10 3 2 3")
"""What tells series of one colour apart."""

ROW = 15
LABELS = 22
"""Height of a distortion's strip, and how many characters of its name stand beside it."""


def histograms(one: Measured, results: Sequence[Result]) -> str:
    """Distances of originals to their own copies against those of different originals, with a strip a distortion below."""
    bins = _used([one.dissimilar, *(each.similar for each in results)])
    left = 14 + 6.6 * min(LABELS, max([4, *(len(each.distortion) for each in results)]))
    box = Box(left, 30, 548, 190)
    x, edges = box.x(0, bins * one.bin_width), [i * one.bin_width for i in range(bins + 1)]
    together = [sum(counts) for counts in zip(*(each.similar[:bins] for each in results), strict=True)]
    parts = []
    for counts, style in ((one.dissimilar[:bins], "far"), (together, "near")):
        y = box.y(0, max(1, *counts))
        parts.append(bars([x(edge) for edge in edges], [y(count) for count in counts], box.bottom, style))
    strips, bottom = _strips(box, x, one.bin_width, bins, results)
    end = Box(box.left, box.top, box.right, bottom)
    ticks = round_ticks(bins * one.bin_width)
    name = "distance in bits" if one.metric == "hamming" else f"distance ({one.metric})"
    parts += [*strips, *across(end, x, ticks, name, plain), *_marks(one, end, x, bins)]
    label = f"{one.label}: distances of distorted copies and of different photos"
    return svg(560, int(bottom) + 44, label, parts)


def _used(all_counts: Sequence[Sequence[int]]) -> int:
    """The number of bins up to the last one that holds anything."""
    return max([2, *(i + 1 for counts in all_counts for i, count in enumerate(counts) if count)])


def _strips(box: Box, x: Scale, width: float, bins: int, results: Sequence[Result]) -> tuple[list[str], float]:
    """A row a distortion, shaded by the share of its distances in each bin; and where the rows end."""
    top = box.bottom + 8
    places: dict[int, list[tuple[float, float]]] = {}
    parts = [line(box.left, box.bottom, box.right, box.bottom, "axis")]
    for number, each in enumerate(results):
        y = top + number * ROW
        name = each.distortion if len(each.distortion) <= LABELS else each.distortion[: LABELS - 1] + "…"
        parts.append(text(box.left - 7, y + 11, name, "end"))
        most = max(1, *each.similar)
        for i, count in enumerate(each.similar[:bins]):
            if count:
                places.setdefault(math.ceil(STEPS * math.sqrt(count / most)), []).append((x(i * width), y + 1.5))
    wide = x(width) - x(0)
    parts += [cells(found, wide, ROW - 3, f"s{step}") for step, found in sorted(places.items())]
    return parts, top + len(results) * ROW + 4


def _marks(one: Measured, box: Box, x: Scale, bins: int) -> list[str]:
    """T1 and T2 as lines through everything; their names stand apart however near they are."""
    parts = []
    for value, name, style, shift in ((one.t1, "T1", "strong end", 5), (one.t2, "T2", "strong", -5)):
        if value is not None and 0 <= value <= bins * one.bin_width:
            parts.append(line(x(value), box.top - 4, x(value), box.bottom, "mark"))
            parts.append(text(x(value) + shift, box.top - 9, f"{name} {value:.3g}", style))
    return parts


def roc(descriptors: Sequence[Measured]) -> str:
    """Recall over all distortions against the false positive rate, on a logarithmic axis; "" where nothing is known."""
    shown = [one for one in descriptors if one.roc]
    if not shown:
        return ""
    box = Box(50, 30, 748, 330)
    least = math.floor(math.log10(min(one.roc[0][0] for one in shown)))
    x, y = box.x(least, 0), box.y(0, 1)
    parts = upwards(
        box, y, [0, 0.2, 0.4, 0.6, 0.8, 1], "recall, mean over the distortions", lambda v: f"{100 * v:.0f} %"
    )
    parts += across(box, x, range(least, 1), "false positive rate", lambda v: f"1e{v:.0f}" if v else "1")
    for number, one in enumerate(shown):
        points = [(x(math.log10(rate)), y(recall)) for rate, recall in one.roc]
        parts.append(curve(points, *series(number)))
    return svg(760, 372, "recall against the false positive rate", parts)


def series(number: int) -> tuple[str, str]:
    """Class and dashes of a curve."""
    return f"series c{number % COLOURS}", DASHES[number // COLOURS % len(DASHES)]


def legend(names: Sequence[str]) -> str:
    """What each curve is."""
    items = []
    for number, name in enumerate(names):
        sample = f'<svg viewBox="0 0 28 10" aria-hidden="true">{curve([(0, 5), (28, 5)], *series(number))}</svg>'
        items.append(f"<li>{sample}{escape(name)}</li>")
    return f'<ul class="legend">{"".join(items)}</ul>'
