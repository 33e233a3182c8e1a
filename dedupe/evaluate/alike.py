"""Pictures that are too alike to be taken for different ones: near pairs that the judge calls copies, or shots of one scene."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from dedupe import config
from dedupe.calibrate import settle
from dedupe.console import counted, shown
from dedupe.describe.choose import Chosen, choose, proposing
from dedupe.describe.gather import Gathered
from dedupe.errors import MetricError
from dedupe.group import NONE_APART, Neighbours, proposed
from dedupe.judge import Asker, groups_and_families
from dedupe.model import Bools, Ints, Matrix, Run
from dedupe.model.judgement import COPIES, KINDS, Judgement
from dedupe.near import criteria, neighbours
from dedupe.plugins import Plugins
from dedupe.report import distance_text, relative

Pair = tuple[int, int]

RELATED = (*COPIES, "similar")
"""Kinds of pictures that have to do with each other: what a distance between unrelated ones is measured on has none of them."""


@dataclass(frozen=True, slots=True)
class Alike:
    """m of n pictures that are copies of others, or other shots of their scenes: `member` and `kept` int64 (m,) are places among
    the n, `kinds` what the two are to each other, `near` how near they are, in words; copies come first, then the nearest.

    Of `not_judged` pairs one picture could not be read again.
    """

    kept: Ints
    member: Ints
    kinds: Sequence[str] = ()
    near: Sequence[str] = ()
    not_judged: int = 0

    def apart(self, n: int) -> Bools:
        """The pictures that are left when all but one of each are taken out, bool (n,)."""
        left = np.ones(n, np.bool_)
        left[self.member] = False
        return left

    def copies(self) -> Alike:
        """Those that are copies."""
        end = sum(kind in COPIES for kind in self.kinds)
        return Alike(self.kept[:end], self.member[:end], self.kinds[:end], self.near[:end], self.not_judged)

    def counts(self) -> dict[str, int]:
        """How many there are of each kind."""
        found = Counter(self.kinds)
        return {kind: found[kind] for kind in KINDS if found[kind]}

    def said(self) -> str:
        """How many there are of each kind, in words."""
        return ", ".join(f"{count:,} {kind}" for kind, count in self.counts().items())

    def named(self, paths: Sequence[bytes], most: int) -> list[str]:
        """The first pairs in words, at most so many; `paths` are those of the n pictures."""
        pairs = zip(self.member.tolist(), self.kept.tolist(), self.kinds, self.near, strict=True)
        return [
            f"{shown(relative(paths[member]))} and {shown(relative(paths[kept]))} ({kind}, {near})"
            for member, kept, kind, near in list(pairs)[:most]
        ]

    def notes(self) -> list[str]:
        """What could not be looked at."""
        if not self.not_judged:
            return []
        return [
            f"{counted(self.not_judged, 'pair', 'pairs')} near each other could not be looked at, and may be copies."
        ]


NONE = Alike(np.zeros(0, np.int64), np.zeros(0, np.int64))


def proposer(loaded: Plugins, chosen: Sequence[Chosen], turns: str = "none") -> Chosen:
    """What proposes pictures to be looked at: always the default descriptor, so that the same ones are left out whatever is
    measured; the first of those at hand where the default's plugin is left out.
    """
    if config.DEFAULT_DESCRIPTOR not in loaded.descriptors:
        return chosen[0]
    return choose(loaded, config.DEFAULT_DESCRIPTOR, (), turns)[0]


def too_alike(
    by: Sequence[tuple[Chosen, Sequence[Matrix]]], found: Gathered, files: Ints, loaded: Plugins, run: Run
) -> Alike:
    """The pictures that a scan that proposes by these descriptors would not call different, of the `files` int64 (n,), whose
    order says which one stays.

    Each descriptor has a Matrix for each of its columns, whose `contents` are places among the n. The user's own calibration
    has no say: this is asked to make one. A descriptor whose metric fails proposes nothing.
    """
    n, chosen = len(files), [each for each, _ in by]
    every = np.ones(n, np.bool_)
    limits = settle(chosen, proposing((), n, chosen), n * (n - 1) // 2, own=False).chosen
    near: list[tuple[Neighbours, float]] = []
    for each, (_, matrices) in zip(limits, by, strict=True):
        try:
            (criterion,) = criteria([each], {each.label: matrices})
            near.append((neighbours(criterion, every, ~every)[0], each.threshold))
        except MetricError:
            continue
    if not near:
        return NONE
    order = np.argsort(files, kind="stable")
    near_by, distances = [each for each, _ in near], [limit for _, limit in near]
    with closing(Asker(found, files, loaded.decoders, run)) as ask:
        said = groups_and_families(order, near_by, distances, ~every, ask, NONE_APART, np.arange(n)).said
    return _alike(related(order, said), said, near_by, distances)


def related(order: Ints, said: Mapping[Pair, Judgement | None]) -> list[Pair]:
    """Of pairs that were judged those of a picture that stays and one that has to do with it, and goes: of the pictures that
    stay no two are of these kinds. `order` int64 (n,) says which comes first.
    """
    earlier: dict[int, list[tuple[int, int]]] = {}
    for (kept, row), what in said.items():
        if what is not None and what.kind in RELATED:
            earlier.setdefault(row, []).append((KINDS.index(what.kind), kept))
    out: dict[int, int] = {}
    for row in order.tolist():
        staying = [(kind, kept) for kind, kept in earlier.get(row, ()) if kept not in out]
        if staying:
            out[row] = min(staying)[1]
    return [(kept, row) for row, kept in out.items()]


def _alike(
    pairs: Sequence[Pair],
    said: Mapping[Pair, Judgement | None],
    near: Sequence[Neighbours],
    limits: Sequence[float],
) -> Alike:
    lost = sum(what is None for what in said.values())
    kept, member = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    kinds = [what.kind for pair in pairs if (what := said[pair]) is not None]
    distance = proposed(kept, member, [each.of(kept, member) for each in near]).distance
    share = np.nanmin(distance / np.array([limit or 1.0 for limit in limits], np.float32), axis=1, initial=np.inf)
    order = np.lexsort((share, [kind not in COPIES for kind in kinds])).tolist()
    words = [
        ", ".join(
            f"{each.name} {distance_text(value)}" for each, value in zip(near, row, strict=True) if value == value
        )
        for row in distance.tolist()
    ]
    return Alike(kept[order], member[order], [kinds[at] for at in order], [words[at] for at in order], lost)
