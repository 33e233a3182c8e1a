"""Groups of contents to groups of files, as a struct of arrays that makes each `Group` when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray

from dedupe.describe.gather import FilesAt, Gathered, file_at, files_at
from dedupe.group import Grouping
from dedupe.group.keep import DEFAULT, deciding
from dedupe.model import TURNS, File, Group, Member, Rule
from dedupe.scan.why import together, why

Ints = NDArray[np.int64]


class Groups(Sequence[Group]):
    """Groups of files, those that free most bytes first; `kept` int64 (g,) and `freeable` int64 (g,) are a row a group.

    `members` int64 (m,) are file indices; those of group i are members[starts[i]:starts[i+1]], nearest first;
    `distance` float32 (m, names) is NaN where a descriptor does not match, `turn` uint8 (m,), `copy` bool (m,); `decided`
    int64 (m,) is the place of the rule by which the kept one is kept, -1 for a reference.
    """

    def __init__(
        self,
        found: Gathered,
        rows: Ints,
        grouping: Grouping,
        names: Sequence[str],
        kept: Ints,
        member: Ints,
        rules: Sequence[Rule],
        references: int,
    ) -> None:
        files = found.walk.files
        self._found, self._rows, self._names = found, rows, names
        self.copy = rows[kept] == rows[member]
        self.distance, self.turn = _matches(grouping, rows[member], self.copy)
        nearest = np.nanmin(
            np.where(self.copy[:, None], -1, np.where(np.isnan(self.distance), np.inf, self.distance)), axis=1
        )
        freed = (
            np.bincount(kept, np.where(files.in_memory, 0, files.size)[member], len(files)).astype(np.int64)
            if len(kept)
            else np.zeros(len(files), np.int64)
        )
        best = np.lexsort((member, nearest, kept, -freed[kept]))
        self.members, self.copy = member[best], self.copy[best]
        self.distance, self.turn = self.distance[best], self.turn[best]
        self.starts = np.append(np.flatnonzero(np.diff(kept[best], prepend=-1)), len(member))
        self.kept = kept[best][self.starts[:-1]]
        self.freeable = freed[self.kept]
        self._rules = [*rules, *DEFAULT]
        self.decided = deciding(files, rows, found.collection.contents, rules, kept[best], self.members)
        self.decided[files.root[kept[best]] < references] = -1

    def __len__(self) -> int:
        return len(self.kept)

    @overload
    def __getitem__(self, index: int) -> Group: ...
    @overload
    def __getitem__(self, index: slice) -> list[Group]: ...
    def __getitem__(self, index: int | slice) -> Group | list[Group]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        i = index % len(self)
        places = range(self.starts[i], self.starts[i + 1])
        kept = file_at(self._found, self._rows, int(self.kept[i]))
        files = list(files_at(self._found, self._rows, self.members[places.start : places.stop]))
        decided = self.decided[places.start : places.stop].tolist()
        reasons = [self._why(number, kept, file) for number, file in zip(decided, files, strict=True)]
        members = tuple(map(self._member, places, files, (lost for _, lost in reasons)))
        return Group(kept, members, together(zip(decided, (won for won, _ in reasons), strict=True)))

    def _why(self, decided: int, kept: File, member: File) -> tuple[str, str]:
        return why(self._rules[decided] if decided >= 0 else None, kept, member)

    def _member(self, at: int, file: File, lost: str) -> Member:
        if self.copy[at]:
            names = (name for name in self._names if name != "pixels")
            return Member(file, dict.fromkeys(names, 0.0), kind="same-bytes", why=lost)
        row = self.distance[at].tolist()
        distance = {name: value for name, value in zip(self._names, row, strict=True) if value == value}
        return Member(file, distance, TURNS[self.turn[at]], why=lost)


def expand(
    found: Gathered,
    order: Ints,
    rows: Ints,
    grouping: Grouping,
    names: Sequence[str],
    fixed: NDArray[np.bool_],
    references: int,
    rules: Sequence[Rule] = (),
) -> Groups:
    """Groups of rows to groups of files: copies of a content stand together, and references are only ever kept.

    `order` are file indices, best to keep first; `rows` int64 (files,) their contents; files of the first
    `references` roots are references, `fixed` bool (contents,) the contents that have one; `rules` are the user's, by which
    `order` was made.
    """
    owner = np.arange(len(fixed), dtype=np.int64)
    owner[grouping.member] = grouping.kept
    group = owner[rows[order]]
    best = np.full(len(fixed), -1, np.int64)
    best[rows[order][::-1]] = order[::-1]
    kept = best[group]
    movable = (kept != order) & ~(fixed[group] & (found.walk.files.root[order] < references))
    return Groups(found, rows, grouping, names, kept[movable], order[movable], rules, references)


def standing(found: Gathered, rows: Ints, groups: Groups, references: int) -> list[FilesAt]:
    """The kept files and those in no group, of the first `references` roots neither, and those of these roots in no group."""
    used, own = rows >= 0, found.walk.files.root >= references
    kept, member = np.zeros(len(rows), np.bool_), np.zeros(len(rows), np.bool_)
    kept[groups.kept], member[groups.members] = True, True
    alone = used & ~kept & ~member
    return [FilesAt(found, rows, np.flatnonzero(each)) for each in (kept & own, alone & own, alone & ~own)]


def _matches(
    grouping: Grouping, member: Ints, copy: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Each file's distances and turn to its kept one, by its content's row; 0 and upright for copies."""
    by_row = np.argsort(grouping.member)
    distance = np.zeros((len(member), grouping.distance.shape[1]), np.float32)
    turn = np.zeros(len(member), np.uint8)
    at = by_row[np.searchsorted(grouping.member, member[~copy], sorter=by_row)]
    distance[~copy], turn[~copy] = grouping.distance[at], grouping.turn[at]
    return distance, turn
