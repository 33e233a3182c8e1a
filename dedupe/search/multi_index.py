"""Hamming pairs through a multi-index: rows sorted by bands of bits, buckets of near values compared with each other."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from dedupe.errors import DedupeError
from dedupe.model import Pairs
from dedupe.search import hamming_kernels as kernels
from dedupe.search import sort_kernels
from dedupe.search.bands import Band, Plan, mask_of
from dedupe.search.result import in_threads, refuse_many
from dedupe.search.rows import Words

Keys = NDArray[np.uint64]
TASKS = 64
ROOM = 1 << 16
AHEAD = 2  # bands sorted at the same time


@dataclass(frozen=True, slots=True)
class Sorted:
    """Rows in the order of a band's values: words compared first u64 (k,n+CHUNK), row numbers, values, bucket starts."""

    filter: Words
    rows: NDArray[np.uint32]
    values: NDArray[np.uint32]
    starts: NDArray[np.uint32]


def search(X: Words, Y: Words | None, t: int, plan: Plan, threads: int | None = None) -> Pairs:
    """All pairs within t bits of rows of X u64 (n,W), left < right, or of X (left) and Y u64 (m,W) (right).

    Raises DedupeError for more than `LIMIT` pairs, or more than 67 million rows.
    """
    largest = max(len(X), 0 if Y is None else len(Y))
    shift = max(1, (largest - 1).bit_length())
    if 2 * shift + kernels.DISTANCE_BITS > 64:
        raise DedupeError(f"{largest:,} rows are more than one search can take; scan the folders in parts.")
    masks = np.stack([mask_of(band, X.shape[1]) for band in plan.bands])
    radii = np.array([band.radius for band in plan.bands], np.int64)
    found = _Found()
    for first in range(0, len(plan.bands), AHEAD):
        batch = plan.bands[first : first + AHEAD]
        left = in_threads(lambda band: sort_by(X, band, plan), batch, threads)
        right = left if Y is None else in_threads(lambda band: sort_by(Y, band, plan), batch, threads)
        for k, band in enumerate(batch):
            sides = left[k], X, right[k], X if Y is None else Y
            job = _Job(*sides, band, masks, radii, first + k, t, -shift if Y is None else shift)
            job.run(found, threads)
    return _pairs(found.sorted(), shift)


def sort_by(X: Words, band: Band, plan: Plan) -> Sorted:
    """Rows sorted by a band's values."""
    n, width = len(X), len(band.bits)
    values, starts = np.empty(n, np.uint32), np.zeros((1 << width) + 1, np.uint32)
    rows, ordered = np.empty(n, np.uint32), np.empty(n, np.uint32)
    columns = np.zeros((len(plan.words), n + kernels.CHUNK), np.uint64)
    sort_kernels.sort_rows(X, band.bits, plan.words, values, starts, rows, ordered, columns)
    return Sorted(columns, rows, ordered, starts)


def ball(width: int, radius: int) -> NDArray[np.uint32]:
    """The values of `width` bits with at most `radius` bits set, ascending, as uint32."""
    found = [0]
    for k in range(1, min(radius, width) + 1):
        found += [sum(1 << bit for bit in bits) for bits in combinations(range(width), k)]
    return np.array(sorted(found), np.uint32)


@dataclass(frozen=True, slots=True)
class _Job:
    """One band's comparisons."""

    left: Sorted
    X: Words
    right: Sorted
    Y: Words
    band: Band
    masks: Words
    radii: NDArray[np.int64]
    number: int
    t: int
    shift: int

    def run(self, found: _Found, threads: int | None) -> None:
        """Adds the pairs that this band is the first to agree in to those found."""
        n = len(self.left.rows)
        cuts = np.linspace(0, n, min(n, TASKS) + 1).astype(np.int64)
        deltas = ball(len(self.band.bits), self.band.radius)
        scratch = threading.local()

        def part(task: int) -> None:
            if not hasattr(scratch, "buffers"):
                scratch.buffers = _Buffers(len(self.left.filter), self.X.shape[1])
            rows = cuts[task : task + 2].copy()
            while rows[0] < rows[1]:
                found.add(self._fill(rows, deltas, scratch.buffers))

        in_threads(part, range(len(cuts) - 1), threads)

    def _fill(self, rows: NDArray[np.int64], deltas: NDArray[np.uint32], buffers: _Buffers) -> Keys:
        left, right, at = self.left, self.right, int(rows[0])
        count = kernels.join_rows(
            left.filter, left.rows, left.values, self.X, right.filter, right.rows, right.starts, self.Y, deltas,
            self.masks, self.radii, self.number, self.t, self.shift, rows,
            buffers.gathered, buffers.runs, buffers.cursor, buffers.total, buffers.hits, buffers.difference, buffers.chosen,
            buffers.out,
        )  # fmt: skip
        found = buffers.out[:count]
        if rows[0] == at:  # not even one group's pairs had room
            buffers.out = np.empty(2 * len(buffers.out), np.uint64)
        return found


class _Found:
    """Pairs from all threads, in one array that grows in place."""

    def __init__(self) -> None:
        self._keys = np.empty(ROOM, np.uint64)
        self._count = 0
        self._lock = threading.Lock()

    def add(self, keys: Keys) -> None:
        """Adds some; raises DedupeError where they become too many."""
        with self._lock:
            end = self._count + len(keys)
            refuse_many(end)
            if end > len(self._keys):
                self._keys.resize(max(end, len(self._keys) * 3 // 2), refcheck=False)
            self._keys[self._count : end] = keys
            self._count = end

    def sorted(self) -> Keys:
        """All of them, ascending."""
        self._keys.resize(self._count, refcheck=False)
        self._keys.sort()
        return self._keys


class _Buffers:
    """One thread's scratch."""

    def __init__(self, words: int, width: int) -> None:
        self.gathered = np.empty((words, kernels.CAPACITY + kernels.CHUNK), np.uint64)
        self.runs = np.empty((2, kernels.CAPACITY + 1), np.int64)
        self.cursor = np.empty(4, np.int64)
        self.total = np.empty(kernels.STEP, np.uint64)
        self.hits = np.empty((kernels.HITS, 2), np.int64)
        self.difference = np.empty(width, np.uint64)
        self.chosen = np.empty(kernels.STEP, np.uint32)
        self.out = np.empty(ROOM, np.uint64)


def _pairs(keys: Keys, shift: int) -> Pairs:
    """Pairs from sorted u64 (left, right, distance), whose memory they take over."""
    right, distance = np.empty(len(keys), np.int64), np.empty(len(keys), np.float32)
    for at in range(0, len(keys), ROOM):
        some = keys[at : at + ROOM]
        distance[at : at + ROOM] = some & np.uint64((1 << kernels.DISTANCE_BITS) - 1)
        some >>= np.uint64(kernels.DISTANCE_BITS)
        right[at : at + ROOM] = some & np.uint64((1 << shift) - 1)
        some >>= np.uint64(shift)
    return Pairs(keys.view(np.int64), right, distance)
