"""Which of two pictures that are one holds finer detail: the highest frequencies that the one has and the other lacks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedupe.judge.evidence import Evidence
from dedupe.judge.look import Look
from dedupe.judge.patches import patches
from dedupe.judge.quantiles import quantile
from dedupe.judge.seams import seams

Floats = NDArray[np.float32]
Complex = NDArray[np.complex64]

WINDOW, HOP = 32, 16
"""Spectra are those of overlapping windows of so many pixels a side."""

BANDS = ((0.2, 0.4), (0.4, 0.6), (0.6, 0.78), (0.78, 0.94))
"""Of the frequencies that both sizes can hold, in shares of the highest."""

FLOOR = 0.5
"""Power, in squares of levels, that rounding and codecs leave of nothing."""

LOUDER, RISING, MUCH_LOUDER = 5.5, 5.0, 9.0
"""Who has so many decibels more in a band, and so many more than in the lowest one, has more detail, or much more in any:
sharpening raises all of them a little. Where both have the same but for its strength it takes KEEN."""

KEEN = 7.5

LARGER = 1.15
"""From so many times the pixels a side on, the larger picture could hold what the smaller one cannot."""

NONE = (1.25, 1.5, 2.0), (0.14, 0.065, 0.045)
"""By how many times larger it is: the power beyond that, in shares of that just below, which is as good as none;"""

REAL = 1.4
"""so many times that is detail;"""

EMPTY, SOME = 0.2, 0.5
"""power, in squares of levels, that is none in any case, and from which it counts;"""

LEAST, USUAL = 0.5, 0.75
"""and the correlation that an enlargement has with the smaller picture made larger, at least and often: the more, the more may
be left.
"""

STRONG, EXPLAINED = 40.0, 0.87
"""Of power by so many squares of levels, as lines of drawings have far beyond, an enlargement explains at least so much."""

DETAIL, UNSURE, MADE, NOTHING = 1, 0, -1, -2
"""What the larger picture has beyond: detail, perhaps some, what the smaller one explains, or nothing at all."""

SAME_AGAIN = 0.92
"""Correlation of the highest band from which one picture saved twice counts as equally fine."""

SEAMS = 0.05
"""By so much the seams of blocks show more in a picture that was once saved coarsely;"""

EVENLY, ALIKE = (3.5, 5.0), 0.8
"""decibels within which it is as strong as the other one, the second where the highest band correlates by more than that,"""

GRAIN = 16.0
"""and the power of the highest band, in squares of levels, by which their grain may differ."""

_DISTANCE = np.hypot(np.fft.fftfreq(WINDOW)[:, None], np.fft.rfftfreq(WINDOW)[None]) * WINDOW
_HANN = np.outer(np.hanning(WINDOW + 1)[:-1], np.hanning(WINDOW + 1)[:-1]).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Finer:
    """Whether `a` holds more detail than b or the other way round, by `much` on a rough scale; `enlarged`: both hold the same,
    and the other one only is larger, made so out of this one if that is `certain`.
    """

    a: bool
    much: float
    enlarged: bool = False
    certain: bool = True


def finer(a: Look, b: Look, found: Evidence) -> Finer | None:
    """Which of two pictures, laid over each other as was found, holds more detail; None: none of them, or too little is seen."""
    pair = patches(a, b, found)
    if pair is None:
        return None
    large, small = _spectra(pair.large), [_spectra(one) for one in pair.small]
    louder = _louder(large, small[0], 1 / pair.ratio)
    if pair.ratio > LARGER:
        beyond = _beyond(large, small, pair.ratio)
        if beyond == DETAIL and louder > -LOUDER:
            return Finer(pair.of_a, float(np.log2(pair.times)))
    if louder:
        return Finer(pair.of_a == (louder > 0), abs(louder) / 10)
    if pair.ratio > LARGER:
        return Finer(not pair.of_a, float(np.log2(pair.times)) / 4, True, beyond == MADE) if beyond < 0 else None
    if pair.grids is None or not _saved_coarsely(large, small[0]):
        return None
    more = seams(pair.grids[0]) - seams(pair.grids[1])
    return Finer(more < 0, min(1.0, abs(more))) if abs(more) > SEAMS else None


def _spectra(some: Floats) -> Complex:
    """Of all windows of patches float32 (n,64,64): (windows, 32, 17)."""
    windows = np.lib.stride_tricks.sliding_window_view(some, (WINDOW, WINDOW), (1, 2))[:, ::HOP, ::HOP]
    each = windows.reshape(-1, WINDOW, WINDOW)
    weighted = (each - each.mean(axis=(1, 2), keepdims=True)) * (_HANN / np.linalg.norm(_HANN))
    return np.fft.rfft2(weighted).astype(np.complex64)


def _in_band(p: Complex, q: Complex, low: float, high: float) -> NDArray[np.float64]:
    """Mean product of two spectra within frequencies, in shares of the highest, of each window."""
    where = (low * WINDOW / 2 <= _DISTANCE) & (high * WINDOW / 2 > _DISTANCE)
    return np.asarray((p[:, where] * q[:, where].conj()).real.mean(axis=1), np.float64)


def _power(p: Complex, q: Complex, low: float, high: float) -> float:
    """Of p within frequencies, without the grain that it has more of than q."""
    mine, others = _in_band(p, p, low, high), _in_band(q, q, low, high)
    grain = max(0.0, quantile(mine, 0.2) - quantile(others, 0.2))
    return max(0.0, float(mine.mean()) - 1.3 * grain)


def _correlation(p: Complex, q: Complex, low: float, high: float) -> float:
    cross, mine, others = (float(_in_band(x, y, low, high).mean()) for x, y in ((p, q), (p, p), (q, q)))
    return cross / float(np.sqrt(mine * others + 1e-9))


def _decibels(p: Complex, q: Complex, limit: float) -> list[float]:
    """How much more of each band p has than q."""
    powers = [(_power(p, q, low * limit, high * limit), _power(q, p, low * limit, high * limit)) for low, high in BANDS]
    return [float(10 * np.log10((mine + FLOOR) / (others + FLOOR))) for mine, others in powers]


def _louder(p: Complex, q: Complex, limit: float) -> float:
    """By how many decibels p has more in one band than q, or less; 0 where that is too little to count."""
    each = _decibels(p, q, limit)
    at = int(np.argmax(np.abs(each)))
    most, rising = each[at], abs(each[at] - each[0])
    low, high = BANDS[at]
    least = KEEN if _correlation(p, q, low * limit, high * limit) > 0.9 else LOUDER
    return most if abs(most) >= MUCH_LOUDER or (abs(most) >= least and rising >= RISING) else 0.0


def _beyond(p: Complex, several: list[Complex], ratio: float) -> int:
    """What p has beyond the frequencies that the smaller picture can hold; `several`: that picture resized in several ways."""
    low, top = 1.04 / ratio, min(1.4 / ratio, 0.97)
    explained = [_correlation(p, one, low, top) for one in several]
    best = int(np.argmax(explained))
    left = _power(p, several[best], low, top) * (1 - max(0.0, explained[best]) ** 2)
    share = left / max(1e-6, float(_in_band(p, p, 0.75 / ratio, 0.93 / ratio).mean()))
    limit = float(np.interp(ratio, *NONE))
    if share > REAL * limit and left > SOME:
        return DETAIL
    if share < limit * explained[best] / USUAL and explained[best] > (LEAST if left < STRONG else EXPLAINED):
        return MADE
    return NOTHING if left < EMPTY else UNSURE


def _saved_coarsely(p: Complex, q: Complex) -> bool:
    """Whether two pictures of one size and equal strength differ as by a coarse codec, and not by grain."""
    low, top = BANDS[-1]
    calm = [quantile(_in_band(one, one, low, top), 0.2) for one in (p, q)]
    weaker, alike = min(_power(p, q, low, top), _power(q, p, low, top)), _correlation(p, q, low, top)
    evenly = max(abs(one) for one in _decibels(p, q, 1.0)) < EVENLY[alike > ALIKE]
    return weaker > FLOOR and evenly and abs(calm[0] - calm[1]) < GRAIN and alike < SAME_AGAIN
