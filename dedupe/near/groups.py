"""Groups of files, as a struct of arrays that makes each group when it is asked for."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar, overload

import numpy as np

from dedupe.describe.gather import Gathered
from dedupe.describe.shown import FilesAt, files_at
from dedupe.group.keep import DEFAULT, deciding
from dedupe.model import TURNS, Bools, File, Floats, Group, Ints, Member, Proposed, Rule
from dedupe.model.judgement import COPIES, REMOVED, Judgement
from dedupe.near.why import LACKING, NOTHING_MORE, joined, together, why

G = TypeVar("G")

REFERENCE = -1
"""In place of the rule by which a picture is kept."""


class FileGroups(Sequence[G]):
    """Groups of files; `kept` int64 (g,) are file indices, and so are `members` int64 (m,) and `owner` int64 (m,), the kept file
    of each member.

    Those of group i are members[starts[i]:starts[i+1]], copies of the kept file first, then nearest first.
    """

    def __init__(
        self, owner: Ints, members: Ints, pairs: Proposed, pair: Ints, names: Sequence[str], *before: Ints
    ) -> None:
        """`pair` int64 (m,) is the place among the pairs of each member with its kept file, -1 for copies, `names` those of
        their distances; groups come in the order of `before` int64 (m,), one value a group, and then of the kept files.
        """
        nearest = np.append(np.nanmin(pairs.distance, axis=1, initial=np.inf), -1)[pair]
        order = np.lexsort((members, nearest, owner, *before))
        self.owner, self.members = owner[order], members[order]
        self.starts = np.append(np.flatnonzero(np.diff(self.owner, prepend=-1)), len(order))
        self.kept = self.owner[self.starts[:-1]]
        self._pairs, self._pair, self._names = pairs, pair[order], names

    def __len__(self) -> int:
        return len(self.kept)

    @overload
    def __getitem__(self, index: int) -> G: ...
    @overload
    def __getitem__(self, index: slice) -> list[G]: ...
    def __getitem__(self, index: int | slice) -> G | list[G]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        i = index % len(self)
        return self.group(int(self.kept[i]), range(self.starts[i], self.starts[i + 1]))

    @abstractmethod
    def group(self, kept: int, members: range) -> G:
        """The group of a kept file, and of the members with these numbers."""

    def match(self, member: int) -> tuple[dict[str, float], str, str | None]:
        """Distance by name, turn and kind of a member."""
        pair = self._pair[member]
        if pair < 0:
            return dict.fromkeys((name for name in self._names if name != "pixels"), 0.0), "none", "same-bytes"
        return by_name(self._names, self._pairs.distance[pair]), TURNS[self._pairs.turn[pair]], None


def by_name(names: Sequence[str], distance: Floats) -> dict[str, float]:
    """The distances (names,) of a pair by the descriptors that take it for near."""
    return {name: value for name, value in zip(names, distance.tolist(), strict=True) if value == value}


class Groups(FileGroups[Group]):
    """Those that free most bytes come first; `freeable` int64 (g,) is how many; `duplicates` are the members that are copies, of
    which so many are `protected`.
    """

    def __init__(
        self,
        found: Gathered,
        order: Ints,
        pairs: Proposed,
        names: Sequence[str],
        fixed: Bools,
        references: int,
        rules: Sequence[Rule] = (),
        said: Mapping[tuple[int, int], Judgement] | None = None,
        twins: bool = True,
        protected: Bools | None = None,
    ) -> None:
        """Made of pairs of a kept content and a member: copies of a content stand together, and references are only ever kept.

        `order` are file indices, best to keep first, as the user's `rules` have it; files of the first `references` roots are
        references, `fixed` bool (contents,) the contents that have one; `said` is what a judge said of pairs of contents: what
        it does not call a copy is no duplicate and frees nothing. Without `twins` files of equal bytes are left out. Those
        `protected`, bool (files,), free nothing.
        """
        self._found, rows = found, found.collection.rows
        owner, pair = np.arange(len(fixed)), np.full(len(fixed), -1, np.int64)
        owner[pairs.right], pair[pairs.right] = pairs.left, np.arange(len(pairs))
        best = np.full(len(fixed), -1, np.int64)
        best[rows[order][::-1]] = order[::-1]
        group = owner[rows[order]]
        kept = best[group]
        movable = (kept != order) & ~(fixed[group] & (found.walk.files.root[order] < references))
        if not twins:
            movable &= pair[rows[order]] >= 0
        kept, members = kept[movable], order[movable]
        files, freed = found.walk.files, np.zeros(len(rows), np.int64)
        self._protected = np.zeros(len(rows), np.bool_) if protected is None else protected
        stays = files.no_file[members] | self._protected[members]
        stays |= np.isin(members, np.fromiter(found.walk.links, np.int64))  # its bytes have other names
        copy = np.append(_copies(pairs, said or {}), True)[pair[rows[members]]]
        np.add.at(freed, kept, np.where(copy & ~stays, files.size[members], 0))
        super().__init__(kept, members, pairs, pair[rows[members]], names, -freed[kept])
        self.freeable, self.duplicates = freed[self.kept], int(copy.sum())
        self.protected = int((copy & self._protected[members]).sum())
        self._rules, self._said = [*rules, *DEFAULT], said or {}
        self._detail = [rule.name for rule in self._rules].index("detail")
        rank = np.zeros(len(rows), np.int64)
        rank[order] = np.arange(len(order))
        self._exchanged = rank[self.owner] > rank[self.members]
        self._decided = deciding(files, rows, found.collection.contents, rules, self.owner, self.members)
        self._decided[files.root[self.owner] < references] = REFERENCE

    def group(self, kept: int, members: range) -> Group:
        """Made of the files as they are shown, with words for why each is kept or not."""
        places = slice(members.start, members.stop)
        best, *files = self._files(np.append(kept, self.members[places]))
        reasons = [self._why(at, best, file) for at, file in zip(members, files, strict=True)]
        lost = [self._member(at, file, why) for at, file, (_, _, why) in zip(members, files, reasons, strict=True)]
        return Group(best, tuple(lost), together((number, won) for number, won, _ in reasons))

    def _files(self, indices: Ints) -> list[File]:
        files = files_at(self._found, self._found.collection.rows, indices)
        marks = self._protected[indices].tolist()
        return [replace(file, protected=True) if mark else file for file, mark in zip(files, marks, strict=True)]

    def _member(self, at: int, file: File, why: str) -> Member:
        distance, turn, kind = self.match(at)
        said = self._said_of(int(self._pair[at]))
        if said is None:
            return Member(file, distance, turn, kind, why)
        if said.kind not in COPIES:
            return Member(file, distance, turn, said.kind, said.why, said.box)
        seen = said.kind, joined(said.why, why), said.box, said.holder
        return Member(file, distance, said.turned(turn), *seen)

    def _why(self, at: int, kept: File, member: File) -> tuple[int, str, str]:
        """The number of the rule that tells a member from its kept one, and in words why the one is kept and the other is not."""
        decided, said = int(self._decided[at]), self._said_of(int(self._pair[at]))
        if decided == REFERENCE:
            return decided, *why(None, kept, member)
        lacks = None if said is None or decided < self._detail else said.lacks
        if lacks is not None and lacks.side == "b":
            return self._detail, *LACKING[lacks.what]
        if self._exchanged[at]:  # it stands before the kept one, but not before the picture whose place that took
            return self._detail, "", NOTHING_MORE
        return decided, *why(self._rules[decided], kept, member)

    def kinds(self) -> Counter[str]:
        """How many members are of each kind, of those of which it is known."""
        found: Counter[str] = Counter()
        for pair, count in zip(*(each.tolist() for each in np.unique(self._pair, return_counts=True)), strict=True):
            said = self._said_of(pair)
            if pair < 0 or said is not None:
                found["same-bytes" if said is None else said.kind] += count
        return found

    def equal(self) -> Bools:
        """Which members are copies that lose nothing, bool (m,): of equal bytes, or of the kinds that a plan removes."""
        said = [self._said_of(pair) for pair in self._pair.tolist()]
        return (self._pair < 0) | np.array([one is not None and one.kind in REMOVED for one in said], np.bool_)

    def _said_of(self, pair: int) -> Judgement | None:
        """What a judge said of a pair, by its place; of copies of one content (-1) it is not asked."""
        return None if pair < 0 else self._said.get((int(self._pairs.left[pair]), int(self._pairs.right[pair])))


def _copies(pairs: Proposed, said: Mapping[tuple[int, int], Judgement]) -> Bools:
    """Which pairs a judge does not call something else than copies, bool (m,)."""
    copy = np.ones(len(pairs), np.bool_)
    if said:
        rows = zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)
        copy[:] = [pair not in said or said[pair].kind in COPIES for pair in rows]
    return copy


def standing(found: Gathered, groups: Groups, references: int) -> list[FilesAt]:
    """The kept files and those in no group, of the first `references` roots neither, and those of these roots in no group."""
    rows, own = found.collection.rows, found.walk.files.root >= references
    kept, member = np.zeros(len(rows), np.bool_), np.zeros(len(rows), np.bool_)
    kept[groups.kept], member[groups.members] = True, True
    alone = (rows >= 0) & ~kept & ~member
    return [FilesAt(found, rows, np.flatnonzero(each)) for each in (kept & own, alone & own, alone & ~own)]
