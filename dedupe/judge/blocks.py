"""Where two aligned pictures agree: the structure of each block in both, and what noise explains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dedupe.judge.block_kernels import sum_products
from dedupe.judge.quantiles import quantile

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

BLUR = 1.0
"""Standard deviation, in pixels, of what pictures are blurred by first: a shift of half a pixel makes little difference."""

LEAST = 1.5
"""Mean square of the gradient, in levels a pixel, below which a block has no structure."""

COARSE = 40
"""Noise is fine: what lies between two pictures is no more of it than so many times what white noise would be that has its finest
detail. Of copies with more noise than `LEAST` it is up to 10 times that, of strange blots, marble and clouds 500 times and more.
"""

WHITE = 0.08
"""Mean square of the gradient of white noise as it is compared, for each mean square of its finest detail: 1 / (4 pi BLUR**4)."""

FINEST = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
"""Leaves of a picture its finest detail, of white noise as much as there is (Immerkaer 1996)."""

BLURS = (0.6, 1.0, 1.6, 2.4)
"""Standard deviations of further blurs that are tried on the sharper one of two pictures."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """Blocks of `size` pixels a side: mean squares of the gradients in `a` and `b`, their mean product `cross`, and whether
    both pictures are there, `seen`; all (rows, columns).

    `noise` is what of a + b - 2 cross noise explains; `sharper` the blur that a needs to be as soft as b, in pixels, negative
    where b needs it.
    """

    a: Floats
    b: Floats
    cross: Floats
    seen: Bools
    size: int
    noise: float
    sharper: float

    @property
    def structured(self) -> Bools:
        """Blocks with more structure than noise makes, in one of the two at least."""
        return self.seen & (np.maximum(self.a, self.b) > max(LEAST, 4 * self.noise))

    @property
    def likeness(self) -> Floats:
        """Correlation of the gradients, without what noise takes from it."""
        a, b = (np.maximum(one - self.noise / 2, LEAST / 4) for one in (self.a, self.b))
        found: Floats = np.clip(self.cross / np.sqrt(a * b), -1, 1)
        return found

    @property
    def unexplained(self) -> Bools:
        """Whether a block differs by more than noise explains."""
        found: Bools = self.a + self.b - 2 * self.cross > 2.5 * self.noise + LEAST
        return found


def blocks(a: Floats, b: Floats, both: Bools, where: Bools | None = None) -> Blocks:
    """Blocks of two grey pictures float32 (h,w) of one canvas, whose tones are the same; `both`: where both are; how much
    sharper one is is seen `where` they agree (None: everywhere).
    """
    size = int(np.clip(min(a.shape) // 12, 4, 16))
    seen = means(both.astype(np.float32), size) > 0.95
    agreed = seen if where is None else seen & (means(where.astype(np.float32), size) > 0.95)
    agreed = agreed if agreed.any() else seen
    sharper = _fineness(a) > _fineness(b)
    p, q = soft(a), soft(b)
    best, blur = _products(p, q, size), 0.0
    for more in BLURS:  # as long as that brings them nearer to each other
        softer = soft(a if sharper else b, more)
        tried = _products(softer, q, size) if sharper else _products(p, softer, size)
        if _apart(tried, agreed) > 0.97 * _apart(best, agreed):
            break
        best, blur = tried, more if sharper else -more
    noise = _noise(best, seen)
    if noise > LEAST:
        noise = max(LEAST, min(noise, COARSE * _white(a - b, seen, size)))
    return Blocks(*best, seen, size, noise, blur)


def means(values: Floats, size: int) -> Floats:
    """Means of blocks of size x size; what is left over at the right and below is left out, where there is a whole block."""
    height, width = (max(1, n // size) for n in values.shape)
    found: Any = cv2.resize(values[: height * size, : width * size], (width, height), interpolation=cv2.INTER_AREA)
    return found  # type: ignore[no-any-return]


def _noise(products: tuple[Floats, Floats, Floats], seen: Bools) -> float:
    """What noise may explain: no more than there is in the calmest blocks of both, nor than lies between most blocks."""
    if not seen.any():
        return 0.0
    a, b, cross = (one[seen] for one in products)
    calm = quantile(a, 0.1) + quantile(b, 0.1)
    return max(0.0, min(calm, quantile(a + b - 2 * cross, 0.25)))


def _white(between: Floats, seen: Bools, size: int) -> float:
    """What white noise would be that has the finest detail of what is between two pictures."""
    fine: Any = cv2.filter2D(between, -1, FINEST)
    return WHITE * float(means(fine * fine, size)[seen].mean())


def _products(a: Floats, b: Floats, size: int) -> tuple[Floats, Floats, Floats]:
    """Mean squares of the gradients of soft pictures a and b, and their mean product, a block."""
    high, wide = a.shape
    out = np.empty((3, max(1, high // size), max(1, wide // size)), np.float32)
    sum_products(a, b, size, np.empty((3, wide), np.float32), out)
    return out[0], out[1], out[2]


def soft(grey: Floats, blur: float = 0.0) -> Floats:
    """A grey picture float32 (h,w) as it is compared, blurred by so many pixels more."""
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), float(np.hypot(BLUR, blur))), np.float32)


def _apart(products: tuple[Floats, Floats, Floats], seen: Bools) -> float:
    """What is left of both pictures' gradients when one is taken from the other, as a share."""
    a, b, cross = (float(one[seen].sum()) for one in products)
    return (a + b - 2 * cross) / max(1e-6, a + b)


def _fineness(grey: Floats) -> float:
    return float(cv2.norm(cv2.Laplacian(grey, cv2.CV_32F), cv2.NORM_L2))


def strongest(strength: Floats, cells: int) -> list[tuple[int, int]]:
    """The (row, column) of the block with most structure in each of so many cells a side; none of a cell that has none."""
    rows, columns = (np.array_split(np.arange(n), min(cells, n)) for n in strength.shape)
    places = []
    for some in rows:
        for few in columns:
            part = strength[some[0] : some[-1] + 1, few[0] : few[-1] + 1]
            row, column = divmod(int(np.argmax(part)), part.shape[1])
            if part[row, column] > 0:
                places.append((int(some[0]) + row, int(few[0]) + column))
    return places
