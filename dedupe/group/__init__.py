"""Pairs to groups: every member matches its group's kept picture directly, and a picture is in one group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedupe.model import UNTURN, Bools, Floats, Ints, Pairs, Proposed


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Who is near whom by one descriptor: rows in one class are near each other, `pairs` joins classes (left < right).

    `classes` int64 (n,) is the class of each row or -1; `within` float32 (classes,) the distance inside a class.
    """

    name: str
    classes: Ints
    within: Floats
    pairs: Pairs

    def count(self) -> int:
        """How many pairs of rows are near each other."""
        size = np.bincount(self.classes[self.classes >= 0], minlength=len(self.within)).astype(np.int64)
        return int(size[self.pairs.left] @ size[self.pairs.right] + (size * (size - 1) // 2).sum())

    def of(self, a: Ints, b: Ints) -> tuple[Floats, NDArray[np.uint8]]:
        """Distance float32 (m,), NaN where not near, and the turn uint8 (m,) that brings b to a, of rows a and b int64 (m,)."""
        ca, cb = self.classes[a], self.classes[b]
        distance, turn = np.full(len(a), np.nan, np.float32), np.zeros(len(a), np.uint8)
        same = (ca == cb) & (ca >= 0)
        distance[same] = self.within[ca[same]]
        if len(self.pairs):
            n = len(self.within)
            keys = self.pairs.left * n + self.pairs.right
            wanted = np.minimum(ca, cb) * n + np.maximum(ca, cb)
            at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
            hit = (keys[at] == wanted) & (ca >= 0) & (cb >= 0) & ~same
            distance[hit] = self.pairs.distance[at[hit]]
            if self.pairs.turn is not None:
                turn[hit] = _towards_kept(self.pairs.turn[at[hit]], ca[hit] > cb[hit])
        return distance, turn


def near_another(neighbours: Sequence[Neighbours]) -> Bools:
    """Which rows are near another one by one or more neighbourhoods, bool (n,)."""
    shared = np.zeros(len(neighbours[0].classes), np.bool_)
    for each in neighbours:
        near = np.bincount(each.classes[each.classes >= 0], minlength=len(each.within)) > 1
        near[each.pairs.left], near[each.pairs.right] = True, True
        among = each.classes >= 0
        shared[among] |= near[each.classes[among]]
    return shared


def contested(rows: Ints, near: Bools) -> Ints:
    """`rows` int64 (files,) with -1 for files whose content no other file has, and is not `near` one, bool (contents,)."""
    shared = near | (np.bincount(rows[rows >= 0], minlength=len(near)) > 1)
    found, used = rows.copy(), np.flatnonzero(rows >= 0)
    found[used[~shared[rows[used]]]] = -1
    return found


NONE_APART: Ints = np.zeros((0, 2), np.int64)
"""Pairs of rows that stand in no group together: none."""


def group(
    order: Ints, neighbours: Sequence[Neighbours], fixed: Bools | None = None, apart: Ints = NONE_APART
) -> Proposed:
    """Of the pairs that one or more neighbourhoods propose those of a kept row, left, and its members, right, sorted by the keep
    order of kept, then member; a row in `fixed` bool (n,) is never a member (the references of a scan), and the two rows of
    each pair in `apart` int64 (m,2) are never in one group, not through a third one either.

    Goes through `order` int64 (a permutation of the rows to group, best first): a row that is no member yet becomes
    kept, and all its neighbours that are in no group become its members. A row that stands apart from others goes to the first
    kept one that may have it.
    """
    n = len(neighbours[0].classes)
    fixed = np.zeros(n, np.bool_) if fixed is None else fixed
    owner = _owners(order, neighbours, fixed, apart, n)
    return pairs_of(owner, order, neighbours)


def pairs_of(owner: Ints, order: Ints, neighbours: Sequence[Neighbours]) -> Proposed:
    """The pairs of the kept rows, `owner` int64 (n,), and their members, in keep order; a row in no group has -1 or itself."""
    member = np.flatnonzero((owner >= 0) & (owner != np.arange(len(owner))))
    rank = np.zeros(len(owner), np.int64)
    rank[order] = np.arange(len(order))
    member = member[np.lexsort((rank[member], rank[owner[member]]))]
    return proposed(owner[member], member, [each.of(owner[member], member) for each in neighbours])


def proposed(left: Ints, right: Ints, found: Sequence[tuple[Floats, NDArray[np.uint8]]]) -> Proposed:
    """Pairs with the distance float32 (m,) and the turn uint8 (m,) by each of one or more descriptors; of the turns that of the
    nearest counts.
    """
    distance: Floats = np.stack([distance for distance, _ in found], axis=1)
    turn = np.stack([turn for _, turn in found], axis=1)
    nearest = np.argmin(np.where(np.isnan(distance), np.inf, distance), axis=1)
    return Proposed(left, right, distance, turn[np.arange(len(left)), nearest])


def _owners(order: Ints, neighbours: Sequence[Neighbours], fixed: Bools, apart: Ints, n: int) -> Ints:
    """The kept row of each row, int64 (n,), -1 for rows in no group; classes of all descriptors get numbers of their own."""
    if not any(len(each.pairs) or _shared(each.classes) for each in neighbours):
        return np.full(n, -1, np.int64)
    from dedupe.group.owners import owners

    some = [each for each in neighbours if len(each.within)]
    bases = np.cumsum([0, *(len(each.within) for each in some)])
    classes = np.stack([np.where(e.classes < 0, -1, e.classes + b) for e, b in zip(some, bases, strict=False)])
    left, right = (
        _concatenated([_moved(getattr(e.pairs, side), b) for e, b in zip(some, bases, strict=False)])
        for side in ("left", "right")
    )
    used, row = np.nonzero(classes >= 0)
    starts, members = _ragged(classes[used, row], row, int(bases[-1]))
    del used, row
    above, below = _starts(left, int(bases[-1])), _starts(right, int(bases[-1]))  # pairs stand in the order of left
    left = left[np.argsort(right, kind="stable")]
    nobody = np.zeros(0, np.int64)
    parting = _ragged(apart.ravel(), apart[:, ::-1].ravel(), n) if len(apart) else (nobody, nobody)
    place = np.full(n, -1, np.int64) if len(apart) else nobody
    owner, order = np.full(n, -1, np.int64), np.ascontiguousarray(order)
    near = above, right, below, left
    owners(owner, order, classes, starts, members, *near, fixed.view(np.uint8), *parting, place)
    return owner


def _moved(classes: Ints, base: int) -> Ints:
    return classes + base if base else classes


def _concatenated(parts: list[Ints]) -> Ints:
    """The parts as one, without a copy of a single one: there may be hundreds of megabytes of pairs."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _shared(classes: Ints) -> bool:
    """Whether two rows are in one class."""
    return bool(np.max(np.bincount(classes[classes >= 0], minlength=1)) > 1)


def _ragged(key: Ints, value: Ints, n: int) -> tuple[Ints, Ints]:
    """Values by key: those of key k are values[starts[k]:starts[k+1]], in the order given."""
    return _starts(key, n), np.ascontiguousarray(value[np.argsort(key, kind="stable")], dtype=np.int64)


def _starts(key: Ints, n: int) -> Ints:
    """Where each of n keys begins among as many sorted ones, int64 (n + 1,)."""
    starts = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(key, minlength=n), out=starts[1:])
    return starts


def _towards_kept(turn: NDArray[np.uint8], swapped: Bools) -> NDArray[np.uint8]:
    """A pair's turn brings its right picture to its left one; where the kept one stands right, the way back is meant."""
    return np.where(swapped, np.array(UNTURN, np.uint8)[turn], turn).astype(np.uint8)
