"""Pairs of contents to groups of files: a training picture, and the test pictures that match it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dedupe.describe.shown import FilesAt, file_at, files_at
from dedupe.leak.sides import Sides
from dedupe.model import Proposed
from dedupe.model.leaks import Leaked, LeakGroup, differ
from dedupe.near import FileGroups, equal_bytes, having


class LeakGroups(FileGroups[LeakGroup]):
    """In the order of the training files, which are kept, those first that match a test picture under another label; a test
    picture is in the group of each that it matches.
    """

    def __init__(self, both: Sides, pairs: Proposed, names: Sequence[str]) -> None:
        self._train, self._test = both.train, both.test
        train, test = both.train.found.collection, both.test.found.collection
        at, kept = having(train.rows, pairs.left)
        which, members = having(test.rows, pairs.right[at])
        mine, other = equal_bytes(train.contents, test.contents)
        pair = np.where(mine[pairs.left] == other[pairs.right], -1, np.arange(len(pairs)))
        owner = kept[which]
        alike = ~np.isin(owner, owner[self._crossing(owner, members)])
        super().__init__(owner, members, pairs, pair[at[which]], names, alike.astype(np.int64))

    @property
    def crossing(self) -> NDArray[np.bool_]:
        """Which matches join two labels, bool (m,)."""
        return self._crossing(self.owner, self.members)

    def _crossing(self, owner: NDArray[np.int64], members: NDArray[np.int64]) -> NDArray[np.bool_]:
        train, test = self._train.labels, self._test.labels
        joined = zip(owner.tolist(), members.tolist(), strict=True)
        return np.array([differ(train[a], test[b]) for a, b in joined], np.bool_)

    def clean(self) -> FilesAt:
        """The test pictures that are in no group."""
        rows = self._test.found.collection.rows
        rest = rows >= 0
        rest[self.members] = False
        return FilesAt(self._test.found, rows, np.flatnonzero(rest))

    def group(self, kept: int, members: range) -> LeakGroup:
        """Made of the files as they are shown."""
        train, test = self._train.found, self._test.found
        shown = files_at(test, test.collection.rows, self.members[members.start : members.stop])
        leaked = (
            Leaked(file, self._test.labels[int(self.members[at])], *self.match(at))
            for file, at in zip(shown, members, strict=True)
        )
        return LeakGroup(file_at(train, train.collection.rows, kept), self._train.labels[kept], tuple(leaked))
