"""PDQ: Meta's perceptual hash."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe import Decode
from dedupe_hashes.parameters import Source, checked
from dedupe_hashes.phash import table
from dedupe_hashes.reduce import reduced
from dedupe_hashes.taps import LANES, tent

LEAST = 5
"""A picture with a shorter side than this has no hash, all bits 0."""

SIDE = 512
"""Longer pictures are reduced to this or a little less first."""

TOGETHER = 1 << 14
"""Pictures of at most so many pixels are hashed in one call."""

_DECODE = {"working": Decode(mode="L", source="working"), "full": Decode(mode="RGB", source="full")}


@dataclass(frozen=True, kw_only=True)
class Pdq:
    """PDQ, 256 bits u8 (n,32) in the order in which it is printed (facebook/ThreatExchange, "The TMK+PDQF Algorithms").

    Grey, two passes of a box filter each way, 64x64, DCT-II; bit = coefficient above the lower median of rows and columns
    1 to 16. With `source="full"` a picture of at most 512 pixels has Meta's hash bit for bit; a longer one is reduced to
    that first, as Meta's programs do too, but by areas, as the host makes working images. On the working image grey is a
    whole number and sums are taken in another order, which turns a bit or two of a few pictures. PDQ's measure of
    quality is not used: the host has its own.

    `threshold` is Meta's. It is far on the safe side: the nearest of the 885,115 pairs of 1,331 different photographs is
    at 72, about one in a million lies within 70, and of 21 kinds of distorted copies 70 % lie within 31, 82 % within 60.
    """

    source: Source = "working"

    name = "pdq"
    version = "3"
    metric = "hamming"
    threshold = 31.0

    @property
    def decode(self) -> Decode:
        """Grey of the working image, or the whole picture in colour. UsageError where there is no such source."""
        return _DECODE[checked(self.name, self.source)]

    def describe(self, images: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
        """Pictures u8 (h,w), or (h,w,3), of any size to bits u8 (n,32)."""
        from dedupe_hashes.kernels.pdq import pdq

        out = np.zeros((len(images), 32), np.uint8)
        last = np.empty((17, 17)), np.empty((2, 256))
        planes = np.empty((64, 64)), np.empty((32, 64)), np.empty((17, 64)), np.empty((64, 17))
        for run in _runs(images):
            image, bits = images[run.start], out[run]
            if min(image.shape[:2]) < LEAST:
                continue
            if image.ndim == 3:
                _exact(reduced(_grey(image), SIDE) if max(image.shape) > SIDE else _luma(image), (*last, bits[0]))
                continue
            luma = np.stack(images[run]) if len(bits) > 1 else image[None]
            height, width = luma.shape[1:]
            if min(height, width) < LANES:
                luma = np.pad(luma, [(0, 0), *((0, max(LANES - size, 0)) for size in (height, width))])
            row = np.empty(luma.shape[2], np.float32)
            pdq(luma, *tent(width, 64), *tent(height, 64), table(64), row, *planes, *last, bits)
        return out


def _runs(images: Sequence[NDArray[np.uint8]]) -> Iterator[slice]:
    """Neighbours of one shape that are so small that calling a kernel costs more than copying them; others alone."""
    start = 0
    for end in range(1, len(images) + 1):
        first = images[start]
        if end == len(images) or first.ndim == 3 or first.size > TOGETHER or images[end].shape != first.shape:
            yield slice(start, end)
            start = end


def _exact(luma: NDArray[np.float32], last: tuple[NDArray[Any], ...]) -> None:
    from dedupe_hashes.kernels.pdq_full import pdq_full

    waves = np.cos(np.pi / 128 * np.arange(1, 17)[:, None] * (2 * np.arange(64) + 1))
    waves *= np.float32(np.sqrt(2 / 64))
    turned = np.empty(luma.shape[::-1], np.float32)
    pdq_full(luma, turned, waves.astype(np.float32), np.empty((16, 64), np.float32), *last)


def _luma(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Meta's grey of a picture in colour."""
    red, green, blue = image[:, :, 0], image[:, :, 1], image[:, :, 2]
    luma: NDArray[np.float32] = (red * 0.299 + green * 0.587 + blue * 0.114).astype(np.float32)
    return luma


def _grey(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The host's own grey of a picture in colour."""
    from PIL import Image

    return np.asarray(Image.fromarray(image).convert("L"))
