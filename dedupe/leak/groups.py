"""Pairs of contents to groups of files with labels: a training picture and its test pictures, or a picture of one set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import numpy as np

from dedupe.describe.shown import FilesAt, file_at, files_at
from dedupe.leak.sides import Labels, Side, Sides
from dedupe.model import Bools, Ints, Proposed
from dedupe.model.judgement import Judgement
from dedupe.model.leaks import Leaked, LeakGroup, differ
from dedupe.near import FileGroups, Groups, equal_bytes, having


class LeakGroups(FileGroups[LeakGroup]):
    """In the order of the training files, which are kept, those first that match a test picture under another label; a test
    picture is in the group of each that it matches.
    """

    def __init__(self, both: Sides, pairs: Proposed, names: Sequence[str], said: Sequence[Judgement] = ()) -> None:
        """`said` is what a judge said of each of the pairs, nothing where none was asked."""
        self._train, self._test, self._said = both.train, both.test, said
        train, test = both.train.found.collection, both.test.found.collection
        at, kept = having(train.rows, pairs.left)
        which, members = having(test.rows, pairs.right[at])
        mine, other = equal_bytes(train.contents, test.contents)
        pair = np.where(mine[pairs.left] == other[pairs.right], -1, np.arange(len(pairs)))
        owner = kept[which]
        alike = ~np.isin(owner, owner[_crossing(owner, members, both.train.labels, both.test.labels)])
        super().__init__(owner, members, pairs, pair[at[which]], names, alike.astype(np.int64))

    @property
    def crossing(self) -> Bools:
        """Which matches join two labels, bool (m,)."""
        return _crossing(self.owner, self.members, self._train.labels, self._test.labels)

    def clean(self) -> FilesAt:
        """The test pictures that are in no group."""
        return _others(self._test, self.members)

    def group(self, kept: int, members: range) -> LeakGroup:
        """Made of the files as they are shown."""
        train, test = self._train.found, self._test.found
        shown = files_at(test, test.collection.rows, self.members[members.start : members.stop])
        leaked = (
            self._leaked(at, Leaked(file, self._test.labels[int(self.members[at])], *self.match(at)))
            for file, at in zip(shown, members, strict=True)
        )
        return LeakGroup(file_at(train, train.collection.rows, kept), self._train.labels[kept], tuple(leaked))

    def _leaked(self, member: int, one: Leaked) -> Leaked:
        pair = int(self._pair[member])
        if pair < 0 or not self._said:
            return one
        said = self._said[pair]
        return Leaked(
            one.file, one.label, one.distance, said.turned(one.turn), said.kind, said.why, said.box, said.holder
        )


class LabelledGroups(Sequence[LeakGroup]):
    """The groups of a scan of one set, those with two labels first."""

    def __init__(self, groups: Groups, side: Side) -> None:
        self._groups, self._side = groups, side
        self.members, self.owner = groups.members, groups.owner
        crossing = np.isin(groups.kept, groups.owner[self.crossing])
        self._order = np.argsort(~crossing, kind="stable")

    @property
    def crossing(self) -> Bools:
        """Which members stand under another label than the kept picture, bool (m,)."""
        return _crossing(self.owner, self.members, self._side.labels, self._side.labels)

    def clean(self) -> FilesAt:
        """The pictures that are kept or in no group."""
        return _others(self._side, self.members)

    def __len__(self) -> int:
        return len(self._groups)

    @overload
    def __getitem__(self, index: int) -> LeakGroup: ...
    @overload
    def __getitem__(self, index: slice) -> list[LeakGroup]: ...
    def __getitem__(self, index: int | slice) -> LeakGroup | list[LeakGroup]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        place = int(self._order[index])
        group, labels, starts = self._groups[place], self._side.labels, self._groups.starts
        files = self.members[starts[place] : starts[place + 1]].tolist()
        members = tuple(
            Leaked(one.file, labels[file], one.distance, one.turn, one.kind, one.why, one.box, one.contains)
            for file, one in zip(files, group.members, strict=True)
        )
        return LeakGroup(group.kept, labels[int(self._groups.kept[place])], members)


def _crossing(owner: Ints, members: Ints, mine: Labels, other: Labels) -> Bools:
    """Which members, by file, stand under another label than the files that own them."""
    joined = zip(owner.tolist(), members.tolist(), strict=True)
    return np.array([differ(mine[a], other[b]) for a, b in joined], np.bool_)


def _others(side: Side, members: Ints) -> FilesAt:
    rows = side.found.collection.rows
    rest = rows >= 0
    rest[members] = False
    return FilesAt(side.found, rows, np.flatnonzero(rest))
