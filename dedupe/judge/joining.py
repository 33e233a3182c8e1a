"""Two groups of one picture become one: a member of the one is near what the other keeps, though what both keep is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from dedupe.judge.grouping import REFUSALS, KeptNear, KeptPairs, Pair, accepted
from dedupe.model.judgement import Judgement

Ints = NDArray[np.int64]
Said = Mapping[Pair, Judgement | None]


def joined(
    found: KeptPairs,
    order: Ints,
    near: KeptNear,
    fixed: NDArray[np.bool_],
    stays: NDArray[np.bool_],
    said: Said,
    ask: Callable[[Sequence[Pair]], object],
) -> dict[int, int]:
    """The kept row of each row, once groups have joined; empty where none does. A `fixed` row joins none, and groups of which a
    row `stays` neither join others nor are joined, bool (n,).

    What a group keeps is held against what those before it keep, where a member of the one is near what the other keeps, nearest
    first. It joins the first by which it is accepted, with all its members, unless most of these are refused; whoever is
    refused then has to go through the rule again. What `ask` asked about stands in `said`.
    """
    owner: dict[int, int] = dict(zip(found.pairs.right.tolist(), found.pairs.left.tolist(), strict=True))
    kept = [row for row in order.tolist() if row not in owner]
    every: dict[int, int] = owner | {row: row for row in kept}
    stay = {one for row, one in every.items() if stays[row]}
    wanted = _links(owner, kept, near, said, lambda first, later: not (fixed[later] or first in stay or later in stay))
    ask([(first, later) for later, several in wanted.items() for first in several])
    into = _homes(kept, wanted, said)
    ask([(into[one], row) for row, one in owner.items() if one in into])
    lost = _lost(owner, into, said)
    joining = {one: first for one, first in into.items() if one not in lost}
    return {row: joining.get(one, one) for row, one in every.items()} if joining else {}


def standing(owner: Mapping[int, int], said: Said) -> dict[int, int]:
    """The kept row of each row, without those that it refused."""
    return {row: one for row, one in owner.items() if row == one or accepted(said[one, row])}


def _links(
    owner: Mapping[int, int], kept: Sequence[int], near: KeptNear, said: Said, may: Callable[[int, int], bool]
) -> dict[int, list[int]]:
    """By kept row those before it that it could join and was not held against, nearest first: with those that have refused
    it no more than REFUSALS.
    """
    place = {row: at for at, row in enumerate(kept)}
    for row in kept:
        near.keep(row)
    nearest: dict[Pair, float] = {}
    for row, one in owner.items():
        for distance, _, other in near.ranked(row):
            pair = (one, other) if place[one] < place[other] else (other, one)
            if one != other and pair not in said and may(*pair):
                nearest[pair] = min(distance, nearest.get(pair, np.inf))
    near.forget()
    refused = Counter(row for (one, row), what in said.items() if one in place and row in place and not accepted(what))
    found: dict[int, list[int]] = {}
    for first, later in sorted(nearest, key=lambda pair: (nearest[pair], place[pair[0]])):
        several = found.setdefault(later, [])
        if refused[later] + len(several) < REFUSALS:
            several.append(first)
    return found


def _homes(kept: Sequence[int], wanted: Mapping[int, Sequence[int]], said: Said) -> dict[int, int]:
    """By kept row the first before it that accepts it; none of these joins another one itself."""
    into: dict[int, int] = {}
    for row in kept:
        taken = [one for one in wanted.get(row, ()) if one not in into and accepted(said[one, row])]
        if taken:
            into[row] = taken[0]
    return into


def _lost(owner: Mapping[int, int], into: Mapping[int, int], said: Said) -> set[int]:
    """The kept rows of which most members would be refused."""
    votes: Counter[int] = Counter()
    for row, one in owner.items():
        if one in into:
            votes[one] += 1 if accepted(said[into[one], row]) else -1
    return {one for one, more in votes.items() if more < 0}
