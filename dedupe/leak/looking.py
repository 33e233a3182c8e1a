"""Pairs of a training and a test picture, looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dedupe.judge import accepted, judged, source
from dedupe.judge.families import as_variant, beside, changed, families
from dedupe.judge.grouping import REFUSALS, Pair
from dedupe.leak.request import LeakRequest
from dedupe.leak.sides import Side, Sides
from dedupe.model import TURNS, Failure, Floats, Ints, Proposed
from dedupe.model.judgement import Judgement
from dedupe.near import equal_bytes

EQUAL = Judgement("same-bytes", "equal files", 1.0)

BESIDE = ("similar", "variant")
"""Kinds of other pictures that are counted, the last one that fits."""


@dataclass(frozen=True, slots=True)
class PairsLookedAt:
    """What was `said` of each pair, None where nothing was asked or could be said, and the test contents that were `lost`."""

    pairs: Proposed
    said: Sequence[Judgement | None]
    lost: set[int]

    def listed(self, kinds: Sequence[str]) -> tuple[Proposed, list[Judgement]]:
        """The pairs of these kinds, and what was said of them."""
        some = [at for at, one in enumerate(self.said) if one is not None and one.kind in kinds]
        return self.pairs.of(np.array(some, np.int64)), [one for at in some if (one := self.said[at]) is not None]

    def kinds(self) -> dict[str, int]:
        """How many pairs are copies, by kind, and how many test contents that are no copies are something else."""
        said, copied = list(zip(self.pairs.right.tolist(), self.said, strict=True)), self._copied()
        counts = Counter(one.kind for _, one in said if one is not None and accepted(one))
        rest: dict[int, str] = {}
        for kind in BESIDE:
            rest |= {row: kind for row, one in said if one is not None and one.kind == kind and row not in copied}
        return dict(counts + Counter(rest.values()))

    def not_judged(self) -> int:
        """How many test contents could not be held against one, and are no copy of another."""
        return len(self.lost - self._copied())

    def _copied(self) -> set[int]:
        return {row for row, one in zip(self.pairs.right.tolist(), self.said, strict=True) if accepted(one)}


def looked_at(pairs: Proposed, nearness: Floats, both: Sides, how: LeakRequest) -> PairsLookedAt:
    """Asks the judge of each pair, of a test picture the nearest first: one that so many have refused asks no more."""
    train, test = both.train.found, both.test.found
    mine, other = equal_bytes(train.collection.contents, test.collection.contents)
    equal = mine[pairs.left] == other[pairs.right]
    said: list[Judgement | None] = [EQUAL if one else None for one in equal.tolist()]
    lost, places = set[int](), (train.collection.places, test.collection.places)

    def ask(some: Ints) -> None:
        rows = [column[some].tolist() for column in (pairs.left, pairs.right, pairs.turn)]
        asked = [
            (source(train, int(places[0][a])), source(test, int(places[1][b])), TURNS[turn])
            for a, b, turn in zip(*rows, strict=True)
        ]
        for at, one in zip(some.tolist(), judged(asked, how.loaded.decoders, how.run), strict=True):
            if isinstance(one, Failure):
                lost.add(int(pairs.right[at]))
            else:
                said[at] = one

    first = (_rank(pairs.right, nearness) < REFUSALS) & ~equal
    ask(np.flatnonzero(first))
    taken = [at for at, one in enumerate(said) if accepted(one)]
    ask(np.flatnonzero(~first & ~equal & np.isin(pairs.right, pairs.right[taken])))
    return PairsLookedAt(pairs, _without_families(pairs, said, both, how), lost)


def _without_families(
    pairs: Proposed, said: Sequence[Judgement | None], both: Sides, how: LeakRequest
) -> list[Judgement | None]:
    """What was said; but pictures of one set that are a picture of the other one with other content, in three ways or more, are
    variants of it: forms filled in, memes on one template.
    """
    found, left, right = list(said), pairs.left.tolist(), pairs.right.tolist()
    for side, kept, members in ((both.test, left, right), (both.train, right, left)):
        known = dict(zip(zip(kept, members, strict=True), said, strict=True))
        groups = changed(known, known)
        among = _said_within(side, [pair for rows in groups.values() for pair in beside(rows)], how)
        family = {(one, row) for one, rows in groups.items() for some in families(rows, among) for row in some}
        for at, (pair, what) in enumerate(known.items()):
            if what is not None and pair in family:
                found[at] = as_variant(what)
    return found


def _said_within(side: Side, pairs: Sequence[Pair], how: LeakRequest) -> dict[Pair, Judgement | None]:
    """What pairs of contents of one set are to each other, None where that cannot be said."""
    wanted, files = list(dict.fromkeys(pairs)), side.found.collection.places
    if not wanted:
        return {}
    asked = [(source(side.found, int(files[a])), source(side.found, int(files[b])), "none") for a, b in wanted]
    said = judged(asked, how.loaded.decoders, how.run)
    return {pair: None if isinstance(one, Failure) else one for pair, one in zip(wanted, said, strict=True)}


def _rank(rows: Ints, nearness: Floats) -> Ints:
    """The place of each pair among those of its row, the nearest first."""
    order = np.lexsort((nearness, rows))
    starts = np.searchsorted(rows[order], rows[order])
    rank = np.empty(len(rows), np.int64)
    rank[order] = np.arange(len(rows)) - starts
    return rank
