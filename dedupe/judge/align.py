"""Where one picture lies in another: turned, cut out, rotated, sheared, in perspective."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from dedupe.model import TURNS

Matrix = NDArray[np.float64]

_SWAP = np.array([[0.0, 1, 0], [1, 0, 0], [0, 0, 1]])
WHOLE, ALL = 0.97, 0.985
"""One picture is a part of another if so much of it lies there, and no more of the other one than so much lies in it."""

LEFT = np.array([[-1.0, 0, 1], [0, 1, 0], [0, 0, 1]])
_UP = np.array([[1.0, 0, 0], [0, -1, 1], [0, 0, 1]])
_TURNED = {
    "none": np.eye(3),
    "hflip": LEFT,
    "vflip": _UP,
    "rotate180": LEFT @ _UP,
    "transpose": _SWAP,
    "rotate90": _UP @ _SWAP,
    "rotate270": LEFT @ _SWAP,
    "transverse": LEFT @ _UP @ _SWAP,
}
_CORNERS = np.array([[0.0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]])


@dataclass(frozen=True, slots=True)
class Placed:
    """Where b lies in a: `map` (3,3) takes a point of b, in shares of its width and height, to the same of a.

    `turn` where all of b, turned so, covers all of a, else None; `points`: how many matched keypoints agree on it.
    """

    map: Matrix
    turn: str | None = None
    points: int = 0

    @property
    def nearest_turn(self) -> str:
        """The turn that comes nearest to how b lies."""
        if self.turn is not None:
            return self.turn
        scores = [float((self.map[:2, :2] * _TURNED[turn][:2, :2]).sum()) for turn in TURNS]
        return TURNS[int(np.argmax(scores))]

    @property
    def corners(self) -> Matrix:
        """The corners of b, from its upper left on clockwise, in shares of a, float64 (4,2)."""
        there = _CORNERS @ self.map.T
        found: Matrix = there[:, :2] / there[:, 2:]
        return found

    @property
    def shown(self) -> float:
        """The share of a that b shows."""
        common, _ = cv2.intersectConvexConvex(_CORNERS[:, :2].astype(np.float32), self.corners.astype(np.float32))
        return min(1.0, float(common))

    @property
    def within(self) -> float:
        """The share of b that lies within a, by its area there."""
        area = float(abs(cv2.contourArea(self.corners.astype(np.float32))))
        return min(1.0, self.shown / area) if area else 0.0

    @property
    def contains(self) -> str | None:
        """Which of the two, "a" or "b", has the other one as a part."""
        shown, within = self.shown, self.within
        if self.turn is not None or max(shown, within) < WHOLE or min(shown, within) > ALL:
            return None
        return "a" if within > shown else "b"

    @property
    def off(self) -> float:
        """How far a corner of b lies from that of a, but for the turn, in shares of a side, at most."""
        plain = _CORNERS @ _TURNED[self.nearest_turn].T
        return float(np.abs(self.corners - plain[:, :2]).max())


def turned(turn: str) -> Placed:
    """All of b, turned so, covers all of a."""
    return Placed(_TURNED[turn], turn)


def sane(matrix: Matrix) -> bool:
    """Whether a picture may lie so in another: not inside out, not vanishing, not bent beyond what a camera does."""
    there = _CORNERS @ matrix.T
    if there[:, 2].min() <= 0.2 or there[:, 2].max() > 5:
        return False
    points = there[:, :2] / there[:, 2:]
    sides = np.roll(points, -1, axis=0) - points
    following = np.roll(sides, -1, axis=0)
    bends = sides[:, 0] * following[:, 1] - sides[:, 1] * following[:, 0]
    area = abs(np.linalg.det(matrix[:2, :2]))
    return bool((np.sign(bends) == np.sign(bends[0])).all() and 0.01 < area < 100)
