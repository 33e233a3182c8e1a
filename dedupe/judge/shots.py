"""Another shot of one scene: the camera or things moved so little that all blocks agree."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from dedupe.judge.align import Placed
from dedupe.judge.blocks import BLUR, LEAST
from dedupe.judge.evidence import Evidence
from dedupe.judge.look import Look
from dedupe.judge.nudge import LEAST as PARTS
from dedupe.judge.nudge import moved_parts

ALIKE = 0.98
"""Pictures are so much alike that noise moves no part;"""

OFF = 0.09
"""then half of the parts lie off by less, in pixels, where nothing moved."""

FAR = 0.8
"""However much noise there is, half of the parts lie off by less."""

MUCH_TONED = 5
"""Where tones moved by more levels on average, what became all white or black shifts some parts a little by itself,"""

DARKENED = 20
"""and where they moved by so many, few parts are left to be found."""

SOFT = 2
"""Where one of two is softer by more, in pixels, its parts are not found surely."""

AT_HOME, NEARBY = 0.006, 0.03
"""Pictures of one size whose corners lie off by so much are frames of a film, or shots of a burst: a crop has fewer pixels."""

STRIP = 0.003
"""The share of its pixels that each of two shots has and the other has not, at least,"""

FLAT = 0.3
"""A frame has a smaller mean square of its gradient, in levels a pixel."""

LINE = 3
"""but for a line of so many pixels beside what both have."""

Bools = NDArray[np.bool_]


def another_shot(a: Look, b: Look, found: Evidence) -> bool:
    """Whether parts of b lie off where all of it covers all of a, or each of the two goes on where the other ends."""
    if found.placed.turn is not None:
        upright = found.placed.turn == "none"  # nobody turns a second shot
        return upright and _parts_off(found, (a.width, a.height) == (b.width, b.height))
    there = replace(found.placed, map=np.linalg.inv(found.placed.map).astype(np.float64))
    if (a.width, a.height) == (b.width, b.height) and AT_HOME < found.placed.off < NEARBY:
        return not (_framed(a, found.placed) or _framed(b, there))
    return _goes_on(a, found.placed) and _goes_on(b, there)


def _parts_off(found: Evidence, one_size: bool) -> bool:
    if found.curve.moved > DARKENED or abs(found.blocks.sharper) > SOFT:
        return False
    moves = moved_parts(found)
    if len(moves) < PARTS:
        return False
    off = float(np.median(np.hypot(*(moves[:, 1] - moves[:, 0]).T)))
    sure = one_size and found.curve.moved < MUCH_TONED  # of other sizes the grids lie off by half a pixel
    sharp = sure and found.likeness > ALIKE and not found.blocks.sharper
    return off > (OFF if sharp else FAR)


def _goes_on(one: Look, other: Placed) -> bool:
    """Whether a picture has structure where the other, placed in it, has ended: a crop has not, nor has a frame."""
    return _beyond(one, other) > LEAST


def _framed(one: Look, other: Placed) -> bool:
    """Whether a picture is even where the other, placed in it, has ended."""
    return 0 <= _beyond(one, other) < FLAT


def _beyond(one: Look, other: Placed) -> float:
    """The mean square of the gradient where a picture goes on and the other, placed in it, has ended; -1 if nowhere."""
    grey = cv2.cvtColor(one.small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    inside = np.zeros(grey.shape, np.uint8)
    corners = other.corners * grey.shape[::-1]
    cv2.fillConvexPoly(inside, np.rint(corners).astype(np.int32), 1)
    outside = cv2.dilate(inside, np.ones((2 * LINE + 1, 2 * LINE + 1), np.uint8)) == 0
    if outside.mean() < STRIP:
        return -1.0
    across, down = np.gradient(cv2.GaussianBlur(grey, (0, 0), BLUR))
    return float((across**2 + down**2)[outside].mean())
