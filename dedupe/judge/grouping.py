"""The keeper's rule with a judge: a picture asks the kept ones near it, nearest first; the first that is accepted takes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from dedupe.group import NONE_APART, Neighbours, group, pairs_of, proposed
from dedupe.model import Proposed
from dedupe.model.judgement import COPIES, Judgement

Ints = NDArray[np.int64]
Pair = tuple[int, int]
Ask = Callable[[Proposed], "Sequence[Judgement | None]"]

SEVERAL = 2
"""Of a picture that so many have refused all others are asked at once."""

NONE_GIVEN: Mapping[int, int] = MappingProxyType({})

REFUSALS = 16
"""A picture that so many kept ones were refused for is kept itself, and asks no more."""

NOT_KEPT = np.iinfo(np.int64).max


@dataclass(slots=True)
class KeptPairs:
    """Pairs of a kept row and a member, and what was said of all pairs that were asked about: None of those that could not be
    judged.
    """

    pairs: Proposed
    said: dict[Pair, Judgement | None] = field(default_factory=dict)


def judged_groups(
    order: Ints,
    neighbours: Sequence[Neighbours],
    limits: Sequence[float],
    fixed: NDArray[np.bool_],
    ask: Ask,
    apart: Ints = NONE_APART,
    given: Mapping[int, int] = NONE_GIVEN,
) -> KeptPairs:
    """`group` with a judge, who is asked about pairs of rows; `limits` are the thresholds of the neighbourhoods, by which their
    distances are compared. Nothing that is said of a pair hangs on the order in which it is asked.

    The kept rows of those in `given` are known, their own of those that are kept; the others go through the rule after them.
    """
    near, parted = KeptNear(neighbours, limits), _parted(apart)
    found = KeptPairs(group(order, neighbours, fixed, apart))
    wanted = list(zip(found.pairs.left.tolist(), found.pairs.right.tolist(), strict=True))
    if given:
        owner, wanted = _owners(order, near, fixed, parted, found.said, given)
        found.pairs = pairs_of(owner, order, neighbours)
    while wanted:  # what the rule will ask is foreseen, and asked all at once; it ends when nothing was missed
        left, right = (np.array(side, np.int64) for side in zip(*wanted, strict=True))
        pairs = proposed(left, right, [each.of(left, right) for each in neighbours])
        found.said.update(zip(wanted, ask(pairs), strict=True))
        owner, wanted = _owners(order, near, fixed, parted, found.said, given)
        if not wanted:
            found.pairs = pairs_of(owner, order, neighbours)
    return found


def _owners(
    order: Ints,
    near: KeptNear,
    fixed: NDArray[np.bool_],
    parted: Mapping[int, Sequence[int]],
    said: dict[Pair, Judgement | None],
    given: Mapping[int, int],
) -> tuple[Ints, list[Pair]]:
    """The kept row of each row, int64 (n,), and the pairs that have to be asked about before that is sure."""
    owner, missing = np.full(len(fixed), -1, np.int64), list[Pair]()
    for row, kept in given.items():
        owner[row] = kept
    for row in order.tolist():
        if given.get(row) == row:
            near.keep(row)
    for row in order.tolist():
        if row in given:
            continue
        owner[row] = row
        if not fixed[row]:
            taboo = {each for other in parted.get(row, ()) for each in (other, int(owner[other]))}
            asked = [one for one in near.kept(row) if one not in taboo]
            known = [(one, said[one, row]) for one in asked if (one, row) in said]
            taken = next((one for one, what in known if accepted(what)), None)
            before = asked if taken is None else asked[: asked.index(taken)]
            unknown = [(one, row) for one in before if (one, row) not in said]
            if unknown:  # whom several have refused, others are likely to
                several = len(known) >= SEVERAL
                missing += unknown if several else unknown[:1]
                taken = None if several else unknown[0][0]
            if taken is not None:
                owner[row] = taken
        if owner[row] == row:
            near.keep(row)
    near.forget()
    return owner, missing


def _parted(apart: Ints) -> dict[int, list[int]]:
    """The rows that stand in no group with a row, by that row."""
    found: dict[int, list[int]] = {}
    for one, other in apart.tolist():
        found.setdefault(one, []).append(other)
        found.setdefault(other, []).append(one)
    return found


def accepted(what: Judgement | None) -> bool:
    """Whether the two are one picture; of what could not be judged that is not said."""
    return what is not None and what.kind in COPIES


class KeptNear:
    """Which kept rows are near a row; they are told of in the order in which they are kept."""

    def __init__(self, neighbours: Sequence[Neighbours], limits: Sequence[float]) -> None:
        self._each = [_Classes(one, limit) for one, limit in zip(neighbours, limits, strict=True)]
        self._place: dict[int, int] = {}

    def keep(self, row: int) -> None:
        """Adds a kept row."""
        self._place[row] = len(self._place)
        for each in self._each:
            each.keep(row)

    def forget(self) -> None:
        """Leaves no row kept."""
        self._place.clear()
        for each in self._each:
            each.forget()

    def kept(self, row: int) -> list[int]:
        """At most REFUSALS kept rows that are near, nearest first, of equally near ones the one kept before."""
        return [kept for _, _, kept in self.ranked(row)]

    def ranked(self, row: int) -> list[tuple[float, int, int]]:
        """The same with how near each is, in shares of the threshold, and its place among the kept rows."""
        best: dict[int, float] = {}
        for each in self._each:
            for kept, distance in each.near(row):
                best[kept] = min(distance, best.get(kept, np.inf))
        return sorted((distance, self._place[kept], kept) for kept, distance in best.items())[:REFUSALS]


class _Classes:
    """The same by one descriptor: `rows` are the kept ones by class, the first of each, for all of a class are equally near.

    Of a family each row is near each other one: so the classes near a row are sorted out as arrays.
    """

    def __init__(self, found: Neighbours, limit: float) -> None:
        self.rows: dict[int, list[int]] = {}
        self._classes, self._within, self._limit = found.classes, found.within, limit or 1.0
        left, right = found.pairs.left, found.pairs.right
        self._distance, self._right = found.pairs.distance, right
        self._by_right = np.argsort(right, kind="stable")
        n = len(found.within)
        self._above = np.searchsorted(left, np.arange(n + 1))
        self._below = np.searchsorted(right[self._by_right], np.arange(n + 1))
        self._left = left
        self._first = np.full(n, NOT_KEPT)

    def keep(self, row: int) -> None:
        if (at := int(self._classes[row])) >= 0 and len(kept := self.rows.setdefault(at, [])) < REFUSALS:
            if not kept:
                self._first[at] = len(self.rows)
            kept.append(row)

    def forget(self) -> None:
        self.rows.clear()
        self._first[:] = NOT_KEPT

    def near(self, row: int) -> list[tuple[int, float]]:
        """Kept rows with their distances, in shares of the threshold: those of the REFUSALS nearest classes, of equally near
        ones of those that had a kept row before.
        """
        at = int(self._classes[row])
        if at < 0 or not self.rows:
            return []
        found = [(kept, float(self._within[at]) / self._limit) for kept in self.rows.get(at, ())]
        above = slice(self._above[at], self._above[at + 1])
        below = self._by_right[self._below[at] : self._below[at + 1]]
        classes = np.concatenate([self._right[above], self._left[below]])
        some = np.flatnonzero(self._first[classes] < NOT_KEPT)
        classes, distances = classes[some], np.concatenate([self._distance[above], self._distance[below]])[some]
        if len(some) > REFUSALS:
            near = distances <= np.partition(distances, REFUSALS - 1)[REFUSALS - 1]
            classes, distances = classes[near], distances[near]
            order = np.lexsort((self._first[classes], distances))[:REFUSALS]
            classes, distances = classes[order], distances[order]
        for one, distance in zip(classes.tolist(), distances.tolist(), strict=True):
            found += [(kept, distance / self._limit) for kept in self.rows[one]]
        return found
