"""A join carried out: rows are dealt into shards, shards cut into blocks, and blocks that meet are compared, each by a call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe.engines.parts.blocks import BlockJoin
from dedupe.engines.parts.rows import Join, Rows, gathered, normalised
from dedupe.engines.parts.tasks import Ref, Tasks
from dedupe.model import Pairs
from dedupe.search.inverted import sampled

Ints = NDArray[np.int64]

SEED = 0

DEALT = 1 << 18
"""Rows that are dealt by one call."""


def pairs_of(tasks: Tasks, join: Join, left: Rows, right: Rows | None, turn: int = 0) -> tuple[list[Ref], Ref | None]:
    """Near pairs of the rows of left, or of left, which are turned, and right, as several `Pairs` of their numbers, left < right,
    the right one turned; one pair may be in two. And the share of near pairs found, where the join may miss some.
    """
    if not len(left) or (right is not None and not len(right)):
        return [], None
    how, one = tasks.put(join), right is None
    mine = _put(tasks, left)
    theirs = mine if right is None else _put(tasks, right)
    sample = left.of(sampled(len(left), SEED)) if join.misses else None
    about = how, tasks.put(sample), turn
    found = list(_meetings(tasks, join, how, about, mine, theirs, one))
    if sample is None:
        return [pairs for pairs, _ in found], None
    there = [tasks.call(_there, how, about[1], one, block) for block in theirs]
    share = tasks.call(_share, one, len(there), *there, *(some for _, some in found))
    return [pairs for pairs, _ in found], share


def _meetings(
    tasks: Tasks, join: Join, how: Ref, about: tuple[Ref, Ref, int], mine: list[Ref], theirs: list[Ref], one: bool
) -> Iterator[list[Ref]]:
    """What is found wherever rows meet: pairs, and those of sampled rows."""
    rounds = range(join.rounds)
    dealt = [_dealt(tasks, how, join, number, mine, False) for number in rounds]
    other = dealt
    if not one or join.sides_differ:
        other = [_dealt(tasks, how, join, number, theirs, True) for number in rounds]
    for number in rounds:
        lefts = _blocks(tasks, join, *dealt[number])
        rights = lefts if other is dealt else _blocks(tasks, join, *other[number])
        for shards in join.meetings(number, one):
            for a, b in _meeting(lefts[shards[0]], rights[shards[1]], lefts is rights and shards[0] == shards[1]):
                yield tasks.calls(2, _met, *about, number, shards, a, b)


def _put(tasks: Tasks, rows: Rows) -> list[Ref]:
    cuts = range(0, len(rows), DEALT)
    return [tasks.put(Rows(rows.numbers[at : at + DEALT], rows.X[at : at + DEALT])) for at in cuts]


def _dealt(
    tasks: Tasks, how: Ref, join: Join, number: int, blocks: Sequence[Ref], right: bool
) -> tuple[list[Ref], list[list[Ref]]]:
    """Of each block of rows the sizes of its shards, and the shards."""
    calls = [tasks.calls(1 + join.shards, _deal, how, number, right, block) for block in blocks]
    return [sizes for sizes, *_ in calls], [shards for _, *shards in calls]


def _blocks(tasks: Tasks, join: Join, sizes: list[Ref], shards: list[list[Ref]]) -> list[list[Ref]]:
    """The blocks of each shard, none where it has no rows."""
    count = np.array(tasks.get(sizes), np.int64).reshape(-1, join.shards)
    found = []
    for shard, total in enumerate(count.sum(axis=0).tolist()):
        parts = [part[shard] for part, size in zip(shards, count[:, shard].tolist(), strict=True) if size]
        blocks = -(-total // join.most)
        whole = len(parts) == 1 and blocks == 1
        found.append(parts if whole or not parts else tasks.calls(blocks, _cut, blocks, *parts))
    return found


def _meeting(lefts: list[Ref], rights: list[Ref], same: bool) -> Iterator[tuple[Ref, Ref | None]]:
    """The blocks of two shards that are compared, or of one with itself, where a block meets itself without a right side."""
    for i, left in enumerate(lefts):
        if same:
            yield left, None
        for right in rights[i + 1 if same else 0 :]:
            yield left, right


def _deal(join: Join, number: int, right: bool, rows: Rows) -> list[Any]:
    shards = join.dealt(number, rows, right)
    return [[len(shard) for shard in shards], *shards]


def _cut(blocks: int, *parts: Rows) -> list[Rows]:
    rows = gathered(list(parts))
    edges = [len(rows) * k // blocks for k in range(blocks + 1)]
    return [rows.of(np.arange(first, last)) for first, last in pairwise(edges)]


def _met(
    join: Join, sample: Rows | None, turn: int, number: int, shards: tuple[int, int], left: Rows, right: Rows | None
) -> tuple[Pairs, Ints]:
    """Near pairs, and the numbers int64 (k,2) of those that a sampled row has."""
    pairs, other = join.met(number, shards, left, right), left if right is None else right
    some = np.zeros((0, 2), np.int64)
    if sample is not None:
        some = np.stack([left.numbers[pairs.left], other.numbers[pairs.right]], axis=1)
        some = some[np.isin(some, sample.numbers).any(axis=1)]
    return normalised(pairs, left, right, turn), some


def _there(join: BlockJoin, sample: Rows, one: bool, rows: Rows) -> Ints:
    """The numbers int64 (k,2) of all pairs that sampled rows have among some."""
    pairs = BlockJoin(join.metric, join.threshold, join.frame).met(0, (0, 0), sample, rows)
    found = np.stack([sample.numbers[pairs.left], rows.numbers[pairs.right]], axis=1)
    return found[found[:, 0] != found[:, 1]] if one else found


def _share(one: bool, count: int, *both: Ints) -> float:
    """The share of the pairs of the first `count` that are among the others; of one set pairs have no first side."""
    there, found = (np.concatenate([*some, np.zeros((0, 2), np.int64)]) for some in (both[:count], both[count:]))
    if one:
        there, found = np.sort(there, axis=1), np.sort(found, axis=1)
    known = {*map(tuple, found.tolist())}
    return float(np.mean([pair in known for pair in map(tuple, there.tolist())])) if len(there) else 1.0
