"""Keypoints of two pictures that are each other's nearest, and which of them agree on where one picture lies in the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedupe.judge.keypoints import Keypoints

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

RATIO = 0.85
"""A match counts if the next best is so much worse (Lowe, 2004)."""

AGREEING = 8
"""So many must agree on where one picture lies in the other for that to be believed without more."""

LARGER, TURNED = 0.5, np.radians(25)
"""Two matches agree if what is around the points is larger in a by the same factor, but for so many powers of two, and turned
alike, but for such an angle;"""

OFF, LEAST_OFF = 0.25, 4.0
"""and if the one puts the other's point where it is, but for such a share of their distance, or so many pixels."""

CELL = 4.0
"""Points within so many pixels are one."""


@dataclass(frozen=True, slots=True)
class Matches:
    """Points float32 (k,2) of b, `here`, and of a, `there`, in pixels; what is around each is `larger` in a by so many powers of
    two, (k,), and `turned` by so many radians, (k,).
    """

    here: Floats
    there: Floats
    larger: Floats
    turned: Floats

    def __len__(self) -> int:
        return len(self.here)

    def of(self, some: Bools) -> Matches:
        """Those of `some`, bool (k,)."""
        return Matches(self.here[some], self.there[some], self.larger[some], self.turned[some])

    def agreeing(self) -> Matches:
        """Those that agree with the one that most agree with, of each place one."""
        places = np.c_[self.here, self.there] // CELL
        single = np.zeros(len(self), np.bool_)
        single[np.unique(places, axis=0, return_index=True)[1]] = True
        one = self.of(single)
        votes = one._agree()
        return one.of(votes[int(np.argmax(votes.sum(axis=1)))]) if len(one) else one

    def _agree(self) -> Bools:
        """Whether each match, a row, agrees with each other one, bool (k,k)."""
        scale = np.exp2(self.larger)
        across, down = scale * np.cos(self.turned), scale * np.sin(self.turned)
        x, y = (self.here[None] - self.here[:, None]).transpose(2, 0, 1)
        there = (self.there[None] - self.there[:, None]).transpose(2, 0, 1)
        off = np.hypot(
            across[:, None] * x - down[:, None] * y - there[0], down[:, None] * x + across[:, None] * y - there[1]
        )
        angle = np.abs((self.turned[None] - self.turned[:, None] + np.pi) % (2 * np.pi) - np.pi)
        alike = (np.abs(self.larger[None] - self.larger[:, None]) < LARGER) & (angle < TURNED)
        found: Bools = alike & (off < LEAST_OFF + OFF * np.hypot(*there))
        return found


def matched(a: Keypoints, b: Keypoints, size_a: Floats, size_b: Floats) -> Matches:
    """The keypoints of a and of b that are each other's nearest, and nearer than the next by far; the pictures' width and height
    in pixels are `size_a` and `size_b`, (2,).
    """
    of_a, of_b = _nearest(a.described, b.described).T
    grown = np.log2(a.sizes[of_a] * size_a.max()) - np.log2(b.sizes[of_b] * size_b.max())
    turned = a.angles[of_a] - b.angles[of_b]
    return Matches(
        *(one.astype(np.float32) for one in (b.points[of_b] * size_b, a.points[of_a] * size_a, grown, turned))
    )


def _nearest(x: Floats, y: Floats) -> NDArray[np.int64]:
    """Rows of x (n,d) and of y (m,d) that are each other's nearest, and nearer than the next by far, int64 (k,2)."""
    if min(len(x), len(y)) < 2:
        return np.zeros((0, 2), np.int64)
    likeness = y @ x.T
    rows, best = np.arange(len(y)), np.argmax(likeness, axis=1)
    mutual = np.argmax(likeness, axis=0)[best] == rows
    first = likeness[rows, best]
    likeness[rows, best] = -1
    near, next_ = (np.sqrt(np.maximum(0, 2 - 2 * one)) for one in (first, likeness.max(axis=1)))
    good = mutual & (near < RATIO * next_)
    return np.stack([best[good], rows[good]], axis=1)
