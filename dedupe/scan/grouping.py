"""Who is near whom to groups of files: by distances alone, or by what a judge says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np

from dedupe.describe.gather import Gathered, stage
from dedupe.engines import GatheredJudge
from dedupe.group import contested
from dedupe.group.keep import before_detail, keep_order
from dedupe.model import Bools, Decoder, Ints, LookedAt, Nearness, Proposed, Rule, Run, ToGroup, ToJudge
from dedupe.model.judgement import COPIES
from dedupe.near import Groups


@dataclass(frozen=True, slots=True)
class Grouped:
    """The groups to list; of all duplicates, variants and other shots how many are of each kind, where a judge was asked; and how
    many pictures it could not look at.
    """

    groups: Groups
    kinds: Mapping[str, int]
    not_judged: int = 0


@dataclass(frozen=True, slots=True)
class Near:
    """Who is near whom among what was gathered, with the files in keep order, int64 (k,), the contents `fixed`, bool (n,), of
    the first `references` roots, pairs of contents that stay `apart`, int64 (m,2), and the files of which none is removed,
    `protected` bool (files,).
    """

    found: Gathered
    nearness: Nearness
    order: Ints
    fixed: Bools
    apart: Ints
    references: int
    rules: Sequence[Rule]
    protected: Bools | None = None

    def contents(self) -> Ints:
        """The contents in keep order, int64 (m,)."""
        rows = self.found.collection.rows[self.order]
        return rows[np.sort(np.unique(rows, return_index=True)[1])]

    def asked(self) -> ToGroup:
        """What the keeper's rule goes by."""
        return ToGroup(self.contents(), self.fixed, self.apart)

    def single(self) -> Bools:
        """The contents of one file, which are not fixed, bool (n,)."""
        rows = self.found.collection.rows
        single: Bools = (np.bincount(rows[rows >= 0], minlength=len(self.fixed)) == 1) & ~self.fixed
        return single

    def equals(self) -> Ints:
        """Numbers of contents, int64 (n,), equal where of two the one may take the place of the other that lacks what it has."""
        rows = self.found.collection.rows[self.order]
        row, at = np.unique(rows, return_index=True)
        found = np.zeros(len(self.fixed), np.int64)
        walk, contents = self.found.walk.files, self.found.collection.contents
        found[row] = before_detail(walk, self.found.collection.rows, contents, self.rules, self.order[at])
        return found

    def groups(self, pairs: Proposed, looked_at: LookedAt | None = None, *, twins: bool = True) -> Groups:
        """Groups of files, of pairs of a kept content and a member."""
        found, names = replace(self.found, memory={}), self.nearness.names
        said = looked_at.said if looked_at else {}
        about = self.fixed, self.references, self.rules, said, twins, self.protected
        return Groups(found, self.order, pairs, names, *about)


def in_keep_order(found: Gathered, nearness: Nearness, references: int, rules: Sequence[Rule]) -> Ints:
    """The files that share a content or are near to another, int64 (k,), best first: those of the first `references` roots."""
    files, rows = found.walk.files, found.collection.rows
    order = keep_order(files, contested(rows, nearness.near_another()), found.collection.contents, rules)
    return order[np.argsort(files.root[order] >= references, kind="stable")]


def by_distance(near: Near) -> Grouped:
    """Groups of which every member is near the kept picture."""
    with stage(near.found.seconds, "group"):
        return Grouped(near.groups(near.nearness.groups(near.asked())), {})


def by_judge(near: Near, listed: Sequence[str], decoders: Sequence[Decoder], run: Run) -> Grouped:
    """Groups of which every member is of one of the kinds `listed`, held against the kept picture."""
    judge = GatheredJudge(near.found, near.found.collection.places, decoders, run)
    with stage(near.found.seconds, "judge"), closing(judge):
        looked_at = near.nearness.looked_at(near.asked(), ToJudge(judge, near.equals(), near.single()))
    with stage(near.found.seconds, "group"):
        groups = near.groups(looked_at.pairs, looked_at)
        kinds = groups.kinds() + Counter(looked_at.kinds_beside())
        if tuple(listed) != COPIES:
            groups = near.groups(looked_at.listed(listed), looked_at, twins="same-bytes" in listed)
    return Grouped(groups, kinds, looked_at.not_judged)
