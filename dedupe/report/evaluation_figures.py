"""Histograms of an evaluation: similar against dissimilar distances of one descriptor under one distortion."""

from __future__ import annotations

from collections.abc import Sequence

from dedupe.model import Measured, Result
from dedupe.pages import Box, Scale, across, bars, line, plain, round_ticks, svg, text

WIDTH, HEIGHT = 240, 112
BOX = Box(6, 16, 234, 92)


def histogram(one: Measured, result: Result, bins: int) -> str:
    """Distances of originals to their own copies under a distortion, over those of two different originals.

    Both are outlines over the first `bins` bins, each scaled to its own highest.
    """
    x = BOX.x(0, bins * one.bin_width)
    edges = [x(i * one.bin_width) for i in range(bins + 1)]
    parts = [_outline(edges, one.dissimilar[:bins], "far"), _outline(edges, result.similar[:bins], "near")]
    parts += across(BOX, x, round_ticks(bins * one.bin_width, 4), "", plain)
    label = f"{one.label}, {result.distortion}: distances of distorted copies and of different photos"
    return svg(WIDTH, HEIGHT, label, [*parts, *_marks(one, x, bins)])


def used(all_counts: Sequence[Sequence[int]]) -> int:
    """The number of bins up to the last one that holds anything, at least 2."""
    return max([2, *(i + 1 for counts in all_counts for i, count in enumerate(counts) if count)])


def _outline(edges: Sequence[float], counts: Sequence[int], style: str) -> str:
    y = BOX.y(0, max(1, *counts))
    return bars(edges, [y(count) for count in counts], BOX.bottom, style)


def _marks(one: Measured, x: Scale, bins: int) -> list[str]:
    """T1 and T2 as lines; their names stand apart however near they are."""
    parts = []
    for value, name, style, shift in ((one.t1, "T1", "strong end", 2), (one.t2, "T2", "strong", -2)):
        if value is not None and 0 <= value <= bins * one.bin_width:
            parts += [
                line(x(value), BOX.top - 3, x(value), BOX.bottom, "mark"),
                text(x(value) + shift, 10, name, style),
            ]
    return parts
