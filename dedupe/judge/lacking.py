"""What one of two pictures lacks and the other has: the rest of the picture, what something was laid over, colour, detail."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dedupe.judge.align import Placed
from dedupe.judge.changes import changed_pixels, edges_around
from dedupe.judge.detail import Finer, finer
from dedupe.judge.evidence import Evidence, grained
from dedupe.judge.look import Look
from dedupe.judge.outline import outlined
from dedupe.model.judgement import Box, Lack

Bytes = NDArray[np.uint8]
Bools = NDArray[np.bool_]

CUT = 0.015
"""The share of a picture from which that counts that the other one does not show,"""

PLAIN = 0.85
"""unless so much of it has one colour, as a border has,"""

BARS = 0.9
"""or two, as the bars of a screen and what is written on them."""

NEAR = 24
"""Levels a channel within which colours are one."""

LAID = 1.3
"""What is laid over a picture has so many times as much of two colours, or of structure, as what it hides."""

DROWNED = 9.0
"""Who has more grain by so many levels has lost detail in it, unless there is much less in the other one."""

EDGES = 1.5
"""It is surely that which has so many times the edges around what is changed."""

TEXT = 0.6
"""The share of two colours in what has much structure, from which it is text."""

GREY = 1.0
"""Levels of colour below which a picture is grey."""


def lacking(a: Look, b: Look, found: Evidence, box: Box | None) -> Lack | None:
    """What one of two pictures that are one lacks, where the other lacks nothing; `box`: around what was changed inside."""
    detail = finer(a, b, found)
    cut = [] if _laid_in(a, b, found.placed, detail) else _cut(a, b, found.placed)
    lacks = [one for one in (*cut, _covered(found, box), *_told(a, b, found)) if one is not None]
    more = found.grain.more
    if abs(more) > DROWNED and (detail is None or detail.much < 1) and grained(found, a, b):
        lacks.append(Lack("a" if more > 0 else "b", "detail"))
    elif detail is not None:
        side = "b" if detail.a else "a"
        if not detail.enlarged:
            lacks.append(Lack(side, "detail", detail.much))
        elif not lacks and _enlarged(*((a, b) if side == "a" else (b, a)), detail.certain):
            return Lack(side, "enlarged", detail.much)
    if len({one.side for one in lacks}) != 1:
        return None
    return Lack(lacks[0].side, lacks[0].what, round(sum(one.much for one in lacks), 3))


def _laid_in(a: Look, b: Look, placed: Placed, detail: Finer | None) -> bool:
    """Whether the one with more detail was laid into the other one, as into a collage, and is no part that was cut out of it."""
    if detail is None or detail.enlarged or placed.contains != ("b" if detail.a else "a"):
        return False
    return outlined(a, b, placed)


def _told(a: Look, b: Look, found: Evidence) -> list[Lack]:
    """Colour, hues, transparency and depth."""
    weak, strong = sorted(found.colour.strength)
    of_a = found.colour.strength[0] == weak
    told = [Lack("a" if of_a else "b", "colour")] if weak < GREY < strong else []
    if not told and (toned := found.toned_in_one):
        told.append(Lack(toned, "hues"))
    if a.traits.alpha != b.traits.alpha:
        told.append(Lack("b" if a.traits.alpha else "a", "transparency"))
    if (a.traits.depth > 8) != (b.traits.depth > 8):
        told.append(Lack("b" if a.traits.depth > 8 else "a", "depth"))
    return told


def _enlarged(large: Look, small: Look, certain: bool) -> bool:
    """Whether a picture that is larger and holds no more gives way to the smaller one: camera data speak for an original."""
    known = [one.traits.camera + one.traits.gps for one in (large, small)]
    return known[0] <= known[1] if certain else known[0] < known[1]


def _covered(found: Evidence, box: Box | None) -> Lack | None:
    """Of which picture a part is hidden: by what has edges of its own, by text, by what has one colour or two, or else by what
    has more structure.
    """
    if box is None:
        return None
    canvas, blocks, where = found.canvas, found.blocks, changed_pixels(found)
    edges = edges_around(canvas.a, canvas.b, where)
    if max(edges) > EDGES * min(edges):
        return Lack("a" if edges[0] > edges[1] else "b", "covered")
    plain = [_two_colours(one[where]) for one in (canvas.a, canvas.b)]
    apart = found.apart
    structure = [float(one[apart].mean()) if apart.any() else 0.0 for one in (blocks.a, blocks.b)]
    text = [
        share > TEXT and mine > 2 * other for share, mine, other in zip(plain, structure, structure[::-1], strict=True)
    ]
    for a, b in (text, plain, structure):
        if max(a, b) > LAID * min(a, b):
            return Lack("a" if a > b else "b", "covered")
    return None


def _cut(a: Look, b: Look, placed: Placed) -> list[Lack | None]:
    """Which of two pictures does not show what the other one does, or has a border around it."""
    if placed.turn is not None:
        return []
    shown = (
        _shown(a.small, b.small, placed.map),
        _shown(b.small, a.small, np.asarray(np.linalg.inv(placed.map), np.float64)),
    )
    return [_missing(a.small, b.small, shown[0], "b"), _missing(b.small, a.small, shown[1], "a")]


def _shown(one: Bytes, other: Bytes, to_one: NDArray[np.float64]) -> Bools:
    """Where the other picture lies in this one, bool (h,w), with a margin for what the placement is off by."""
    high, wide = one.shape[:2]
    to_pixels = np.diag([wide, high, 1.0]) @ to_one @ np.diag([1 / other.shape[1], 1 / other.shape[0], 1.0])
    there = cv2.warpPerspective(np.full(other.shape[:2], 255, np.uint8), to_pixels, (wide, high))
    margin = max(1, min(high, wide) // 100)
    grown = cv2.dilate(there, np.ones((2 * margin + 1, 2 * margin + 1), np.uint8))
    return np.asarray(grown > 0, np.bool_)


def _missing(one: Bytes, other: Bytes, shown: Bools, side: str) -> Lack | None:
    """What `side`, the other picture, lacks of this one, or what this one has around it that is none of the picture."""
    share = float(1 - shown.mean())
    if share < CUT:
        return None
    plain, colour = _one_colour(one[~shown])
    if plain < PLAIN and _two_colours(one[~shown]) < BARS:
        return Lack(side, "cut", 4 * share)
    edge = np.concatenate([other[0], other[-1], other[:, 0], other[:, -1]])
    ground = float((np.abs(edge.astype(np.int64) - colour).max(axis=1) < NEAR).mean())
    return None if ground > 0.3 else Lack("a" if side == "b" else "b", "framed")


def _two_colours(pixels: Bytes) -> float:
    """The share of pixels u8 (n,3) that have one of their two most frequent colours."""
    first, colour = _one_colour(pixels)
    rest = pixels[np.abs(pixels.astype(np.int64) - colour).max(axis=1) >= NEAR]
    return first + _one_colour(rest)[0] * len(rest) / max(1, len(pixels))


def _one_colour(pixels: Bytes) -> tuple[float, Any]:
    """The largest share of pixels u8 (n,3) that have about one colour, and that colour."""
    if not len(pixels):
        return 0.0, np.zeros(3)
    cells = (pixels // 16).astype(np.int64) @ [256, 16, 1]
    colour = np.median(pixels[cells == np.bincount(cells).argmax()], axis=0)
    return float((np.abs(pixels.astype(np.int64) - colour).max(axis=1) < NEAR).mean()), colour
