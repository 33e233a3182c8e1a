"""Which bands a multi-index has: the cost model of the Hamming search.

General pigeonhole principle (Qin et al., GPH, 2018): disjoint bands of bits with radii r_i and sum(r_i + 1) = t + 1 have
for each two rows within t a band in which they are within r_i. Which bands are cheapest depends on the rows, so the
share of pairs that agree in a band is counted on pairs drawn at random.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import comb

import numpy as np
from numpy.typing import NDArray

from dedupe.model import Floats, Ints
from dedupe.search.rows import Words

# Nanoseconds on one core of an EPYC 7003 (AVX2); only their ratios matter.
PAIR = (0.0, 0.3, 0.6, 1.8, 1.1)  # one comparison over so many words: three are compared one after the other
PAIR_WORD = 0.6  # over more, a word
VISIT = 7.0  # of a neighbouring bucket, with the copying of up to CHUNK columns
COPY = 0.4  # of a further column, a word
ROW = 25.0  # a row's share of what is done once for each, in a band
SORT = 30.0  # of a row by a band
BIT = 0.6  # to take a bit out of a row
RESCAN = 200.0  # of a stretch of columns that has a hit

WIDEST = 22  # bits of a band: 16 MB of bucket starts
BALL = 8000  # values within a band's radius
SAMPLED_WORDS = 1 << 18  # of the pairs that agreement is counted on
SAMPLED_BITS = 1 << 12  # pairs whose single bits are looked at


@dataclass(frozen=True, slots=True)
class Band:
    """Bits int64 (w,) of the rows, w up to 22, and the radius within which values are looked up."""

    bits: Ints
    radius: int


@dataclass(frozen=True, slots=True)
class BandPlan:
    """Bands in the order they are searched, the words (k,) that are compared first, and the estimated nanoseconds."""

    bands: tuple[Band, ...]
    words: Ints
    cost: float


@dataclass(frozen=True, slots=True)
class Sample:
    """Pairs drawn at random from `pairs` pairs of left x right rows (or of left rows with each other).

    `differ` u64 (s,W) has the bits in which they differ, `share` float64 (B,) the share of pairs that differ in a bit,
    `covariance` float32 (B,B) is that of the bits' differing.
    """

    differ: Words
    share: NDArray[np.float64]
    covariance: Floats
    left: int
    right: int
    pairs: float

    def within(self, mask: Words, radius: int) -> float:
        """The share of pairs that differ in at most `radius` of the bits of mask u64 (W,), at least half a pair's."""
        found = np.bitwise_count(self.differ & mask).sum(axis=1, dtype=np.uint16)
        return max(float(np.count_nonzero(found <= radius)), 0.5) / len(self.differ)


def draw(X: Words, Y: Words | None) -> Sample:
    """Pairs of the rows of X u64 (n,W), n > 1, or of one of X and one of Y u64 (m,W); the same for the same rows."""
    rng = np.random.default_rng(20)
    other = X if Y is None else Y
    size = min(SAMPLED_WORDS // X.shape[1], max(SAMPLED_BITS, (len(X) + len(other)) // 4))
    i = rng.integers(0, len(X), size)
    j = rng.integers(0, len(other), size) if Y is not None else (i + rng.integers(1, len(X), size)) % len(X)
    differ = X[i] ^ other[j]
    bits = np.unpackbits(differ[:SAMPLED_BITS].view(np.uint8), axis=1, bitorder="little").astype(np.float32)
    share = bits.mean(axis=0, dtype=np.float64)
    bits -= share.astype(np.float32)
    pairs = len(X) * len(other) if Y is not None else len(X) * (len(X) - 1) / 2
    return Sample(differ, share, bits.T @ bits / np.float32(len(bits)), len(X), len(other), float(pairs))


def plan(sample: Sample, t: int, force: bool = False) -> BandPlan:
    """The cheapest bands for the pairs within t bits; one band of no bits is brute force, left out with `force`."""
    words, word_cost = _filter(sample, t)
    best = BandPlan((Band(np.zeros(0, np.int64), t),), words, sample.pairs * word_cost)
    useful = np.flatnonzero(sample.share > 0.004)
    useful = useful[np.argsort(-_information(sample.share[useful]), kind="stable")]
    entropy = float(_information(sample.share[useful]).mean()) if len(useful) else 0.0
    for radii, widths in _shapes(t, len(useful), entropy, sample, word_cost):
        bands = _assign(useful, widths, radii, sample)
        shares = [sample.within(mask_of(band, sample.differ.shape[1]), band.radius) for band in bands]
        costs = [_cost(len(b.bits), b.radius, p, sample, word_cost) for b, p in zip(bands, shares, strict=True)]
        cost = sum(costs)
        if cost < best.cost or (force and len(best.bands) == 1):
            best = BandPlan(bands, words, cost)
    return best


def brute_force(words: int, t: int) -> BandPlan:
    """One band of no bits: all rows are in one bucket."""
    return BandPlan((Band(np.zeros(0, np.int64), t),), np.arange(words), 0.0)


def mask_of(band: Band, words: int) -> Words:
    """The bits of a band as u64 (words,)."""
    mask = np.zeros(words, np.uint64)
    np.bitwise_or.at(mask, band.bits >> 6, np.uint64(1) << (band.bits & 63).astype(np.uint64))
    return mask


def _information(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bits that a bit is worth for telling pairs apart: 1 where half of the pairs differ in it, 0 where none does."""
    return np.asarray(-np.log2(np.maximum(1 - np.minimum(share, 0.5), 0.5)))


def _filter(sample: Sample, t: int) -> tuple[Ints, float]:
    """The words to compare first, so that few other pairs pass, and the nanoseconds that a pair then costs."""
    count = sample.differ.shape[1]
    by_word = np.bitwise_count(sample.differ)
    order = np.argsort(-by_word.mean(axis=0), kind="stable")
    partial = np.cumsum(by_word[:, order], axis=1, dtype=np.uint16)
    costs = []
    for k in range(1, count + 1):
        price = PAIR[k] if k < len(PAIR) else k * PAIR_WORD
        passed = np.count_nonzero(partial[:, k - 1] <= t + 6) / len(partial) if k < count else 0.0
        costs.append(price + passed * RESCAN)
    k = int(np.argmin(costs)) + 1
    return (np.arange(count) if k == count else np.sort(order[:k])), float(costs[k - 1])


def _shapes(
    t: int, usable: int, entropy: float, sample: Sample, word_cost: float
) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Radii and widths worth a closer look: by number of bands, the widths that are best if bits were independent."""

    @cache
    def price(width: int, radius: int) -> float:
        return _cost(width, radius, _independent(width, radius, entropy), sample, word_cost)

    found = []
    for count in range(2, min(t + 1, usable) + 1):
        radius, larger = divmod(t + 1, count)
        if radius > 4:
            continue
        options = []
        for wide in range(1, WIDEST + 1) if larger else (0,):
            narrow = min(WIDEST, (usable - larger * wide) // (count - larger))
            if narrow < 1 or comb(max(wide, 1), min(radius, wide)) > BALL:
                continue
            parts = [(wide, radius, larger), (narrow, radius - 1, count - larger)]
            cost = sum(n * price(w, r) for w, r, n in parts if n)
            options.append((cost, wide, narrow))
        if options:
            cost, wide, narrow = min(options)
            radii = (radius,) * larger + (radius - 1,) * (count - larger)
            found.append((cost, radii, (wide,) * larger + (narrow,) * (count - larger)))
    return [(radii, _filled(widths, usable)) for _, radii, widths in sorted(found)[:3]]


def _filled(widths: tuple[int, ...], usable: int) -> tuple[int, ...]:
    """The widths, with bits that were left over given to the last ones."""
    out, left = list(widths), usable - sum(widths)
    for k in reversed(range(len(out))):
        if left > 0 and out[k] < WIDEST:
            out[k] += 1
            left -= 1
    return tuple(out)


def _independent(width: int, radius: int, entropy: float) -> float:
    """The share of pairs that agree within a radius, for independent bits of a mean entropy."""
    same = 2.0**-entropy
    return float(sum(comb(width, k) * (1 - same) ** k * same ** (width - k) for k in range(min(radius, width) + 1)))


def _cost(width: int, radius: int, share: float, sample: Sample, word_cost: float) -> float:
    """Nanoseconds that a band takes."""
    values = 2.0**width
    groups = values * -np.expm1(-sample.left / values)
    ball = sum(comb(width, k) for k in range(radius + 1))
    candidates = sample.pairs * share
    rows_met = candidates * groups / sample.left  # columns gathered: shared by the rows of a group
    fixed = (sample.left + sample.right) * (SORT + BIT * width) + sample.left * ROW
    return float(fixed + groups * ball * VISIT / 2 + rows_met * COPY + candidates * word_cost)


def _assign(useful: Ints, widths: tuple[int, ...], radii: tuple[int, ...], sample: Sample) -> tuple[Band, ...]:
    """Each bit, the best first, to the band with room whose bits it goes along with least: correlated bits apart."""
    members: list[list[int]] = [[] for _ in widths]
    together = np.zeros((len(widths), len(sample.share)), np.float32)
    room = np.array(widths)
    size = np.array(widths, np.float64)
    for bit in useful[: sum(widths)]:
        share = np.where(room > 0, np.maximum(together[:, bit], 0) + (1 - room / size) * 1e-3, np.inf)
        band = int(np.argmin(share))
        members[band].append(int(bit))
        together[band] += np.abs(sample.covariance[bit])
        room[band] -= 1
    return tuple(Band(np.sort(np.array(bits, np.int64)), r) for bits, r in zip(members, radii, strict=True))
