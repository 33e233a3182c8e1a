"""One layout many times: what is changed inside of one picture, in three ways or more, has its layout and other content."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from dedupe.group import Neighbours, proposed
from dedupe.judge.exchange import asked_anew, gives_way, outdone, settled, takers
from dedupe.judge.grouping import Ask, KeptNear, KeptPairs, Pair, judged_groups
from dedupe.judge.joining import joined, standing
from dedupe.model import Proposed
from dedupe.model.judgement import Judgement

Ints = NDArray[np.int64]

FAMILY = 3
"""So many changed members of one kept picture that are variants of each other make a family."""

BESIDE = 2
"""Each is held against so many of those that follow it: what is asked is in proportion to the members."""

WHY = "one of several with one layout and other content"


def groups_and_families(
    order: Ints,
    neighbours: Sequence[Neighbours],
    limits: Sequence[float],
    fixed: NDArray[np.bool_],
    ask: Ask,
    apart: Ints,
    equals: Ints,
) -> KeptPairs:
    """`judged_groups` in which a kept picture takes no members that make a family: memes on one template, forms filled in.

    They are variants of it, whichever of them is kept, and go through the rule again, so that copies of one of them are found.
    Then, once, a member that has what the kept picture lacks takes its place, where no rule before tells them apart: such have
    one number in `equals` int64 (n,); of several it is one that lacks nothing beside the others. All others of the group are held
    against it, near it or not.
    """
    said: dict[Pair, Judgement | None] = {}

    def pairs_of(wanted: Sequence[Pair]) -> Proposed:
        left, right = np.array(wanted, np.int64).reshape(-1, 2).T
        return proposed(left, right, [each.of(left, right) for each in neighbours])

    def once(pairs: Proposed) -> list[Judgement | None]:
        wanted = list(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
        new = np.array([pair not in said for pair in wanted], np.bool_)
        if new.any():
            some = pairs.of(new)
            rows = zip(some.left.tolist(), some.right.tolist(), strict=True)
            said.update(zip(rows, ask(some), strict=True))
        return [said[pair] for pair in wanted]

    def without_families(given: Callable[[], Mapping[int, int]]) -> KeptPairs:
        while True:
            before = given()
            found = judged_groups(order, neighbours, limits, fixed, once, apart, before)
            found.said.update({(kept, row): said[kept, row] for row, kept in before.items() if kept != row})
            wanted = [pair for members in _changed(found).values() for pair in beside(members)]
            if wanted:
                once(pairs_of(wanted))
            refused = _refused(found, said)
            if not refused:
                return found
            said.update(refused)

    found = without_families(dict)
    stays = np.isin(np.arange(len(fixed)), apart)
    near = KeptNear(neighbours, limits) if len(found.pairs) else None
    while near and (owner := joined(found, order, near, fixed, stays, said, lambda pairs: once(pairs_of(pairs)))):
        again = without_families(partial(standing, owner, said))
        found = KeptPairs(again.pairs, found.said | again.said)
    taken = takers(found, equals, fixed)
    if not taken:
        return found
    once(pairs_of(asked_anew(found, taken)))
    better = outdone(found, taken, equals, said)
    once(pairs_of(asked_anew(found, better)))
    taken |= {kept: row for kept, row in better.items() if gives_way(said[row, kept])}
    after = without_families(lambda: settled(found, taken, said, order))
    return KeptPairs(after.pairs, found.said | after.said)


def changed(pairs: Iterable[Pair], said: Mapping[Pair, Judgement | None]) -> dict[int, list[int]]:
    """The members of each row on the left that are the same picture but for something inside of it, where there are enough."""
    members = defaultdict(list)
    for kept, row in pairs:
        what = said[kept, row]
        if what is not None and what.kind == "edited" and what.box is not None:
            members[kept].append(row)
    return {kept: rows for kept, rows in members.items() if len(rows) >= FAMILY}


def beside(members: Sequence[int]) -> list[Pair]:
    """The pairs of changed members that have to be looked at before it is known which of them make a family."""
    return [pair for step in range(1, BESIDE + 1) for pair in zip(members, members[step:], strict=False)]


def as_variant(what: Judgement) -> Judgement:
    """What is said instead of a member of a family."""
    return replace(what, kind="variant", why=WHY)


def _changed(found: KeptPairs) -> dict[int, list[int]]:
    return changed(zip(found.pairs.left.tolist(), found.pairs.right.tolist(), strict=True), found.said)


def _refused(found: KeptPairs, said: dict[Pair, Judgement | None]) -> dict[Pair, Judgement | None]:
    """What has to be said instead of the members that make families."""
    refused: dict[Pair, Judgement | None] = {}
    for kept, members in _changed(found).items():
        for family in families(members, said):
            for row in family:
                before = found.said[kept, row]
                assert before is not None
                refused[kept, row] = as_variant(before)
    return refused


def families(members: Sequence[int], said: Mapping[Pair, Judgement | None]) -> list[list[int]]:
    """Changed members that hang together by being variants of each other, where they are enough."""
    first = {row: row for row in members}

    def family(row: int) -> int:
        while first[row] != row:
            first[row] = row = first[first[row]]
        return row

    for a, b in beside(members):
        what = said[a, b]
        if what is not None and what.kind == "variant":
            first[family(b)] = family(a)
    found = defaultdict(list)
    for row in members:
        found[family(row)].append(row)
    return [rows for rows in found.values() if len(rows) >= FAMILY]
