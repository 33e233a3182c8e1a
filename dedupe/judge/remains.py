"""Whether a small part differs in two pictures whose blocks all agree: another digit, a thing that is gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dedupe.judge.blocks import soft
from dedupe.judge.changes import box_around, slopes
from dedupe.judge.evidence import Evidence
from dedupe.judge.tone import TONED
from dedupe.model.judgement import Box

STEPS = 2
"""Differences are counted in half levels, up to 127."""

TIMES, LEAST = 8.0, 9.0
"""Two by two pixels differ by more than so many times what noise there is, all of them, in drawn pictures three by three, and by
so many levels at least.
"""

NOISY, CALM, CALMER, FLOOR = 0.98, 0.9, 6.0, 3.0
"""Noise is half a level more than such a share of the differences; or, for a large part may differ, than so many times what the
second share is, and than so many levels, if that is less.
"""

MARK, CLEAR, AROUND = 24, 2.0, 9
"""What differs by more levels in drawn pictures is no noise where within so many pixels nothing is steep in both, in levels,
unless their tones differ.
"""

WIDE, FILLED = 7, 14.0
"""So many pixels a side that differ all by more levels are no noise in drawings: of what codecs and sizes leave there, it is up
to 7 levels.
"""

SAME = 0.3
"""Tones that are off by fewer levels on average are the same."""

COLOURS = 35.0
"""So many levels of Cr and Cb, together, a small part is off at least that has another colour."""

ALONE = 0.7
"""Who has so much of what one of the two is steeper by has something there where the other has nothing."""

EDGE = 4
"""Pixels at the edge of what both show do not count."""


@dataclass(frozen=True, slots=True)
class Remains:
    """What differs: a `box` around it, in shares of the canvas, and whether each of the two has something there, `both`."""

    box: Box
    both: bool


def remains(found: Evidence) -> Remains | None:
    """What differs by much more than the rest does, with other tones taken away; None if nothing does."""
    p, q = _as_soft(found, *(one.astype(np.float32) for one in found.canvas.greys))
    less = p - q if found.curve.moved < SAME else _less(p - q, cv2.subtract(*_as_soft(found, *found.toned)))
    off, both = cv2.convertScaleAbs(less, alpha=STEPS), _inside(found)
    least = STEPS * max(LEAST if found.drawn else 0.0, TIMES * _noise(off, both))
    solid = cv2.erode(off * both, np.ones((3, 3) if found.drawn else (2, 2), np.uint8))
    where = solid > least
    if found.drawn and found.curve.moved <= TONED:  # a mark across a page is seen where there is no text
        where |= (solid > STEPS * MARK) & _plain(p, q)
    if found.drawn:  # however much is filled so
        where |= cv2.erode(off * both, np.ones((WIDE, WIDE), np.uint8)) > STEPS * FILLED
    return _around(found, where)


def specks(found: Evidence) -> Remains | None:
    """The same where both are shades alone: a star is a pixel, and nothing tells which of the two is sharper."""
    off = cv2.absdiff(*(soft(one.astype(np.float32)) for one in found.canvas.greys))
    off, both = cv2.convertScaleAbs(off, alpha=STEPS), _inside(found)
    return _around(found, off * both > STEPS * TIMES * _noise(off, both))


def _around(found: Evidence, where: Any) -> Remains | None:
    if not where.any():
        return None
    there: Any = cv2.dilate(where.astype(np.uint8), np.ones((2 * EDGE + 1, 2 * EDGE + 1), np.uint8)) > 0
    more = slopes(found.canvas.a)[there] - slopes(found.canvas.b)[there]
    of_a, of_b = float(more[more > 0].sum()), float(-more[more < 0].sum())
    around: Any = cv2.dilate(where.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return Remains(box_around(around), max(of_a, of_b) < ALONE * (of_a + of_b))


def dyed_part(found: Evidence) -> Box | None:
    """Where a small part has another colour, as a red lamp that is green in the other one; None if nowhere."""
    planes = [cv2.split(cv2.cvtColor(each, cv2.COLOR_RGB2YCrCb))[1:] for each in (found.canvas.a, found.canvas.b)]
    at_all = cv2.erode(cv2.max(*(cv2.absdiff(*pair) for pair in zip(*planes, strict=True))), np.ones((3, 3), np.uint8))
    if at_all.max() < COLOURS / 2:  # of most pairs, in a tenth of the time
        return None
    one, other = (cv2.GaussianBlur(cv2.merge(each).astype(np.float32) - 128, (0, 0), 1.0) for each in planes)
    off, both = _apart(one, other), _inside(found)
    if found.curve.moved > TONED:  # brighter pictures have stronger colours, too
        as_one = other @ found.colour.matrix.T.astype(np.float32) + found.colour.offset.astype(np.float32)
        off = cv2.min(off, _apart(one, as_one))
    where = cv2.erode(off * both, np.ones((3, 3), np.uint8)) > STEPS * max(COLOURS, TIMES * _noise(off, both))
    return box_around(where) if where.any() else None


def _apart(one: Any, other: Any) -> Any:
    """How far colours float32 (h,w,2) are apart, in STEPS of a level, u8 (h,w)."""
    return cv2.convertScaleAbs(cv2.magnitude(*cv2.split(one - other)), alpha=STEPS)


def _inside(found: Evidence) -> Any:
    """1 where both pictures are, but for the edge, u8 (h,w)."""
    around = np.ones((2 * EDGE + 1, 2 * EDGE + 1), np.uint8)
    return cv2.erode(found.canvas.both.astype(np.uint8), around, borderValue=0)


def _noise(off: Any, both: Any) -> float:
    """Levels that are noise, of differences in STEPS of a level, u8 (h,w), where `both` is 1."""
    counts = cv2.calcHist([off], [0], both, [256], [0, 256]).ravel().cumsum()
    noisy, calm = (float(np.searchsorted(counts, share * counts[-1])) / STEPS for share in (NOISY, CALM))
    return 0.5 + min(noisy, max(CALMER * calm, FLOOR))


def _as_soft(found: Evidence, p: Any, q: Any) -> tuple[Any, Any]:
    """Two grey pictures, float32 (h,w), as they are compared: the sharper one as soft as the other."""
    sharper = found.blocks.sharper
    return soft(p, max(0.0, sharper)), soft(q, max(0.0, -sharper))


def _less(raw: Any, toned: Any) -> Any:
    """The lesser of two differences, float32 (h,w), 0 where one is above and one below it: a curve of tones takes most of what
    other tones are away, and too much of it where colours are strong.
    """
    return np.maximum(np.minimum(raw, toned), 0) + np.minimum(np.maximum(raw, toned), 0)


def _plain(p: Any, q: Any) -> NDArray[np.bool_]:
    """Where one of the two at least has no structure, bool (h,w): no codec leaves much there."""
    steep = (
        cv2.magnitude(*(cv2.Sobel(one, cv2.CV_32F, *axes, ksize=1) for axes in ((1, 0), (0, 1)))) for one in (p, q)
    )
    found: Any = cv2.dilate(cv2.min(*steep), np.ones((AROUND, AROUND), np.uint8)) < CLEAR
    return found  # type: ignore[no-any-return]
