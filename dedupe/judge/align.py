"""Where one picture lies in another: turned, cut out, rotated, sheared, in perspective."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from dedupe.judge.look import KEYPOINT_SIDE, Look
from dedupe.model import TURNS

Matrix = NDArray[np.float64]
Floats = NDArray[np.float32]

RATIO = 0.85
"""A match of keypoints counts if the next best is so much worse (Lowe, 2004)."""

AGREEING = 8
"""So many matched keypoints must agree on where one picture lies in the other,"""

WITHIN = 2.0
"""each within so many pixels of the size at which they were found."""

_SWAP = np.array([[0.0, 1, 0], [1, 0, 0], [0, 0, 1]])
_LEFT = np.array([[-1.0, 0, 1], [0, 1, 0], [0, 0, 1]])
_UP = np.array([[1.0, 0, 0], [0, -1, 1], [0, 0, 1]])
_TURNED = {
    "none": np.eye(3),
    "hflip": _LEFT,
    "vflip": _UP,
    "rotate180": _LEFT @ _UP,
    "transpose": _SWAP,
    "rotate90": _UP @ _SWAP,
    "rotate270": _LEFT @ _SWAP,
    "transverse": _LEFT @ _UP @ _SWAP,
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
    def off(self) -> float:
        """How far a corner of b lies from that of a, but for the turn, in shares of a side, at most."""
        plain = _CORNERS @ _TURNED[self.nearest_turn].T
        return float(np.abs(self.corners - plain[:, :2]).max())


def turned(turn: str) -> Placed:
    """All of b, turned so, covers all of a."""
    return Placed(_TURNED[turn], turn)


def by_keypoints(a: Look, b: Look) -> list[Placed]:
    """Where matched keypoints say that b lies in a, at most one as b is and one mirrored, the one with more points first."""
    found = []
    for keypoints, before in ((b.keypoints, np.eye(3)), (b.mirrored_keypoints, _LEFT)):
        fitted = _fitted(a, b, a.keypoints, keypoints)
        if fitted is not None:
            matrix, points = fitted
            found.append(Placed(matrix @ before, points=points))
    return sorted(found, key=lambda one: -one.points)


def _fitted(a: Look, b: Look, there: tuple[Floats, Floats], here: tuple[Floats, Floats]) -> tuple[Matrix, int] | None:
    pairs = _matched(there[1], here[1])
    if len(pairs) < AGREEING:
        return None
    size_a, size_b = (
        np.array([one.width, one.height]) * (KEYPOINT_SIDE / max(one.width, one.height)) for one in (a, b)
    )
    source = (here[0][pairs[:, 1]] * size_b).astype(np.float32)
    target = (there[0][pairs[:, 0]] * size_a).astype(np.float32)
    cv2.setRNGSeed(0)
    matrix, kept = cv2.findHomography(source, target, cv2.USAC_MAGSAC, WITHIN, maxIters=2000, confidence=0.999)
    if matrix is None or (points := int(kept.sum())) < AGREEING:
        return None
    if points < 25 or 4 * points < len(source):  # so few points bear six numbers better than eight
        affine, kept = cv2.estimateAffine2D(source, target, method=cv2.RANSAC, ransacReprojThreshold=WITHIN + 0.5)
        if affine is not None and int(kept.sum()) >= 0.9 * points:
            matrix, points = np.vstack([affine, [0, 0, 1]]), int(kept.sum())
    shares: Matrix = np.diag([*1 / size_a, 1.0]) @ np.asarray(matrix, np.float64) @ np.diag([*size_b, 1.0])
    shares = shares / shares[2, 2]
    return (shares, points) if _sane(shares) else None


def _matched(x: Floats, y: Floats) -> NDArray[np.int64]:
    """Rows of x (n,d) and of y (m,d) that are each other's nearest, and nearer than the next by far, int64 (k,2)."""
    if min(len(x), len(y)) < AGREEING:
        return np.zeros((0, 2), np.int64)
    likeness = y @ x.T
    rows, best = np.arange(len(y)), np.argmax(likeness, axis=1)
    mutual = np.argmax(likeness, axis=0)[best] == rows
    first = likeness[rows, best]
    likeness[rows, best] = -1
    near, next_ = (np.sqrt(np.maximum(0, 2 - 2 * one)) for one in (first, likeness.max(axis=1)))
    good = mutual & (near < RATIO * next_)
    return np.stack([best[good], rows[good]], axis=1)


def _sane(matrix: Matrix) -> bool:
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
