"""How much grain two aligned pictures have, and whether it was laid over one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dedupe.judge.blocks import means
from dedupe.judge.quantiles import quantile

BLOCK, ENOUGH = 8, 16
"""Grain is measured in blocks of so many pixels a side, and where there are so many blocks."""

EVENLY, ALONE = 1.35, 2.0
"""Grain that was added is as strong in structured blocks as in calm ones, to this factor, and all that lies between the two."""

_FINE = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
"""Takes out all that is straight; its squares add up to 1 (Immerkaer, 1996)."""

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Grain:
    """By how many levels (standard deviation) a has `more` of it than b, and whether that was `added`: a codec takes grain away
    where it is calm, and errs where there is structure.
    """

    more: float
    added: bool


def grain(a: Floats, b: Floats, both: Bools) -> Grain:
    """The grain of two grey pictures float32 (h,w) of one canvas, whose tones are the same; `both`: where both are."""
    where = means(both.astype(np.float32), BLOCK) > 0.95
    if where.sum() < ENOUGH:
        return Grain(0.0, False)
    energy = [means(np.square(_fine(one)), BLOCK)[where] for one in (a, b, a - b)]
    more = float(np.diff([np.sqrt(quantile(one, 0.25)) for one in energy[1::-1]])[0])
    slopes = [means(_slopes(one), BLOCK)[where] for one in (a, b)]
    structure = np.min(slopes, axis=0)
    calm, busy = quantile(structure, 0.3), quantile(structure, 0.7)
    least, most = (float(np.sqrt(np.median(energy[2][some]))) for some in (structure <= calm, structure >= busy))
    return Grain(more, most < EVENLY * least < EVENLY * ALONE * abs(more))


def _fine(grey: Floats) -> Any:
    return cv2.filter2D(grey, cv2.CV_32F, _FINE, borderType=cv2.BORDER_REPLICATE)


def _slopes(grey: Floats) -> Floats:
    """Squares of the gradient of what is left when grain is blurred away."""
    soft = cv2.GaussianBlur(grey, (0, 0), 1.0)
    across, down = (cv2.Sobel(soft, cv2.CV_32F, *axes, ksize=1) for axes in ((1, 0), (0, 1)))
    found: Floats = across**2 + down**2
    return found
