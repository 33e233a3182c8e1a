"""What is seen, in words that continue "b is a: ..."."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np

from dedupe.judge.changes import Change
from dedupe.judge.evidence import Evidence
from dedupe.judge.look import Look
from dedupe.judge.tone import Colour
from dedupe.model import Traits
from dedupe.model.judgement import Box

BAND = 0.6, 0.4
"""What is laid over so much of the width at least, and of the height at most, is a caption,"""

BAND_PLAIN = 0.3
"""if so large a share of it has one colour."""

MORE, LESS = 1.15, 0.87
"""From these shares on there is more or less colour."""

PARTS = "shows ", "contains "
"""So it begins that one picture is a small part of the other."""

TINTED = 2.0
"""By so many levels all colours move towards red or blue, at least, where a picture is warmer or colder."""


def joined(said: Sequence[str]) -> str:
    """Several words as one phrase: "darker, with more contrast and less grain"; first what is a part of what."""
    parts = [one for one in said if one.startswith(PARTS)]
    rest = [one for one in said if one not in parts]
    return "; ".join([*parts, *([_listed(rest)] if rest else [])])


def _listed(said: Sequence[str]) -> str:
    words = [said[0]]
    for before, one in pairwise(said):
        words.append(one.removeprefix("with ") if before.startswith("with ") else one)
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def lost(a: Traits, b: Traits) -> str:
    """What the file of one has and that of the other has not, which no size or codec explains; empty if nothing."""
    if a.alpha != b.alpha:
        return f"{_having(b.alpha)} transparency"
    if (a.depth > 8) != (b.depth > 8):
        return f"with {'more' if b.depth > a.depth else 'fewer'} bits a channel"
    if a.profile != b.profile:
        return "with another colour profile"
    if a.hdr != b.hdr:
        return f"{_having(b.hdr)} an HDR gain map"
    return f"{_having(b.motion)} a motion clip" if a.motion != b.motion else ""


def _having(there: bool) -> str:
    return "with" if there else "without"


def encoding(a: Look, b: Look) -> str:
    """What two encodings of one picture differ in."""
    if (a.width, a.height) == (b.width, b.height) or (a.width, a.height) == (b.height, b.width):
        return "the same size"
    share = 100 * max(b.width, b.height) / max(a.width, a.height)
    return f"{share:,.0f} % of the size" if share >= 10 else f"{share:.2g} % of the size"


def tones(found: Evidence) -> str:
    """What was done to the tones."""
    curve, where = found.curve, found.canvas.both
    if abs(curve.lighter) >= 0.5 * curve.moved:
        return "darker" if curve.lighter > 0 else "brighter"
    a, b = (float(one[where].std()) for one in found.canvas.greys)
    return f"with {'more' if b > a else 'less'} contrast"


def grey_or_not(colour: Colour) -> str:
    """What is said where one of the two has no colour."""
    return "in grey" if colour.strength[1] < colour.strength[0] else "in colour"


def toned_or_not(toned: str) -> str:
    """What is said where one of the two, "a" or "b", is in shades of one colour."""
    return "in shades of one colour" if toned == "b" else "in full colour"


def hues(found: Evidence) -> str:
    """What was done to the colours: those of b, beside that they may be stronger, moved to red or to blue."""
    strength, canvas = found.colour.strength, found.canvas
    share = strength[1] / max(1e-6, strength[0])
    a, b = (_balance(one, canvas.both) for one in (canvas.a, canvas.b))
    red, blue = b - share * a
    if abs(red - blue) > TINTED and red * blue < 0:
        return "warmer" if red > blue else "colder"
    if share > MORE or share < LESS:
        return f"with {'more' if share > 1 else 'less'} colour"
    return "with another colour balance"


def _balance(rgb: np.ndarray, where: np.ndarray) -> np.ndarray:
    """The mean Cr and Cb, off grey, of a picture u8 (h,w,3) where that is true."""
    return np.array(cv2.mean(cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb), where.astype(np.uint8))[1:3]) - 128


def part(changed: Change, corners: np.ndarray) -> str:
    """What was laid over b, or was over a, and where; of b the `corners` (4,2) lie so in a."""
    middle, (wide, tall) = _within(changed.box, corners)
    plainer = "b" if changed.plain[1] > changed.plain[0] else "a"
    if wide >= BAND[0] and tall <= BAND[1] and max(changed.plain) > BAND_PLAIN:
        return "captioned" if (changed.added or plainer) == "b" else "without the caption"
    what = {"a": "with something taken away", "b": "with something added", "": "with a part changed"}[changed.added]
    return f"{what} {place(*middle)}"


def little(box: Box, corners: np.ndarray) -> str:
    """Where a little is another one; of b the `corners` (4,2) lie so in a."""
    return f"with a part changed {place(*_within(box, corners)[0])}"


def _within(box: Box, corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The middle and the size of a box in shares of b, whose `corners` (4,2) lie so in a."""
    low, high = (np.clip(some, 0, 1) for some in (corners.min(axis=0), corners.max(axis=0)))
    inner = (np.array(box).reshape(2, 2) - low) / np.maximum(high - low, 1e-6)
    return inner.mean(axis=0), inner[1] - inner[0]


def place(across: float, down: float) -> str:
    """Where a point is, in shares of width and height."""
    side = "left" if across < 1 / 3 else "right" if across > 2 / 3 else ""
    if down < 1 / 3:
        return f"at the upper {side}" if side else "at the top"
    if down > 2 / 3:
        return f"at the lower {side}" if side else "at the bottom"
    return f"at the {side}" if side else "in the middle"
