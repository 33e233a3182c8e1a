"""Who is near whom, searched in parts: pairs stay where they are found, and so do the groups' rows until a group is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dedupe.engines.parts import components
from dedupe.engines.parts.components import Forest, forest, forest_of_forests
from dedupe.engines.parts.handed import Searched, handed_out, parts_of
from dedupe.engines.parts.joins import join_of
from dedupe.engines.parts.judging import PartAsked, looked_at
from dedupe.engines.parts.shuffle import pairs_of
from dedupe.engines.parts.tasks import Ref, Tasks
from dedupe.group import NONE_APART, Neighbours, group
from dedupe.model import TURNS, Bools, Criterion, Ints, LookedAt, Progress, Proposed, ToCompare, ToGroup, ToJudge
from dedupe.near import equal_pixels, to_search
from dedupe.near.within import NO_PAIRS
from dedupe.search import Crossed, Which, recall_notes


@dataclass(frozen=True, slots=True)
class NearInParts:
    """What the searches have found, one each of `limits`, and what hangs together by them, of `count` contents."""

    tasks: Tasks
    searched: Sequence[Searched]
    limits: list[float]
    notes: list[str]
    together: Forest
    count: int
    progress: Progress

    @property
    def names(self) -> list[str]:
        """Those of the distances."""
        return [each.name for each in self.searched]

    def near_another(self) -> Bools:
        """Which contents are near another one, bool (n,)."""
        found = np.zeros(self.count, np.bool_)
        found[self.together[:, 0]] = True
        return found

    def counts(self) -> list[int]:
        """How many pairs are near each other by each descriptor."""
        handed = handed_out(self.tasks, self.searched, parts_of(self.together))
        counts = self.tasks.get([count for _, count in handed])
        return [sum(part[number] for part in counts) for number in range(1, len(self.searched))]

    def groups(self, asked: ToGroup) -> Proposed:
        """Pairs of a kept content and its members."""
        parts = self._parts(asked)
        found = [self.tasks.call(_groups, part.neighbours, part.asked) for part in parts]
        pairs = [part.of_all(each) for part, each in zip(parts, self.tasks.get(found), strict=True)]
        return in_order(pairs, asked.order, len(self.names), self.count)

    def looked_at(self, asked: ToGroup, judge: ToJudge) -> LookedAt:
        """The same with a judge."""
        parts = self._parts(asked)
        found = looked_at(self.tasks, parts, self.limits, judge, self.progress)
        pairs, beside = (
            [part.of_all(getattr(each, name)) for part, each in zip(parts, found, strict=True)]
            for name in ("pairs", "beside")
        )
        said = {
            (int(part.rows[a]), int(part.rows[b])): what
            for part, each in zip(parts, found, strict=True)
            for (a, b), what in each.said.items()
        }
        together = in_order(beside, asked.order, len(self.names), self.count, by_kept=False)
        kept = in_order(pairs, asked.order, len(self.names), self.count)
        return LookedAt(kept, together, said, sum(each.not_judged for each in found))

    def _parts(self, asked: ToGroup) -> list[PartAsked]:
        """What is asked, by part; contents that are to stay apart have to be in one."""
        together = forest_of_forests(self.together, forest(*asked.apart.T))
        rows = parts_of(together)
        neighbours = [each for each, _ in handed_out(self.tasks, self.searched, rows)]
        part_of = np.full(self.count, -1, np.int64)
        for number, some in enumerate(rows):
            part_of[some] = number
        order, apart = _split(asked.order, part_of[asked.order], len(rows)), [NONE_APART] * len(rows)
        if len(asked.apart):
            apart = _split(asked.apart, part_of[asked.apart[:, 0]], len(rows))
        return [
            PartAsked(some, near, ToGroup(np.searchsorted(some, first), asked.fixed[some], np.searchsorted(some, two)))
            for some, near, first, two in zip(rows, neighbours, order, apart, strict=True)
        ]


def near_in_parts(work: ToCompare, tasks: Tasks, progress: Progress) -> NearInParts:
    """Who is near whom, by the searches of `dedupe.near.within`, carried out by tasks: the same pairs and the same groups."""
    (pixels,) = equal_pixels(work.contents)
    pixels[~work.used] = -1
    classes, first = np.unique(pixels[pixels >= 0], return_index=True)
    flat = Searched("pixels", pixels, np.flatnonzero(pixels >= 0)[first], np.zeros(len(classes), np.float32))
    searched, limits, forests, notes = [flat], [1.0], [_alike(flat)], list[str]()
    for done, each in enumerate(work.criteria):
        progress("searching", done, len(work.criteria))
        with work.unless_it_fails(each.label):
            one, said = _searched(tasks, each, work.used, work.fixed, work.index)
            forests.append(_together(tasks, one))
            searched.append(one)
            limits.append(each.threshold)
            notes += said
    together = forest_of_forests(*forests)
    return NearInParts(tasks, searched, limits, notes, together, len(work.contents), progress)


def _searched(tasks: Tasks, each: Criterion, usable: Bools, fixed: Bools, index: Which) -> tuple[Searched, list[str]]:
    wanted = to_search(each, usable, fixed)
    found, measured = list[Ref](), list[tuple[str, Ref]]()
    for number, (upright, turned, turn) in enumerate(wanted.sides):
        join, left, right = join_of(turned, upright if number else None, each.metric, each.threshold, index)
        pairs, share = pairs_of(tasks, join, left, right, TURNS.index(turn))
        found += pairs
        if join.misses and share is not None:
            measured.append((join.misses, share))
    shares = tasks.get([share for _, share in measured])
    said = [Crossed(NO_PAIRS, name, share) for (name, _), share in zip(measured, shares, strict=True)]
    return Searched(each.label, wanted.classes, wanted.first, wanted.within, found), recall_notes(each.label, said)


def _alike(one: Searched) -> Forest:
    """What hangs together because it is of one class."""
    rows = np.flatnonzero(one.classes >= 0)
    first = one.first[one.classes[rows]]
    return forest(rows[rows != first], first[rows != first])


def _together(tasks: Tasks, one: Searched) -> Forest:
    """What hangs together by one search."""
    first, step = tasks.put(one.first), components.AT_ONCE
    refs = [
        tasks.call(components.forest_of_pairs, first, *one.pairs[at : at + step])
        for at in range(0, len(one.pairs), step)
    ]
    return components.merged(tasks, [tasks.put(_alike(one)), *refs])


def in_order(found: Sequence[Proposed], order: Ints, names: int, count: int, *, by_kept: bool = True) -> Proposed:
    """The pairs of all parts, in the keep order of the kept one, and then of the member; or of the member alone."""
    none = np.zeros(0, np.int64)
    empty = Proposed(none, none, np.zeros((0, names), np.float32), np.zeros(0, np.uint8))
    every = [empty, *found]
    pairs = Proposed(*(np.concatenate([getattr(each, name) for each in every]) for name in Proposed.__slots__))
    rank = np.zeros(count, np.int64)
    rank[order] = np.arange(len(order))
    by = rank[pairs.right], rank[pairs.left]
    return pairs.of(np.lexsort(by if by_kept else by[:1]))


def _split(values: Ints, part: Ints, parts: int) -> list[Ints]:
    """The values of each part, in their order; those of none, -1, are left out."""
    order = np.argsort(part, kind="stable")
    edges = np.searchsorted(part[order], np.arange(parts + 1))
    return [values[order[first:last]] for first, last in pairwise(edges)]


def _groups(neighbours: Sequence[Neighbours], asked: ToGroup) -> Proposed:
    return group(asked.order, neighbours, asked.fixed, asked.apart)
