"""A picture as the judge looks at it: small or fine, whether it is drawn, by its keypoints."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dedupe.judge.keypoints import FEW, GLANCE, MANY, Keypoints, keypoints
from dedupe.judge.shades import ramps
from dedupe.judge.sizes import reduced
from dedupe.model import Traits

SIDE = 512
"""The longest side at which two pictures are laid over each other first,"""

FINE_SIDE = 2048
"""and at which those with flat ground or line art are looked at again: there a digit may be all that differs."""

DRAWN = 0.3
"""The share of pixels on exactly even ground from which a picture counts as drawn: a document, a screen, a thing on white."""

PAPER, ALIKE, INK = 0.6, 6, 80
"""The share of pixels within ALIKE levels of one from which it does too, where 2 % are darker by INK: a scan has grain."""

GROUND, MOSTLY = 0.36, 0.6
"""Even ground makes it drawn if this share of all pixels has one level, or if so much is even: the dark of a film is even too."""

EVEN = 2
"""Levels within which the 5x5 pixels around one lie on even ground."""

BLACK = 16
"""Bars of a film are not brighter than that."""

THUMB = 48
"""The sides at which two pictures are compared as a whole."""

Bytes = NDArray[np.uint8]


class Look:
    """A picture u8 (h,w,3), upright, of at most 512 pixels a side, with what has been looked at of it so far.

    `width` and `height` are those of the file, `size` its bytes, `traits` what it has besides pixels; `whole` gives all of its
    pixels, u8 (h,w,3), and `luma` the same in grey, u8 (h,w). `inside` is what its frame holds, once that was looked for.
    """

    def __init__(
        self,
        small: Bytes,
        width: int,
        height: int,
        *,
        size: int,
        traits: Traits,
        whole: Callable[[], Bytes],
        luma: Callable[[], Bytes] | None = None,
    ) -> None:
        self.small = np.ascontiguousarray(reduced(small, SIDE))
        self.width, self.height, self.size, self.traits = width, height, size, traits
        self.whole = whole
        self.inside: tuple[Look | None] | None = None
        self.luma = luma or (lambda: np.asarray(cv2.cvtColor(whole(), cv2.COLOR_RGB2GRAY)))

    @property
    def nbytes(self) -> int:
        """The bytes of its pixels and keypoints that it holds by now."""
        held = vars(self)
        points = sum(one.sift.nbytes for one in held.values() if isinstance(one, Keypoints))
        inside = sum(one.nbytes for one in self.inside or () if one is not None)
        return self.small.nbytes + points + (self.fine.nbytes if "fine" in held else 0) + inside

    @cached_property
    def fine(self) -> Bytes:
        """The picture with a longest side of at most 2,048 pixels, u8 (h,w,3)."""
        if max(self.width, self.height) <= SIDE:
            return self.small
        return np.ascontiguousarray(reduced(self.whole(), FINE_SIDE))

    @cached_property
    def drawn(self) -> bool:
        """Whether much of it is exactly even ground, or most of it paper with ink, black bars left out: no photo is so."""
        grey = _unbarred(cv2.cvtColor(self.small, cv2.COLOR_RGB2GRAY))
        even, counts = _even_share(grey), _counts(grey)
        ground = even > DRAWN and (even > MOSTLY or _ground_share(counts) > GROUND)
        return ground or _paper_share(counts) > PAPER

    @property
    def bits_a_pixel(self) -> float:
        """What the codec had for each pixel."""
        return 8 * self.size / max(1, self.width * self.height)

    @cached_property
    def first_keypoints(self) -> Keypoints:
        """Those that are seen of it at a glance, in a quarter of the time."""
        return keypoints(self.small, GLANCE)

    @cached_property
    def keypoints(self) -> Keypoints:
        """Those that stand out most."""
        return keypoints(self.small, FEW)

    @cached_property
    def many_keypoints(self) -> Keypoints:
        """More of them, of less contrast, which takes three times as long."""
        return keypoints(self.small, MANY)

    @cached_property
    def ramps(self) -> Bytes | None:
        """Its colours in cells, if it is of shades alone."""
        return ramps(self.small)

    @cached_property
    def thumb(self) -> Bytes:
        """The whole picture in grey, u8 (48,48)."""
        small = cv2.resize(self.small, (THUMB, THUMB), interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))


def _unbarred(grey: Any) -> Any:
    """The picture without black bars at its sides; all of it where all is black."""
    rows, columns = (np.flatnonzero(grey.max(axis=axis) > BLACK) for axis in (1, 0))
    return grey[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if len(rows) else grey


def _even_share(grey: Any) -> float:
    around = np.ones((5, 5), np.uint8)
    return float((cv2.dilate(grey, around) - cv2.erode(grey, around) <= EVEN).mean())


def _counts(grey: Any) -> Any:
    """How many pixels have each level, int64 (256,)."""
    return cv2.calcHist([grey], [0], None, [256], [0, 256]).ravel().astype(np.int64)


def _ground_share(counts: Any) -> float:
    """The largest share of pixels of one level and the two beside it."""
    return float(np.convolve(counts, np.ones(3), "same").max() / counts.sum())


def _paper_share(counts: Any) -> float:
    """The largest share of pixels that lie within ALIKE levels of one, where that is bright and there is ink on it."""
    alike = np.convolve(counts, np.ones(2 * ALIKE + 1), "same")
    level = int(np.argmax(alike))
    ink = counts[: max(0, level - INK)].sum() > 0.02 * counts.sum()
    return float(alike[level] / counts.sum()) if ink else 0.0
