"""Whether a thing has other colours in one of two pictures that are one but for that."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dedupe.judge.changes import box_around
from dedupe.judge.evidence import Evidence
from dedupe.judge.tone import CELLS, TONED
from dedupe.model.judgement import Box

ON_GROUND, THING, ALONE = 24, 0.02, 0.8
"""What is off the ground by more levels is a thing, if it covers such a share, the only one if so much of it has one colour."""

FLAT, DYED = 16, 24
"""Levels a channel within which it has one colour, and from which that is another one."""

UNMAPPED = 12.0
"""Levels that colours of drawings are apart, whatever map they are given, where other ones were chosen: of other tones, casts,
saturation and codecs none is left with 10, of flags of one shape 25 and more.
"""

PLAIN, AROUND = 8, 5
"""Levels a channel within which so many pixels a side around one are plain: there codecs and sizes leave colours as they are."""

STAYED, OTHER, LEAST = 3, 20, 0.005
"""A plain part has the colour that it had if it is off by no more levels a channel, and another one if by more; so much of a
drawing stays that only a part was dyed.
"""

COLOURED, ENDS = 32, (16, 239)
"""A colour's channels are so far apart, and one of them lies between these levels: others move with other tones, too."""

FEW = 0.005
"""The share of cells of other colours that is another thing."""

LUMA = np.array([0.299, 0.587, 0.114])


def other_colours(found: Evidence) -> bool:
    """Whether hues turned while what is neutral stayed so, or a part has other colours and the rest has the same; not where
    all of one is toned.
    """
    return _other(found) and not found.toned_in_one


def part_dyed(found: Evidence) -> Box | None:
    """Where a part of a drawing has other colours, as skin or clothes, while others stayed: tones move all. None if nowhere."""
    if not found.drawn:
        return None
    a, b = found.canvas.a, found.canvas.b
    off: Any = cv2.absdiff(a, b).max(axis=2)
    if int(off.max()) <= OTHER:
        return None
    plain = _plain(a) & _plain(b) & found.canvas.both
    weaker: Any = np.minimum(*(one.max(axis=2) - one.min(axis=2) for one in (a, b)))
    between = ((a > ENDS[0]) & (a < ENDS[1])).any(axis=2)
    stayed = plain & (off <= STAYED) & (weaker >= COLOURED) & between
    solid: Any = cv2.erode((plain & (off > OTHER)).astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0)
    return box_around(solid > 0) if float(stayed.mean()) > LEAST and solid.any() else None


def _plain(image: Any) -> NDArray[np.bool_]:
    around = np.ones((AROUND, AROUND), np.uint8)
    found: Any = cv2.subtract(cv2.dilate(image, around), cv2.erode(image, around)).max(axis=2) <= PLAIN
    return found  # type: ignore[no-any-return]


def _other(found: Evidence) -> bool:
    colour = found.colour
    if found.colours_follow and min(colour.strength) > max(colour.strength) / 2 and colour.turned < 10:
        return False
    # where a cell is but a pixel, codecs smear its colour
    few = FEW if min(found.canvas.both.shape) > 2 * CELLS else 4 * FEW
    if _thing_dyed(found) or (colour.dyed > few and colour.neutral < 3):
        return True
    if found.drawn and colour.neutral < 1.5 and colour.turned > 5 and colour.before > 2.5:
        return True
    if colour.turned > 20 and not colour.neutral > (3.5 if colour.turned < 60 else 0.5 * colour.before):
        return True
    if min(colour.strength) < 1:  # grey, which is no other hue
        return False
    if found.drawn and colour.left > UNMAPPED and found.unmapped > UNMAPPED:
        return True
    if found.curve.moved > TONED or np.abs(colour.matrix - np.eye(2)).max() > 0.2 or np.hypot(*colour.offset) > 3:
        return False
    return float((cv2.blur(colour.apart, (3, 3)) > 18).mean()) > few


def _thing_dyed(found: Evidence) -> bool:
    """Whether in drawn pictures the ground stayed, and what stands on it has other tones and other colours."""
    if not found.drawn:
        return False
    a, b = found.canvas.greys
    ground = int(np.bincount(a.ravel(), minlength=256).argmax())
    if abs(float(np.median(b[a == ground])) - ground) > 2:
        return False
    weak, strong = sorted(found.colour.strength)
    other = weak < 0.7 * strong > 1 or found.colour.turned > 10
    return (found.curve.moved >= 4 and other) or _one_thing_dyed(found, np.abs(a.astype(np.int16) - ground) > ON_GROUND)


def _one_thing_dyed(found: Evidence, there: NDArray[np.bool_]) -> bool:
    """Whether what is `there`, bool (h,w), has one colour, and another one in the other picture: of the two tones of such
    pictures a curve says nothing. One in grey has no other colour.
    """
    if there.mean() < THING:
        return False
    both = [one[there].astype(np.float32) for one in (found.canvas.a, found.canvas.b)]
    one, other = (np.median(each, axis=0) for each in both)
    if np.abs(one - other).max() <= DYED:
        return False
    flat = all(
        bool((np.abs(each - mid).max(axis=1) <= FLAT).mean() > ALONE)
        for each, mid in zip(both, (one, other), strict=True)
    )
    weak, strong = sorted(found.colour.strength)
    greyed = weak < 1 and strong > 2 and abs(float((one - other) @ LUMA)) < 8
    return flat > ALONE and not greyed
