"""What one picture's tones and colours are in the other: a rising curve of grey, a linear map of colour."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Bools = NDArray[np.bool_]
Cells = NDArray[np.float64]

BINS = 48
"""Ranges of levels, equally filled, through whose medians the curve goes,"""

ENDS, WIDE = 32, 64
"""and the first and the last of them, where they are so many levels wide, divided in halves, quarters and so on, down to so many
pixels: lamps at night are few, and brighter than all else.
"""

CELLS = 64
"""Colours are compared in at most so many cells a side."""

COLOURED, DEEP, OTHER_HUE = 8.0, 12.0, 40
"""Levels of Cb and Cr, together, from which a cell has a hue, and from which that is another if it turned by so many degrees."""

TONED = 3.0
"""Levels that tones move by on average where they are other ones; what codecs leave moves them by less."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A rising curve of grey levels: `level` (256,) of the one for each of the other, and how far it is from none, `moved`
    in levels on average over what the pictures hold, `lighter` with its sign.
    """

    level: Floats
    moved: float
    lighter: float


def fitted(target: Bytes, source: Bytes, where: Bools | None) -> Curve:
    """The curve that takes the levels of `source` u8 (h,w) to those of `target`, over the pixels of `where` (None: all).

    It goes through medians, so that what differs on less than half of each range counts little.
    """
    mask = None if where is None else where.astype(np.uint8)
    joint = cv2.calcHist([source, target], [0, 1], mask, [256, 256], [0, 256, 0, 256]).astype(np.int64)
    counts = joint.sum(axis=1)
    there = np.flatnonzero(counts)
    bins = _ranges(counts)[there]
    first = np.flatnonzero(np.r_[True, bins[1:] != bins[:-1]])
    weights = np.add.reduceat(counts[there], first)
    middles = np.add.reduceat(there * counts[there], first) / weights
    levels = _medians(np.add.reduceat(joint[there], first, axis=0))
    rising = _rising(levels.tolist(), weights.tolist())
    off = rising - middles
    curve = np.interp(np.arange(256), middles, rising).astype(np.float32)
    return Curve(curve, float(np.average(np.abs(off), weights=weights)), float(np.average(off, weights=weights)))


def _ranges(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The number of the range of each level, which comes so often: BINS equal ones, and those at the ends divided."""
    total, ranks = int(counts.sum()), np.cumsum(counts) - counts // 2 - 1
    first = total / BINS
    bounds = [np.arange(1, BINS) * first]
    parts = first / 2.0 ** np.arange(1, max(0, int(np.log2(max(1.0, first / ENDS)))) + 1)
    for ends, cuts in ((ranks < first, parts), (ranks >= total - first, total - parts)):
        if _width(ends, counts) > WIDE:
            bounds.append(cuts)
    return np.searchsorted(np.sort(np.concatenate(bounds)), ranks, "right")


def _width(ends: Bools, counts: NDArray[np.int64]) -> int:
    """How many levels apart the first and the last of some are that there are."""
    some = np.flatnonzero(ends & (counts > 0))
    return int(some[-1] - some[0]) if len(some) else 0


def _medians(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """The medians (k,) of levels that come so often, (k,256), as though each level were spread over a whole one."""
    below = np.cumsum(counts, axis=1)
    half = below[:, -1] / 2
    level = (below < half[:, None]).sum(axis=1)
    own = counts[np.arange(len(counts)), level]
    return np.asarray(level - 0.5 + (half - (below[np.arange(len(counts)), level] - own)) / own, np.float64)


def _rising(levels: list[float], weights: list[int]) -> NDArray[np.float64]:
    """The nearest rising sequence (pool adjacent violators)."""
    pools: list[tuple[float, int, int]] = []
    for level, weight in zip(levels, weights, strict=True):
        pool = level, weight, 1
        while pools and pools[-1][0] > pool[0]:
            before = pools.pop()
            total = before[1] + pool[1]
            pool = (before[0] * before[1] + pool[0] * pool[1]) / total, total, before[2] + pool[2]
        pools.append(pool)
    return np.repeat([pool[0] for pool in pools], [pool[2] for pool in pools])


KNOTS = np.arange(0.0, 257, 32)
"""Levels of luma between which colours change evenly."""


@dataclass(frozen=True, slots=True)
class Colour:
    """How the colours of a are made of those of b: c' = M c + t in Cb and Cr, by `matrix` (2,2) and `offset` (2,).

    `before` and `left` are mean differences without the map and with it, in levels, `apart` (rows, columns) what is left of
    each cell. `strength` (2,) is how much colour a and b have; `neutral` how far what is grey in one of them moved (NaN where
    nothing is), and `turned` by how many degrees the hues of what has one in both did, half of them by less; `dyed` is the share
    of cells that have another hue.
    """

    matrix: NDArray[np.float64]
    offset: NDArray[np.float64]
    before: float
    left: float
    apart: Floats
    strength: tuple[float, float]
    neutral: float
    turned: float
    dyed: float


def colours(a: Cells, b: Cells, where: Bools) -> Colour:
    """How the colours of two pictures differ, by their `chroma`; `where` (h,w) of their pixels they are compared."""
    seen = cv2.resize(where.astype(np.uint8) * 255, a.shape[1::-1], interpolation=cv2.INTER_AREA) > 250
    if not seen.any():
        seen = np.ones_like(seen)
    y, x = a[seen], b[seen]
    solved, off = _mapped(x, y)
    apart = np.zeros(seen.shape, np.float32)
    apart[seen] = off
    of_a, of_b = np.hypot(*y.T), np.hypot(*x.T)
    moved, calm = np.hypot(*(y - x).T), np.minimum(of_a, of_b) < 6
    neutral = float(np.median(moved[calm])) if calm.mean() >= 0.05 else float("nan")
    strength = float(of_a.mean()), float(of_b.mean())
    left = float(moved.mean()), float(off.mean())
    return Colour(solved[:2].T, solved[2], *left, apart, strength, neutral, *_turned(x, y))


def apart(a: Cells, b: Cells) -> float:
    """The mean difference of the colours of two pictures, cell by cell, in levels, by their `chroma`."""
    return float(np.hypot(*(b - a).reshape(-1, 2).T).mean())


def cells(rgb: Bytes) -> Cells:
    """A picture u8 (h,w,3) in at most 64x64 cells: luma, and Cr and Cb off grey, float64 (rows,columns,3)."""
    size = min(CELLS, rgb.shape[1]), min(CELLS, rgb.shape[0])
    found = cv2.resize(cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb), size, interpolation=cv2.INTER_AREA)
    return found.astype(np.float64) - (0, 128, 128)


def chroma(rgb: Bytes) -> Cells:
    """The colours of a picture u8 (h,w,3) in its `cells`: Cr and Cb, off grey, float64 (rows,columns,2)."""
    return cells(rgb)[..., 1:]


def off_luma(rgb: Bytes) -> float:
    """By how many levels the colours of a picture u8 (h,w,3) are off what its luma says of them, in its `cells`: in greys, in
    sepia and in shades of one colour cells that are equally light have one colour.
    """
    luma, chroma = np.split(cells(rgb).reshape(-1, 3), [1], axis=1)
    near = np.maximum(0, 1 - np.abs(luma - KNOTS) / KNOTS[1])
    solved = np.linalg.solve(near.T @ near + 1e-6 * np.eye(len(KNOTS)), near.T @ chroma)
    return float(np.hypot(*(chroma - near @ solved).T).mean())


def _mapped(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The map (3,2) from x to y (n,2), near the identity where nothing speaks against it, and what it leaves, (n,).

    Weighted again and again, so that what a part of the picture has of its own counts little.
    """
    design, near_identity = np.c_[x, np.ones(len(x))], np.diag([4.0, 4.0, 1e-3])
    identity = np.array([[1.0, 0], [0, 1], [0, 0]])
    weights = np.ones(len(x))
    for _ in range(4):
        weighted = design * weights[:, None]
        solved = np.linalg.solve(design.T @ weighted + near_identity, weighted.T @ y + near_identity @ identity)
        off = np.hypot(*(y - design @ solved).T)
        weights = 1 / (1 + (off / max(1.0, 1.5 * float(np.median(off)))) ** 2)
    return solved, off


def _turned(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    """By how many degrees half of the hues turned at most, and the share of the cells whose hue is another one."""
    least = np.minimum(np.hypot(*x.T), np.hypot(*y.T))
    angles = np.degrees(np.arctan2(y[:, 1], y[:, 0]) - np.arctan2(x[:, 1], x[:, 0]))
    turned = np.abs((angles + 180) % 360 - 180)
    dyed = float(((least > DEEP) & (turned > OTHER_HUE)).mean())
    coloured = least > COLOURED
    return (float(np.median(turned[coloured])) if coloured.mean() >= 0.03 else 0.0), dyed
