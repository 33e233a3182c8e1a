"""Where matched keypoints say that one picture lies in another."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from dedupe.judge.align import LEFT, Placed, sane
from dedupe.judge.keypoints import FEW, Keypoints
from dedupe.judge.look import Look
from dedupe.judge.matches import AGREEING, Matches, matched

Matrix = NDArray[np.float64]

WITHIN = 2.0
"""Matched keypoints lie within so many pixels of the size at which they were found."""

GLIMPSED = 0.06
"""At a glance such a share of the keypoints of copies agrees: of 716 copies, most of them in fog, at night or blurred, 0.085 at
least, and of 66 photos that are alike by chance of two.
"""

HINTS = 3
"""So many of the few keypoints must agree on a part of a picture before more are looked for,"""

FOUND = 4
"""of which so many must agree on it; then the pictures are laid over each other there."""


Both = tuple[Matches, Matches]
"""The matches of b with a, and those of b mirrored."""


def few_matches(a: Look, b: Look) -> Both:
    """Those of the keypoints that stand out most."""
    return _matched(a, b, a.keypoints, b.keypoints, False), _matched(a, b, a.keypoints, b.keypoints, True)


def glimpsed(a: Look, b: Look) -> bool:
    """Whether at a glance as many keypoints as a fit needs, and a share of all, agree on where one photo lies in the other, as it
    is or mirrored.
    """
    seen = a.first_keypoints, b.first_keypoints
    least = max(AGREEING, round(GLIMPSED * min(map(len, seen))))
    return any(len(_matched(a, b, *seen, mirrored).agreeing()) >= least for mirrored in (False, True))


def by_keypoints(a: Look, b: Look, few: Both) -> list[Placed]:
    """Where matched keypoints say that b lies in a, at most one as b is and one mirrored, the one with more points first."""
    return _sorted(_placed(a, b, _fitted(found), bool(mirrored)) for mirrored, found in enumerate(few))


def by_parts(a: Look, b: Look, few: Both) -> list[Placed]:
    """The same where one may be a small part of the other: few of the keypoints that stand out most are found again there. Unless
    some of them agree on where it lies, nothing more is looked for.
    """
    hinted = (bool(mirrored) for mirrored, found in enumerate(few) if len(found.agreeing()) >= HINTS)
    return _sorted(_part(a, b, mirrored) for mirrored in hinted)


def _sorted(found: Iterable[Placed | None]) -> list[Placed]:
    return sorted((one for one in found if one is not None and sane(one.map)), key=lambda one: -one.points)


def _part(a: Look, b: Look, mirrored: bool) -> Placed | None:
    found = _matched(a, b, a.many_keypoints, b.many_keypoints, mirrored).agreeing()
    if len(found) < FOUND:
        return None
    return _placed(a, b, _fitted(found) or _similar(found), mirrored)


def _matched(a: Look, b: Look, of_a: Keypoints, of_b: Keypoints, mirrored: bool) -> Matches:
    return matched(of_a, of_b.mirrored() if mirrored else of_b, _size(a), _size(b))


def _size(one: Look) -> NDArray[np.float32]:
    return np.array([one.width, one.height], np.float32) * (FEW.side / max(one.width, one.height))


def _placed(a: Look, b: Look, fitted: tuple[Matrix, int] | None, mirrored: bool) -> Placed | None:
    """A fit in pixels as one in shares."""
    if fitted is None:
        return None
    matrix, points = fitted
    shares = np.diag([*1 / _size(a), 1.0]) @ matrix @ np.diag([*_size(b), 1.0]) @ (LEFT if mirrored else np.eye(3))
    return Placed(shares / shares[2, 2], points=points)


def _fitted(found: Matches) -> tuple[Matrix, int] | None:
    """The perspective that most matches agree on, and how many do; an affine map where they bear no more."""
    if len(found) < AGREEING:
        return None
    cv2.setRNGSeed(0)
    matrix, kept = cv2.findHomography(found.here, found.there, cv2.USAC_MAGSAC, WITHIN, maxIters=2000, confidence=0.999)
    if matrix is None or (points := int(kept.sum())) < AGREEING:
        return None
    if points < 25 or 4 * points < len(found):  # so few points bear six numbers better than eight
        affine, kept = cv2.estimateAffine2D(
            found.here, found.there, method=cv2.RANSAC, ransacReprojThreshold=WITHIN + 0.5
        )
        if affine is not None and int(kept.sum()) >= 0.9 * points:
            return np.vstack([affine, [0, 0, 1]]), int(kept.sum())
    return np.asarray(matrix, np.float64), points


def _similar(found: Matches) -> tuple[Matrix, int] | None:
    """The rotation and the size that most of a few matches agree on."""
    cv2.setRNGSeed(0)
    matrix, kept = cv2.estimateAffinePartial2D(
        found.here, found.there, method=cv2.RANSAC, ransacReprojThreshold=WITHIN + 1
    )
    if matrix is None or (points := int(kept.sum())) < FOUND:
        return None
    return np.vstack([matrix, [0, 0, 1]]), points
