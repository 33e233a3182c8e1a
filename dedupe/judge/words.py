"""What is seen, in words that continue "b is a: ..."."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dedupe.judge.evidence import Evidence
from dedupe.judge.look import Look
from dedupe.judge.tone import Curve
from dedupe.model import Traits

_TURNED = {  # how b lies, by how it has to be turned to lie as a
    "hflip": "mirrored",
    "vflip": "upside down and mirrored",
    "rotate180": "upside down",
    "rotate90": "turned right",
    "rotate270": "turned left",
    "transpose": "turned left and flipped",
    "transverse": "turned right and flipped",
}


def joined(said: Sequence[str]) -> str:
    """Several words as one phrase."""
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"


def lost(a: Traits, b: Traits) -> str:
    """What the file of one has and that of the other has not, which no size or codec explains; empty if nothing."""
    if a.alpha != b.alpha:
        return "one has transparency"
    if (a.depth > 8) != (b.depth > 8):
        return "one has more than 8 bits a channel"
    if a.profile != b.profile:
        return "another colour profile"
    if a.hdr != b.hdr:
        return "one has an HDR gain map"
    return "one has a motion clip" if a.motion != b.motion else ""


def encoding(a: Look, b: Look) -> str:
    """What two encodings of one picture differ in."""
    if (a.width, a.height) == (b.width, b.height) or (a.width, a.height) == (b.height, b.width):
        return "the same size"
    share = 100 * max(b.width, b.height) / max(a.width, a.height)
    return f"{share:,.0f} % of the size" if share >= 100 else f"{share:.3g} % of the size"


def tones(curve: Curve) -> str:
    """What a curve of grey does; it makes a's tones of b's."""
    if abs(curve.lighter) < 0.5 * curve.moved:
        return "other contrast"
    return "darker" if curve.lighter > 0 else "brighter"


def geometry(found: Evidence, a: Look, b: Look, shift: float) -> list[str]:
    """How b lies in a: turned, stretched, cut, framed, rotated, sheared, in perspective; not what is off by less than `shift`."""
    placed = found.placed
    turn = placed.nearest_turn
    said = [_TURNED[turn]] if turn != "none" else []
    if placed.turn is not None and _stretched(a, b, turn):
        said.append("stretched")
    if placed.turn is not None or placed.off < shift:
        return said
    corners = placed.corners
    perspective = np.abs(placed.map[2, :2]).max() > 0.02
    bent = ["in perspective"] if perspective else _bent(corners * found.canvas.a.shape[1::-1])
    said += bent
    inside = float(np.prod(np.clip(corners.max(axis=0), 0, 1) - np.clip(corners.min(axis=0), 0, 1)))
    if inside < 0.99:
        said.append(f"cropped to {100 * inside:.0f} % of the area")
    if not bent and (corners.min() < -0.01 or corners.max() > 1.01):
        said.append("with more around it")
    return said or ["moved a little"]


def _stretched(a: Look, b: Look, turn: str) -> bool:
    """Whether all of b has other proportions than a, by more than rounding explains."""
    size = (b.height, b.width) if turn in ("transpose", "transverse", "rotate90", "rotate270") else (b.width, b.height)
    ratio = a.width * size[1] / (a.height * size[0])
    return max(ratio, 1 / ratio) > 1.02 + 2 / min(a.width, a.height, *size)


def _bent(corners: np.ndarray) -> list[str]:
    """Rotation and shear of a parallelogram by its corners (4,2) in pixels, beside turns by right angles."""
    across, down = corners[1] - corners[0], corners[3] - corners[0]
    angles = [float(np.degrees(np.arctan2(*one[::-1]))) for one in (across, down)]
    off = [(one + 45) % 90 - 45 for one in angles]
    said = []
    if abs(off[0] + off[1]) > 1.0 and abs(off[0] - off[1]) < abs(off[0] + off[1]) / 2:
        said.append(f"rotated by {abs(off[0] + off[1]) / 2:.0f} degrees")
    elif abs(off[0] - off[1]) > 1.0:
        said.append("sheared")
    return said


def part(box: tuple[float, float, float, float]) -> str:
    """Where something was laid over."""
    left, top, right, bottom = box
    middle = (left + right) / 2, (top + bottom) / 2
    up = "top" if middle[1] < 1 / 3 else "bottom" if middle[1] > 2 / 3 else ""
    side = "left" if middle[0] < 1 / 3 else "right" if middle[0] > 2 / 3 else ""
    where = " ".join(one for one in (up, side) if one)
    return f"changed at the {where}" if where else "changed in the middle"
