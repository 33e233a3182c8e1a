"""Near pairs as the threads of a search find them, and put in order."""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from dedupe.model import Pairs
from dedupe.search import sort_kernels
from dedupe.search.result import in_threads, refuse_many

Keys = NDArray[np.uint64]
ROOM = 1 << 16
TASKS = 16


class PairKeys:
    """Pairs as u64 keys (left, right, distance), in one array that grows in place."""

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

    def pairs(self, shift: int, threads: int | None = None) -> Pairs:
        """All of them in the order of (left, right), numbers of `shift` bits; the pairs take over the memory.

        Keys are first put apart by the highest bits of left, and the parts then sorted by as many threads as there are.
        """
        self._keys.resize(self._count, refcheck=False)
        keys, apart = self._keys, np.empty(self._count, np.uint64)
        distance = np.empty(self._count, np.float32)
        starts = np.zeros(sort_kernels.PARTS + 1, np.int64)
        sort_kernels.put_apart(keys, shift, starts, apart)
        cuts = np.unique(np.searchsorted(starts, np.linspace(0, self._count, TASKS + 1))).tolist()

        def part(task: int) -> None:
            edges, counts = starts[cuts[task] : cuts[task + 1] + 1], np.empty(sort_kernels.digits(shift), np.int64)
            sort_kernels.sort_parts(apart, keys, distance, shift, edges, counts)

        in_threads(part, range(len(cuts) - 1), threads)
        return Pairs(keys.view(np.int64), apart.view(np.int64), distance)
