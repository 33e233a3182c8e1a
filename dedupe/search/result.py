"""What a search gives, and the bounds that all of them keep."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from dedupe import config
from dedupe.errors import DedupeError
from dedupe.metrics import as_float32
from dedupe.model import Floats, Ints, Pairs

T = TypeVar("T")
R = TypeVar("R")

LIMIT = 200_000_000
"""Pairs that a search gives at most: 4 GB."""


class ManyPairs(DedupeError):
    """More than that are near."""


@dataclass(frozen=True, slots=True)
class Joined:
    """All near pairs of one set of n rows, by classes of equal rows.

    `classes` int64 (n,) is the class of each row, numbered in the order of their first rows; `rows` int64 (c,) is that
    first row; rows of one class are near each other, at the distance `within` float32 (c,). `pairs` joins classes.
    `index` names what searched; `recall` is the share of near pairs found, measured on sampled rows, None if exact.
    """

    classes: Ints
    rows: Ints
    pairs: Pairs
    index: str
    recall: float | None
    within: Floats

    def expand(self) -> Pairs:
        """The pairs of rows: every row of a class with every row of a near class, and with those of its own.

        Raises DedupeError for more than `LIMIT` pairs.
        """
        count = np.bincount(self.classes, minlength=len(self.rows))
        if len(count) == len(self.classes):
            return self.pairs
        refuse_many(int(count[self.pairs.left] @ count[self.pairs.right] + count @ (count - 1) // 2))
        members = np.argsort(self.classes, kind="stable")
        start = np.cumsum(count) - count
        crossed = _crossed(self.pairs, members, start, count)
        inside = _inside(members, start, count)
        distance = np.concatenate([self.pairs.distance[crossed[2]], self.within[inside[2]]])
        left, right = (np.concatenate([crossed[k], inside[k]]) for k in (0, 1))
        return sorted_pairs(np.minimum(left, right), np.maximum(left, right), distance)


@dataclass(frozen=True, slots=True)
class Crossed:
    """All near pairs of two sets, left in the first; `index` and `recall` as in `Joined`."""

    pairs: Pairs
    index: str
    recall: float | None


def recall_notes(label: str, results: Iterable[Joined | Crossed]) -> list[str]:
    """What to say of searches by one descriptor that may have missed pairs: the one that missed most."""
    measured = [(each.recall, each.index) for each in results if each.recall is not None]
    if not measured:
        return []
    share, index = min(measured)
    return [f"{label}: searched with {index}, which found {share:.2%} of sampled pairs."]


def _crossed(pairs: Pairs, members: Ints, start: Ints, count: Ints) -> tuple[Ints, Ints, Ints]:
    """Left row, right row and pair of each member of a left class with each member of a right class."""
    size = count[pairs.left] * count[pairs.right]
    pair = np.repeat(np.arange(len(size)), size)
    at = np.arange(len(pair)) - np.repeat(np.cumsum(size) - size, size)
    first, second = np.divmod(at, count[pairs.right[pair]])
    return members[start[pairs.left[pair]] + first], members[start[pairs.right[pair]] + second], pair


def _inside(members: Ints, start: Ints, count: Ints) -> tuple[Ints, Ints, Ints]:
    """Left row, right row and class of each two rows of one class."""
    of = np.repeat(np.arange(len(count)), count)
    place = np.arange(len(members))
    later = start[of] + count[of] - 1 - place
    first = np.repeat(place, later)
    second = np.arange(len(first)) - np.repeat(np.cumsum(later) - later, later) + first + 1
    return members[first], members[second], of[first]


def sorted_pairs(left: Ints, right: Ints, distance: NDArray[Any]) -> Pairs:
    """Pairs in the order of (left, right), each once; of several distances of one pair the least."""
    if not len(left):
        return Pairs(left, right, as_float32(distance))
    key = left * (int(np.max(right)) + 1) + right
    order = np.argsort(key)
    key = key[order]
    first = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    least = as_float32(np.minimum.reduceat(distance[order], first))
    return Pairs(left[order[first]], right[order[first]], least)


def gather_pairs(parts: Sequence[tuple[Ints, Ints, NDArray[Any]]]) -> Pairs:
    """Pairs found in several places, left, right int64 (k,) and distance (k,) of each, as one."""
    if not parts:
        none = np.zeros(0, np.int64)
        return Pairs(none, none, np.zeros(0, np.float32))
    left, right, distance = (np.concatenate([part[k] for part in parts]) for k in range(3))
    return sorted_pairs(left, right, distance)


def refuse_many(count: int) -> None:
    """Raises ManyPairs where so many pairs are too many."""
    if count > LIMIT:
        raise ManyPairs(f"More than {LIMIT // 10**6} million pairs are within the threshold; lower -t.")


def in_threads(work: Callable[[T], R], tasks: Iterable[T], threads: int | None) -> list[R]:
    """The results of work on each task, in their order; by default with as many threads as there are processors."""
    count = threads or config.default_workers()
    if count == 1:
        return [work(task) for task in tasks]
    pool = ThreadPoolExecutor(count)
    try:
        return list(pool.map(work, tasks))
    finally:
        pool.shutdown(cancel_futures=True)
