"""The one exchange: a member that has what the kept picture lacks takes its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from dedupe.judge.grouping import KeptPairs, Pair, accepted
from dedupe.model.judgement import REMOVED, Judgement

Ints = NDArray[np.int64]
Said = Mapping[Pair, Judgement | None]

PARTS = 4
"""What a picture lacks counts in so many parts of one: members that are as good as equal stand in keep order."""


def takers(found: KeptPairs, equals: Ints, fixed: NDArray[np.bool_]) -> dict[int, int]:
    """By kept row the member that has most of what it lacks, the first in keep order of several; no `fixed` row gives way, and
    only where no rule before tells the two apart: they have one number in `equals` int64 (n,).
    """
    said = found.said
    return _most((kept, row, said.get((kept, row))) for kept, row in _alike(found, equals) if not fixed[kept])


def outdone(found: KeptPairs, taken: Mapping[int, int], equals: Ints, said: Said) -> dict[int, int]:
    """By kept row the member that has most of what the one lacks that is to take its place: against an enlargement its original
    and a copy with noise added look alike, and only beside each other they are told apart. If there is none, the first before
    it in keep order that is the same again and lacks nothing.
    """
    others = [(kept, row) for kept, row in _alike(found, equals) if kept in taken]
    more = _most(
        (kept, row, what) for kept, row in others if row != taken[kept] and accepted(what := said[taken[kept], row])
    )
    before = dict[int, int]()
    for kept, row in others:
        if row == taken[kept] or _as_good(said[taken[kept], row]):
            before.setdefault(kept, row)
    return {kept: row for kept, row in before.items() if row != taken[kept]} | more


def _alike(found: KeptPairs, equals: Ints) -> list[Pair]:
    """The kept rows and members that no rule before tells apart."""
    pairs = zip(found.pairs.left.tolist(), found.pairs.right.tolist(), strict=True)
    return [(kept, row) for kept, row in pairs if equals[kept] == equals[row]]


def _most(several: Iterable[tuple[int, int, Judgement | None]]) -> dict[int, int]:
    """By kept row the member that has most of what is lacked, the first of several, by what is said of it."""
    best: dict[int, tuple[int, int]] = {}
    for kept, row, what in several:
        much = _lacking(what)
        if much is not None and much > best.get(kept, (-1, -1))[0]:
            best[kept] = much, row
    return {kept: row for kept, (_, row) in best.items()}


def asked_anew(found: KeptPairs, taken: Mapping[int, int]) -> list[Pair]:
    """The pairs of each member that takes a place, and all others of its group."""
    anew = [(taken[kept], kept) for kept in taken]
    pairs = zip(found.pairs.left.tolist(), found.pairs.right.tolist(), strict=True)
    return anew + [(taken[kept], row) for kept, row in pairs if kept in taken and taken[kept] != row]


def settled(found: KeptPairs, taken: Mapping[int, int], said: Said, rows: Ints) -> dict[int, int]:
    """The kept row of each of `rows`, after the exchange; without those that have to go through the rule again: who is refused
    now, and who stands alone because a picture refused it that is not kept any more.
    """
    place = {kept: row for kept, row in taken.items() if gives_way(said[row, kept])}
    pairs = dict(zip(found.pairs.right.tolist(), found.pairs.left.tolist(), strict=True))
    owner = {row: pairs.get(row, row) for row in rows.tolist()}
    owner = {row: place.get(kept, kept) for row, kept in owner.items()}
    alone = owner.keys() - pairs.keys() - set(pairs.values())
    again = {row for (kept, row), what in found.said.items() if kept in place and row in alone and not accepted(what)}
    again |= {row for row, kept in owner.items() if kept != row and not accepted(said[kept, row])}
    return {row: kept for row, kept in owner.items() if row not in again}


def _lacking(what: Judgement | None) -> int | None:
    if what is None or what.lacks is None or what.lacks.side != "a":
        return None
    return round(PARTS * what.lacks.much)


def _as_good(what: Judgement | None) -> bool:
    return what is not None and what.kind in REMOVED and what.lacks is None


def gives_way(what: Judgement | None) -> bool:
    """Whether the picture that was kept is one with the member that takes its place, seen from there too."""
    return accepted(what) and _lacking(what) is None
