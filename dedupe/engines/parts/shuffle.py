"""A join carried out: rows are dealt into shards, shards cut into blocks, and blocks that meet are compared, each by a call."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from dedupe.engines.parts.blocks import BlockJoin
from dedupe.engines.parts.rows import Join, Rows, gathered, normalised
from dedupe.engines.parts.tasks import Ref, Tasks
from dedupe.model import Ints, Pairs
from dedupe.search.inverted import sampled

SEED = 0

DEALT = 1 << 20
"""Rows that are dealt by one call."""


def pairs_of(tasks: Tasks, join: Join, left: Rows, right: Rows | None, turn: int = 0) -> tuple[list[Ref], Ref | None]:
    """Near pairs of the rows of left, or of left, which are turned, and right, as several `Pairs` of their numbers, left < right,
    the right one turned; one pair may be in two. And the share of near pairs found, where the join may miss some.
    """
    if not len(left) or (right is not None and not len(right)):
        return [], None
    how, one = tasks.put(join), right is None
    mine = _put(tasks, join, left)
    theirs = mine if right is None else _put(tasks, join, right)
    sample = left.of(sampled(len(left), SEED)) if join.misses else None
    about = how, tasks.put(sample), turn
    found = list(_meetings(tasks, join, about, mine, theirs, one))
    if sample is None:
        return [pairs for (pairs,) in found], None
    there = [tasks.call(_there, how, about[1], one, block) for block in theirs]
    share = tasks.call(_share, one, len(there), *there, *(some for _, some in found))
    return [pairs for pairs, _ in found], share


def _meetings(
    tasks: Tasks, join: Join, about: tuple[Ref, Ref, int], mine: list[Ref], theirs: list[Ref], one: bool
) -> Iterator[list[Ref]]:
    """What is found wherever rows meet: pairs, and those of sampled rows."""
    lefts = _rounds(tasks, join, about[0], mine, False)
    rights = lefts if one and not join.sides_differ else _rounds(tasks, join, about[0], theirs, True)
    for number, (left, right) in enumerate(zip(lefts, rights, strict=True)):
        for i, j in join.meetings(number, one):
            for a, b in _meeting(left[i], right[j], left is right and i == j):
                given = (*about, number, (i, j), a, b)
                yield tasks.calls(2, _met, *given) if join.misses else [tasks.call(_near, *given)]


def _put(tasks: Tasks, join: Join, rows: Rows) -> list[Ref]:
    """The rows in blocks, which meet as they are where there is one shard."""
    size = join.most if _is_one(join) else DEALT
    return [tasks.put(Rows(rows.numbers[at : at + size], rows.X[at : at + size])) for at in range(0, len(rows), size)]


def _is_one(join: Join) -> bool:
    return join.shards == 1 and not join.sides_differ


def _rounds(tasks: Tasks, join: Join, how: Ref, rows: list[Ref], right: bool) -> list[list[list[Ref]]]:
    """For each round the blocks of each shard."""
    rounds = range(join.rounds)
    if _is_one(join):
        return [[rows] for _ in rounds]
    dealt = [[tasks.calls(1 + join.shards, _deal, how, number, right, block) for block in rows] for number in rounds]
    return [_blocks(tasks, join, blocks) for blocks in dealt]


def _blocks(tasks: Tasks, join: Join, dealt: list[list[Ref]]) -> list[list[Ref]]:
    """The blocks of each shard, none where it has no rows, of what was dealt: sizes of shards, and the shards."""
    count = np.array(tasks.get([sizes for sizes, *_ in dealt]), np.int64).reshape(-1, join.shards)
    found = []
    for shard, sizes in enumerate(count.T.tolist()):
        parts = [shards[shard] for (_, *shards), size in zip(dealt, sizes, strict=True) if size]
        blocks = -(-sum(sizes) // join.most)
        found.append(parts if blocks == len(parts) else tasks.calls(blocks, _cut, blocks, *parts))
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


def _near(
    join: Join, sample: None, turn: int, number: int, shards: tuple[int, int], left: Rows, right: Rows | None
) -> Pairs:
    return _met(join, sample, turn, number, shards, left, right)[0]


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
