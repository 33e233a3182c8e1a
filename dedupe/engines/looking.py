"""Groups of pictures that were looked at, pair by pair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from dedupe.group import Neighbours, proposed
from dedupe.judge import Ask, groups_and_families
from dedupe.model import Bools, Ints, LookedAt, Proposed, ToGroup
from dedupe.model.judgement import COPIES, LISTED, Judgement

Pair = tuple[int, int]

BESIDE = tuple(kind for kind in LISTED if kind not in COPIES)
"""Kinds of pictures that are no copies of each other, and stand beside each other where they are asked for."""


def looked_at_groups(
    asked: ToGroup,
    neighbours: Sequence[Neighbours],
    limits: Sequence[float],
    ask: Ask,
    equals: Ints,
    single: Bools,
) -> LookedAt:
    """The keeper's rule over contents in keep order, asking the judge; what cannot be looked at is no match. A member takes the
    place of a kept content that lacks what it has, if both have one number in `equals`, int64 (n,); contents that are `single`,
    bool (n,), stand alone where they are in no group. `limits` are the largest distances of the neighbourhoods.
    """
    order = asked.order
    grouped = groups_and_families(order, neighbours, limits, asked.fixed, ask, asked.apart, equals)
    alone = single.copy()
    alone[grouped.pairs.left] = alone[grouped.pairs.right] = False
    beside = _beside(grouped.said, order, neighbours, limits, alone, set(grouped.pairs.right.tolist()))
    pairs = [
        pair for each in (grouped.pairs, beside) for pair in zip(each.left.tolist(), each.right.tolist(), strict=True)
    ]
    alone[beside.right] = False
    lost = {row for (_, row), said in grouped.said.items() if said is None and alone[row]}
    return LookedAt(grouped.pairs, beside, {pair: said for pair in pairs if (said := grouped.said[pair])}, len(lost))


def _beside(
    said: Mapping[Pair, Judgement | None],
    order: Ints,
    neighbours: Sequence[Neighbours],
    limits: Sequence[float],
    alone: Bools,
    members: set[int],
) -> Proposed:
    """The contents that stand `alone`, each with the nearest kept one that it is a variant or another shot of: unless that stands
    beside another one itself, or others beside it, for every picture that is listed was held against the kept one.
    """
    some = [
        pair
        for pair, what in said.items()
        if what is not None and what.kind in BESIDE and alone[pair[1]] and pair[0] not in members
    ]
    left, right = (np.array([pair[side] for pair in some], np.int64) for side in (0, 1))
    pairs = proposed(left, right, [each.of(left, right) for each in neighbours])
    share = pairs.distance / np.array([limit or 1.0 for limit in limits], np.float32)
    nearest = np.where(np.isnan(share), np.inf, share).min(axis=1, initial=np.inf)
    rank = np.zeros(len(alone), np.int64)
    rank[order] = np.arange(len(order))
    placed, hosts, taken = set[int](), set[int](), list[int]()
    for at in np.lexsort((rank[left], nearest, rank[right])).tolist():
        kept, row = some[at]
        if row not in placed and row not in hosts and kept not in placed:
            placed.add(row)
            hosts.add(kept)
            taken.append(at)
    return pairs.of(np.array(taken, np.int64))
