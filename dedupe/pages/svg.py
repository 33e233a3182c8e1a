"""Figures as SVG: a frame with axes, in which curves and bars are drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dedupe.pages.text import escape, number

if TYPE_CHECKING:
    from markupsafe import Markup

COLOURS = 8
"""How many colours there are for series (strokes c0 to c7, fills n0 to n7); more do not go into one figure."""

Scale = Callable[[float], float]
"""From a value to a coordinate."""


@dataclass(frozen=True, slots=True)
class Box:
    """The part of a figure inside its axes, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def x(self, low: float, high: float) -> Scale:
        """The horizontal scale of values from `low` to `high`."""
        return lambda value: self.left + (value - low) / (high - low) * (self.right - self.left)

    def y(self, low: float, high: float) -> Scale:
        """The vertical scale of values from `low` (at the bottom) to `high`."""
        return lambda value: self.bottom - (value - low) / (high - low) * (self.bottom - self.top)


def svg(width: float, height: float, label: str, parts: Sequence[str]) -> Markup:
    """A figure that fills its place's width; `label` says what it shows to who cannot see it."""
    from markupsafe import Markup

    opening = f'<svg viewBox="0 0 {number(width)} {number(height)}" role="img" aria-label="{escape(label)}">'
    return Markup("".join([opening, *parts, "</svg>"]))


def line(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    """A straight line."""
    return f'<path class="{style}" d="M{number(x1)} {number(y1)}L{number(x2)} {number(y2)}"/>'


def text(x: float, y: float, words: str, style: str = "") -> str:
    """Words whose base line begins at (x, y), ends there (style "end") or is centred ("mid")."""
    return f'<text x="{number(x)}" y="{number(y)}" class="{style}">{escape(words)}</text>'


def curve(points: Sequence[tuple[float, float]], style: str) -> str:
    """A line through points."""
    steps = "L".join(f"{number(x)} {number(y)}" for x, y in points)
    return f'<path class="{style}" d="M{steps}"/>'


def dots(points: Sequence[tuple[float, float]], style: str) -> str:
    """Dots as one path: lines of no length with round ends, as wide as the style's stroke."""
    return f'<path class="{style}" d="{"".join(f"M{number(x)} {number(y)}h0" for x, y in points)}"/>'


def rectangle(x: float, y: float, width: float, height: float, style: str) -> str:
    """A rectangle whose upper left corner is (x, y)."""
    size = f'width="{number(width)}" height="{number(height)}"'
    return f'<rect class="{style}" x="{number(x)}" y="{number(y)}" {size}/>'


def bars(edges: Sequence[float], tops: Sequence[float], bottom: float, style: str) -> str:
    """Bars side by side as one outline: bar i stands from edges[i] to edges[i+1] up to tops[i]."""
    steps = [f"M{number(edges[0])} {number(bottom)}"]
    for i, top in enumerate(tops):
        if top not in tops[i + 1 : i + 2]:  # a step of several equal bars is drawn once
            steps.append(f"V{number(top)}H{number(edges[i + 1])}")
    return f'<path class="{style}" d="{"".join(steps)}V{number(bottom)}Z"/>'


def across(box: Box, scale: Scale, ticks: Sequence[float], name: str, words: Callable[[float], str]) -> list[str]:
    """The horizontal axis below a box: ticks with their values, and what they are if that is said."""
    parts = [line(box.left, box.bottom, box.right, box.bottom, "axis")]
    for tick in ticks:
        parts.append(line(scale(tick), box.bottom, scale(tick), box.bottom + 4, "axis"))
        parts.append(text(scale(tick), box.bottom + 17, words(tick), "mid"))
    return [*parts, text((box.left + box.right) / 2, box.bottom + 35, name, "mid")] if name else parts


def upwards(box: Box, scale: Scale, ticks: Sequence[float], name: str, words: Callable[[float], str]) -> list[str]:
    """The vertical axis left of a box: rules across it with their values; what they are stands above it."""
    parts = [text(0, box.top - 10, name)]
    for tick in ticks:
        parts.append(line(box.left, scale(tick), box.right, scale(tick), "rule"))
        parts.append(text(box.left - 7, scale(tick) + 4, words(tick), "end"))
    return parts


def round_ticks(high: float, about: int = 6) -> list[float]:
    """Round values from 0 to `high`, about so many."""
    if not high > 0:
        return [0.0]
    raw = high / about
    scale = 10 ** math.floor(math.log10(raw))
    step = next(m * scale for m in (1, 2, 2.5, 5, 10) if m * scale >= raw * 0.999)
    return [round(i * step, 12) for i in range(int(high / step + 1e-9) + 1)]


def plain(value: float) -> str:
    """A tick's value."""
    return f"{value:g}"
