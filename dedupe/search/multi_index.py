"""Hamming pairs through a multi-index: rows sorted by bands of bits, buckets of near values compared with each other."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from dedupe.errors import DedupeError
from dedupe.model import Ints, Pairs
from dedupe.search import hamming_kernels as kernels
from dedupe.search import sort_kernels
from dedupe.search.bands import Band, BandPlan, mask_of
from dedupe.search.pair_keys import ROOM, PairKeys
from dedupe.search.result import in_threads
from dedupe.search.rows import Words

TASKS = 64  # that the bands sorted at the same time are compared in
AHEAD = 1 << 20  # rows sorted at the same time, but always two bands' worth


@dataclass(frozen=True, slots=True)
class Sorted:
    """Rows in the order of a band's values: words compared first u64 (k,n+CHUNK), row numbers, values, bucket starts."""

    filter: Words
    rows: NDArray[np.uint32]
    values: NDArray[np.uint32]
    starts: NDArray[np.uint32]


def search(X: Words, Y: Words | None, t: int, plan: BandPlan, threads: int | None = None) -> Pairs:
    """All pairs within t bits of rows of X u64 (n,W), left < right, or of X (left) and Y u64 (m,W) (right).

    Raises DedupeError for more than `LIMIT` pairs, or more than 67 million rows.
    """
    shift = _shift(X, Y)
    found, ahead = PairKeys(), max(2, AHEAD // max(len(X), 0 if Y is None else len(Y)))
    for first in range(0, len(plan.bands), ahead):
        batch = plan.bands[first : first + ahead]
        left = in_threads(lambda band: sort_by(X, band, plan), batch, threads)
        right = left if Y is None else in_threads(lambda band: sort_by(Y, band, plan), batch, threads)
        jobs = [_job(left[k], X, right[k], Y, band, plan, first + k, t, shift) for k, band in enumerate(batch)]
        _run(jobs, found, threads)
    return found.pairs(shift, threads)


def in_band(X: Words, Y: Words | None, t: int, plan: BandPlan, number: int, band: Band) -> Pairs:
    """Of what `search` gives the pairs within `band` that no band of the plan before `number` gives, by one thread: with `band`
    the one of that number, or, for rows that agree in some of its bits already, what is left of it.
    """
    shift, found = _shift(X, Y), PairKeys()
    left = sort_by(X, band, plan)
    right = left if Y is None else sort_by(Y, band, plan)
    _run([_job(left, X, right, Y, band, plan, number, t, shift)], found, 1)
    return found.pairs(shift, 1)


def _shift(X: Words, Y: Words | None) -> int:
    """The bits of a row number. Raises DedupeError for more rows than a pair has room for."""
    largest = max(len(X), 0 if Y is None else len(Y))
    shift = max(1, (largest - 1).bit_length())
    if 2 * shift + sort_kernels.DISTANCE_BITS > 64:
        raise DedupeError(f"{largest:,} rows are more than one search can take; scan the folders in parts.")
    return shift


def _job(
    left: Sorted, X: Words, right: Sorted, Y: Words | None, band: Band, plan: BandPlan, number: int, t: int, shift: int
) -> _Job:
    masks = np.stack([mask_of(each, X.shape[1]) for each in plan.bands])
    radii = np.array([each.radius for each in plan.bands], np.int64)
    deltas, other = ball(len(band.bits), band.radius), X if Y is None else Y
    return _Job(left, X, right, other, deltas, masks, radii, number, t, -shift if Y is None else shift)


def sort_by(X: Words, band: Band, plan: BandPlan) -> Sorted:
    """Rows u64 (n,W) sorted by a band's values."""
    n, width = len(X), len(band.bits)
    values, starts = np.empty(n, np.uint32), np.zeros((1 << width) + 1, np.uint32)
    rows, ordered = np.empty(n, np.uint32), np.empty(n, np.uint32)
    columns = np.empty((len(plan.words), n + kernels.CHUNK), np.uint64)
    columns[:, n:] = 0
    sort_kernels.sort_rows(X, band.bits, plan.words, values, starts, rows, ordered, columns)
    return Sorted(columns, rows, ordered, starts)


def ball(width: int, radius: int) -> NDArray[np.uint32]:
    """The values of `width` bits with at most `radius` bits set, ascending, uint32 (b,)."""
    found = [0]
    for k in range(1, min(radius, width) + 1):
        found += [sum(1 << bit for bit in bits) for bits in combinations(range(width), k)]
    return np.array(sorted(found), np.uint32)


def _run(jobs: list[_Job], found: PairKeys, threads: int | None) -> None:
    """Adds what the bands are each the first to agree in to the pairs found."""
    scratch = threading.local()

    def part(task: tuple[_Job, int, int]) -> None:
        job, first, last = task
        if not hasattr(scratch, "buffers"):
            scratch.buffers = _Buffers(len(job.left.filter), job.X.shape[1])
        rows = np.array([first, last], np.int64)
        while rows[0] < rows[1]:
            found.add(job.fill(rows, scratch.buffers))

    in_threads(part, [(job, *cut) for job in jobs for cut in _cuts(len(job.left.rows), TASKS // len(jobs))], threads)


def _cuts(n: int, count: int) -> list[tuple[int, int]]:
    """0 to n in as many stretches, or fewer where there are not so many."""
    count = max(1, min(n, count))
    return [(n * k // count, n * (k + 1) // count) for k in range(count)]


@dataclass(frozen=True, slots=True)
class _Job:
    """One band's comparisons."""

    left: Sorted
    X: Words
    right: Sorted
    Y: Words
    deltas: NDArray[np.uint32]
    masks: Words
    radii: Ints
    number: int
    t: int
    shift: int

    def fill(self, rows: Ints, buffers: _Buffers) -> NDArray[np.uint64]:
        """Keys u64 (p,) of pairs of the sorted rows rows[0]..rows[1], until there is no more room; rows[0] is moved on."""
        left, right, at = self.left, self.right, int(rows[0])
        count = kernels.join_rows(
            left.filter, left.rows, left.values, self.X, right.filter, right.rows, right.starts, self.Y, self.deltas,
            self.masks, self.radii, self.number, self.t, self.shift, rows,
            buffers.gathered, buffers.runs, buffers.cursor, buffers.total, buffers.hits, buffers.differences,
            buffers.chosen, buffers.rights, buffers.out,
        )  # fmt: skip
        found = buffers.out[:count]
        if rows[0] == at:  # not even one group's pairs had room
            buffers.out = np.empty(2 * len(buffers.out), np.uint64)
        return found


class _Buffers:
    """One thread's scratch."""

    def __init__(self, words: int, width: int) -> None:
        self.gathered = np.empty((words, kernels.CAPACITY + kernels.CHUNK), np.uint64)
        self.runs = np.empty((2, kernels.CAPACITY + 1), np.int64)
        self.cursor = np.empty(4, np.int64)
        self.total = np.empty(kernels.STEP, np.uint64)
        self.hits = np.empty((kernels.HITS, 2), np.int64)
        self.differences = np.empty((width, kernels.STEP), np.uint64)
        self.chosen = np.empty(kernels.STEP, np.uint32)
        self.rights = np.empty(kernels.STEP, np.uint32)
        self.out = np.empty(ROOM, np.uint64)
