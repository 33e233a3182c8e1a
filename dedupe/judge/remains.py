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
"""Three by three pixels differ by more than so many times what noise there is, all of them, and in drawn pictures by so many
levels at least.
"""

NOISY, CALM, CALMER, FLOOR = 0.98, 0.9, 6.0, 3.0
"""Noise is half a level more than such a share of the differences; or, for a large part may differ, than so many times what the
second share is, and than so many levels, if that is less.
"""

MARK, CLEAR, AROUND = 24, 2.0, 9
"""What differs by more levels in drawn pictures is no noise where within so many pixels nothing is steep in both, in levels,
unless their tones differ.
"""

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
    """What differs by much more than the rest does; None if nothing does, and where all of it has other tones, which no curve
    takes away to the last level.
    """
    sharper = found.blocks.sharper
    p, q = (
        soft(one.astype(np.float32), max(0.0, more))
        for one, more in zip(found.canvas.greys, (sharper, -sharper), strict=True)
    )
    off = cv2.convertScaleAbs(p - q, alpha=STEPS)
    both = cv2.erode(found.canvas.both.astype(np.uint8), np.ones((2 * EDGE + 1, 2 * EDGE + 1), np.uint8), borderValue=0)
    levels = cv2.calcHist([off], [0], both, [256], [0, 256]).ravel().cumsum()
    if not levels[-1]:
        return None
    noisy, calm = (float(np.searchsorted(levels, share * levels[-1])) / STEPS for share in (NOISY, CALM))
    noise = 0.5 + min(noisy, max(CALMER * calm, FLOOR))
    least = STEPS * max(LEAST if found.drawn else 0.0, TIMES * noise)
    solid = cv2.erode(off * both, np.ones((3, 3), np.uint8))
    where = solid > least
    if found.drawn and found.curve.moved <= TONED:  # a mark across a page is seen where there is no text
        where |= (solid > STEPS * MARK) & _plain(p, q)
    if not where.any():
        return None
    there: Any = cv2.dilate(where.astype(np.uint8), np.ones((2 * EDGE + 1, 2 * EDGE + 1), np.uint8)) > 0
    more = slopes(found.canvas.a)[there] - slopes(found.canvas.b)[there]
    of_a, of_b = float(more[more > 0].sum()), float(-more[more < 0].sum())
    around: Any = cv2.dilate(where.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return Remains(box_around(around), max(of_a, of_b) < ALONE * (of_a + of_b))


def _plain(p: Any, q: Any) -> NDArray[np.bool_]:
    """Where one of the two at least has no structure, bool (h,w): no codec leaves much there."""
    steep = (
        cv2.magnitude(*(cv2.Sobel(one, cv2.CV_32F, *axes, ksize=1) for axes in ((1, 0), (0, 1)))) for one in (p, q)
    )
    found: Any = cv2.dilate(cv2.min(*steep), np.ones((AROUND, AROUND), np.uint8)) < CLEAR
    return found  # type: ignore[no-any-return]
