"""radial: the radial hash of libpHash, 40 bytes compared by correlation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe import Decode, Metric
from dedupe_hashes.libphash import blur, load_kernels, luma, whole_picture
from dedupe_hashes.parameters import Source

ANGLES, COEFFICIENTS = 180, 40


def distances(A: NDArray[np.uint8], B: NDArray[np.uint8]) -> NDArray[np.float32]:
    """1 - the largest normalised correlation, at least 0, over the circular shifts of rows u8 (n,40), (m,40); float32 (n,m).

    0 to 1; exact, so that there and back are equally far; NaN with a constant row. No metric space: there is no triangle
    inequality. Source: libpHash 0.9, `ph_crosscorr`.
    """
    from dedupe_hashes.kernels.correlation import correlate

    out = np.empty((len(A), len(B)), np.float32)
    a, b = A.astype(np.float32), np.hstack([B, B]).astype(np.float32)
    correlate(a, b, np.empty((len(A), 2)), np.empty((len(B), 2)), np.empty(COEFFICIENTS, np.float32), out)
    np.sqrt(out, out=out)
    return np.subtract(1, out, out=out)


@dataclass(frozen=True, kw_only=True)
class Radial:
    """The first 40 DCT coefficients of the variances along 180 lines through the centre of the blurred picture.

    u8 (n,40), scaled from the least to the largest; zeros for flat pictures, which are near nothing. `source="full"`
    follows libpHash 0.9's `ph_image_digest` with sigma 3.5 and 180 angles, within 1 in each byte; "working" is its digest
    of the reduced picture as a grey file, whose values are taken as they are. Source: Zauner, Implementation and
    Benchmarking of Perceptual Image Hash Functions, 2010; libpHash.
    Of 885,115 pairs of 1,331 photos one (1.1e-6) is within the threshold.
    """

    name = "radial"
    version = "1"
    metric = Metric("radial", "uint8", distances)
    threshold = 0.03
    source: Source = "working"

    @property
    def decode(self) -> Decode:
        """Grey of the working image, or the whole picture in colour. UsageError for a bad parameter."""
        return whole_picture(self.name, self.source)

    def describe(self, images: Any) -> NDArray[np.uint8]:
        """Pictures u8 (h,w), or (h,w,3) with source=full, to digests u8 (n,40)."""
        from dedupe_hashes.kernels.radial import variances

        load_kernels("correlation", "deriche", "luma")
        tangents = np.tan(np.arange(ANGLES) * np.pi / ANGLES)
        sums, features = np.empty((ANGLES, 3)), np.empty(ANGLES)
        out = np.zeros((len(images), COEFFICIENTS), np.uint8)
        for image, row in zip(images, out, strict=True):
            variances(blur(luma(image)[0], 3.5, truncated=True), tangents, sums, features)
            row[:] = _quantised(features)
        return out


def _quantised(features: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Standardised features' first coefficients, from the least (at most 0) to the largest (at least 0) in bytes."""
    centred = features - features.sum() / ANGLES
    coefficients = np.einsum("ki,i->k", _cosines(), centred)  # no BLAS: its sums depend on the machine
    low, high = min(coefficients.min(), 0.0), max(coefficients.max(), 0.0)
    scale = 255 / (high - low) if np.ptp(features) > 0 else 0.0
    digest: NDArray[np.uint8] = ((coefficients - low) * scale).astype(np.uint8)
    return digest


@cache
def _cosines() -> NDArray[np.float64]:
    k, i = np.arange(COEFFICIENTS)[:, None], np.arange(ANGLES)
    rows: NDArray[np.float64] = np.cos(np.pi * k * (2 * i + 1) / (2 * ANGLES)) * np.sqrt(2 / ANGLES)
    rows[0] /= np.sqrt(2)
    return rows
