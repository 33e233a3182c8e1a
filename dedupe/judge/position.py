"""How one picture lies in another, in words that continue "b is a: ..."."""

from __future__ import annotations

import cv2
import numpy as np

from dedupe.judge.align import WHOLE, Placed
from dedupe.judge.changes import one_colour
from dedupe.judge.evidence import Evidence
from dedupe.judge.look import Look
from dedupe.judge.words import place

_TURNED = {  # how b lies, by how it has to be turned to lie as a
    "none": [],
    "hflip": ["mirrored"],
    "vflip": ["flipped upside down"],
    "rotate180": ["upside down"],
    "rotate90": ["turned right"],
    "rotate270": ["turned left"],
    "transpose": ["mirrored", "turned left"],
    "transverse": ["mirrored", "turned right"],
}

ALL, LEAST = 0.99, 0.01
"""From this share of it on all of a picture is there; what lies beyond it by a smaller share of a side is rounding."""

PLAIN = 0.8
"""The share of what lies around a picture that has one colour where it is a border or bars,"""

STRIP = 0.6
"""and where it lies at one side alone, and may have words on it."""

SMALL = 0.5
"""Of two pictures of which one is a part of the other it is a small one with at most such a share of its area."""

_CORNERS = np.array([[[0.0, 0], [1, 0], [1, 1], [0, 1]]])
_SIDES = "on the left", "above", "on the right", "below"


def geometry(found: Evidence, a: Look, b: Look, shift: float) -> list[str]:
    """How b lies in a: turned, stretched, cut, framed, rotated, sheared, in perspective; not what is off by less than `shift`."""
    placed = found.placed
    turn = placed.nearest_turn
    said = [*_TURNED[turn]]
    if placed.turn is not None and _stretched(a, b, turn):
        said.append("stretched")
    if placed.turn is not None or placed.off < shift:
        return said
    corners = placed.corners
    small = placed.contains is not None and min(placed.shown, placed.within) <= SMALL
    bent = _bent(placed, found.canvas.a.shape[1::-1], small)
    said += bent
    inside = float(np.prod(np.clip(corners.max(axis=0), 0, 1) - np.clip(corners.min(axis=0), 0, 1)))
    if inside < ALL:
        said.append(_cut(a, placed))
    if (small or not bent) and (corners.min() < -LEAST or corners.max() > 1 + LEAST):
        said.append(_framed(b, found))
    return said or ["moved a little"]


def off_right_angles(corners: np.ndarray) -> list[float]:
    """By how many degrees the upper and the left side of a quadrilateral (4,2) in pixels are off the nearest right angle."""
    across, down = corners[1] - corners[0], corners[3] - corners[0]
    angles = [float(np.degrees(np.arctan2(*one[::-1]))) for one in (across, down)]
    return [(one + 45) % 90 - 45 for one in angles]


def _cut(a: Look, placed: Placed) -> str:
    """What b lacks of a: what frames it, or a part of the picture."""
    sides = _beyond(placed.corners)
    border = "" if a.drawn or sum(sides) == 1 else _border(a.small, placed.corners, sides)
    if border:
        return f"without the {border}"
    if placed.within < WHOLE or placed.shown > SMALL:
        return f"cropped to {100 * placed.shown:.0f} %"
    return f"shows {100 * placed.shown:.0f} % of it, {place(*placed.corners.mean(axis=0))}"


def _framed(b: Look, found: Evidence) -> str:
    """What b has around a."""
    there = cv2.perspectiveTransform(_CORNERS, np.linalg.inv(found.placed.map))[0]
    border = _border(b.small, there, _beyond(there))
    article = "" if border.startswith("bars") else "a "
    if border:
        return f"with {article}{border}"
    if found.placed.shown < WHOLE or found.placed.within > SMALL:
        return "with more around it"
    return f"contains it, {place(*there.mean(axis=0))}"


def _beyond(inner: np.ndarray) -> tuple[bool, ...]:
    """On which sides, as `_SIDES` has them, there is more than a picture whose corners (4,2) are there in shares."""
    low, high = inner.min(axis=0), inner.max(axis=0)
    return low[0] > LEAST, low[1] > LEAST, high[0] < 1 - LEAST, high[1] < 1 - LEAST


def _border(outer: np.ndarray, inner: np.ndarray, sides: tuple[bool, ...]) -> str:
    """What frames a picture whose corners (4,2) in `outer` are there in shares: of one colour, or a strip at one side; or ""."""
    height, width = outer.shape[:2]
    around = np.full((height, width), 255, np.uint8)
    cv2.fillConvexPoly(around, np.round(inner * (width, height)).astype(np.int32), 0)
    pixels = outer[cv2.erode(around, np.ones((5, 5), np.uint8), borderValue=255) > 0]
    share = one_colour(pixels)
    if sum(sides) == 1 and share > STRIP:
        return f"strip {_SIDES[sides.index(True)]}"
    if share < PLAIN:
        return ""
    opposite = {(False, True, False, True): "above and below", (True, False, True, False): "on both sides"}
    return f"bars {opposite[sides]}" if sides in opposite else "border"


def _stretched(a: Look, b: Look, turn: str) -> bool:
    """Whether all of b has other proportions than a, by more than rounding explains."""
    size = (b.height, b.width) if turn in ("transpose", "transverse", "rotate90", "rotate270") else (b.width, b.height)
    ratio = a.width * size[1] / (a.height * size[0])
    return max(ratio, 1 / ratio) > 1.02 + 2 / min(a.width, a.height, *size)


def _bent(placed: Placed, size: tuple[int, int], small: bool) -> list[str]:
    """Perspective, or rotation and shear beside turns by right angles, of b in a picture a of such a width and height; of a
    small part, which lies less surely, only much of it.
    """
    least, bend = (4.0, 0.1) if small else (1.0, 0.02)
    inner = np.linalg.inv(placed.map) if small and placed.contains == "b" else placed.map
    if np.abs(inner[2, :2] / inner[2, 2]).max() > bend:
        return ["in perspective"]
    off = off_right_angles(placed.corners * size)
    if abs(off[0] + off[1]) > least and abs(off[0] - off[1]) < abs(off[0] + off[1]) / 2:
        degrees = f"{abs(off[0] + off[1]) / 2:.0f}"
        return [f"rotated by {degrees} {'degree' if degrees == '1' else 'degrees'}"]
    return ["sheared"] if abs(off[0] - off[1]) > least else []
