"""The lab's small figures: one size, axes from 0."""

from __future__ import annotations

from collections.abc import Sequence

from dedupe.kit import pages

BOX = pages.Box(44, 26, 320, 176)


def scales(right: float, top: float) -> tuple[pages.Scale, pages.Scale]:
    """From values of 0 to `right` and of 0 to `top` to coordinates across and up."""
    return BOX.x(0, right), BOX.y(0, top)


def figure(
    scaled: tuple[pages.Scale, pages.Scale],
    across: str,
    up: str,
    ticks: Sequence[float],
    levels: Sequence[float],
    parts: Sequence[str],
) -> str:
    """The figure, with what its axes are, the ticks of the one and the levels of the other."""
    x, y = scaled
    axes = pages.upwards(BOX, y, levels, up, pages.plain), pages.across(BOX, x, ticks, across, pages.plain)
    return pages.svg(342, 220, f"{up} by {across}", [*axes[0], *parts, *axes[1]])
