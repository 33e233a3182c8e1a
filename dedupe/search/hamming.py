"""The choice between brute force and a multi-index for Hamming distances."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe.model import Pairs
from dedupe.search import exact
from dedupe.search.result import LIMIT, refuse_many
from dedupe.search.rows import Words, as_words

FEW = 1 << 23
"""Pairs that numpy compares sooner than a compiled kernel is loaded."""

PLANNED = 1 << 28
"""Pairs that brute force compares sooner than bands are chosen."""


def search(
    A: NDArray[np.uint8], B: NDArray[np.uint8] | None, threshold: float, index: str, threads: int | None = None
) -> tuple[Pairs, str]:
    """Pairs within `threshold` bits, rounded down, of rows u8 (n,d) of A, left < right, or of A and B; what searched.

    `index` "auto" takes brute force up to `PLANNED` pairs (23,000 rows), and beyond whichever the cost model of
    `dedupe.search.bands` finds cheaper. Measured (tests/benchmarks/search.py), they cross at about 20,000 rows: with 64
    bits and 10, 100,000 rows take 2.1 s of processor time by brute force and 0.3 s by multi-index, with 256 bits and 31
    6.0 s and 1.5 s; 10,000 rows 0.04 s and 0.07 s, 0.08 s and 0.21 s.
    """
    X, Y = as_words(A), None if B is None else as_words(B)
    t = int(min(threshold, 8 * A.shape[1]))
    pairs = len(X) * (len(X) - 1) // 2 if Y is None else len(X) * len(Y)
    if pairs == 0:
        return exact.hamming(X, Y, t), "exact"
    if index != "multi-index" and pairs <= FEW:
        return exact.hamming(X, Y, t), "exact"
    return _compiled(X, Y, t, index, pairs, threads)


def _compiled(X: Words, Y: Words | None, t: int, index: str, pairs: int, threads: int | None) -> tuple[Pairs, str]:
    from dedupe.search import bands, multi_index

    if index == "exact" or (index == "auto" and pairs <= PLANNED):
        plan = bands.brute_force(X.shape[1], t)
    else:
        sample = bands.draw(X, Y)
        _refuse_early(sample, t)
        plan = bands.plan(sample, t, force=index == "multi-index")
    return multi_index.search(X, Y, t, plan, threads), "multi-index" if len(plan.bands) > 1 else "exact"


def _refuse_early(sample: Any, t: int) -> None:
    """Refuses what the sample already shows to be far too much, before time and memory are spent on it."""
    every = np.full(sample.differ.shape[1], ~np.uint64(0))
    share = sample.within(every, t)
    if share * len(sample.differ) > 100 and share * sample.pairs > 2 * LIMIT:
        refuse_many(int(share * sample.pairs))
