"""Points of a picture that are found again in its copies: where they are, how large, how turned, and what is around them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dedupe.judge.sizes import reduced

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Sought:
    """How many points are looked for, in a picture with a longest side of `side` pixels (enlarged to `least` if it has fewer),
    and of what `contrast`.
    """

    count: int
    side: int
    least: int
    contrast: float


GLANCE = Sought(300, 200, 200, 0.01)
FEW = Sought(600, 400, 200, 0.02)
MANY = Sought(1500, 512, 384, 0.01)

_MIRRORED = np.arange(128).reshape(4, 4, 8)[::-1, :, -np.arange(8) % 8].ravel()
"""Where the numbers of a keypoint's descriptor stand in that of the mirrored one: what lay on one side of its direction lies
on the other."""


@dataclass(frozen=True, slots=True)
class Keypoints:
    """Points float32 (k,2) in shares of width and height, their sizes (k,) in shares of the longest side, their directions
    (k,) in radians, and SIFT's descriptors u8 (k,128), which take a fourth of the room of what is compared.
    """

    points: Floats
    sizes: Floats
    angles: Floats
    sift: Bytes

    def __len__(self) -> int:
        return len(self.points)

    @property
    def described(self) -> Floats:
        """The square roots of the shares of each descriptor (k,128), as they are compared (Arandjelovic and Zisserman, 2012)."""
        levels = self.sift.astype(np.float32)
        roots: Floats = np.sqrt(levels / np.maximum(levels.sum(axis=1, keepdims=True), 1e-6))
        return roots

    def mirrored(self) -> Keypoints:
        """Those of the picture mirrored left to right, in shares of that."""
        return replace(
            self,
            points=(self.points * (-1, 1) + (1, 0)).astype(np.float32),
            angles=np.float32(np.pi) - self.angles,
            sift=self.sift[:, _MIRRORED],
        )


def keypoints(rgb: Bytes, wanted: Sought) -> Keypoints:
    """SIFT (Lowe, 2004) of a picture u8 (h,w,3)."""
    grey = reduced(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), wanted.side)
    longest = max(grey.shape)
    if longest < wanted.least:  # too few pixels to find points in
        factor = wanted.least / longest
        grey = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    make: Any = cv2.SIFT
    detector: Any = make.create(wanted.count, contrastThreshold=wanted.contrast)
    found, described = detector.detectAndCompute(grey, None)
    if described is None:
        none = np.zeros(0, np.float32)
        return Keypoints(np.zeros((0, 2), np.float32), none, none, np.zeros((0, 128), np.uint8))
    rows: Floats = np.array([(*one.pt, one.size, np.radians(one.angle)) for one in found], np.float32)
    points = (rows[:, :2] / grey.shape[::-1]).astype(np.float32)
    return Keypoints(points, rows[:, 2] / max(grey.shape), rows[:, 3], described.astype(np.uint8))
