"""The files that no worker has yet, cut into tasks: large ones at first, small ones towards the end."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe.model import Files
from dedupe.workers.shapes import Ints, Task

FILES = 256
COPIES = 8
PATH_BYTES = 16 << 10
"""Files of a task, copies that it may have beyond them, and bytes of paths: two tasks fit into a pipe, so that sending never
waits.
"""


class Backlog:
    """Files by their position in `index`, in that order; those that came back from a dead worker go first."""

    def __init__(
        self,
        paths: Sequence[bytes] | Files,
        index: Ints,
        need: NDArray[np.object_] | None,
        columns: int,
        workers: int,
    ) -> None:
        self._files = paths if isinstance(paths, Files) else None
        self.path = paths.path if isinstance(paths, Files) else paths.__getitem__
        self._index, self._need, self._all, self._workers = index, need, (1 << columns) - 1, workers
        self._next = 0
        self._again: deque[tuple[list[int], bool]] = deque()

    @property
    def left(self) -> int:
        """How many files are still to be handed out."""
        return len(self._index) - self._next + sum(len(positions) for positions, _ in self._again)

    def again(self, positions: list[int], single: bool) -> None:
        """Takes files back; with `single` each is to be described on its own."""
        self._again.extend((positions[at : at + FILES], single) for at in range(0, len(positions), FILES))

    def task(self) -> tuple[Task, list[int]] | None:
        """The next task and the positions of its files, or None."""
        if self._again:
            positions, single = self._again.popleft()
            return self._task(positions, single), positions
        fresh = len(self._index) - self._next
        if not fresh:
            return None
        size = FILES if self._workers == 1 else min(FILES, max(1, fresh // (3 * self._workers)))
        positions = self._fitting(range(self._next, self._end(min(self._next + size, len(self._index)))))
        self._next += len(positions)
        return self._task(positions, False), positions

    def _end(self, end: int) -> int:
        """Where a task ends that would end there: files of equal size, which may be copies, are not parted if they are few."""
        if self._files is None:
            return end
        sizes = self._files.size[self._index[end - 1 : end + COPIES]]
        return end + int(np.argmin(np.append(sizes[1:] == sizes[0], False)))

    def _fitting(self, positions: range) -> list[int]:
        """As many of the positions as have room for their paths, at least one."""
        room = PATH_BYTES
        for count, position in enumerate(positions):
            room -= len(self.path(int(self._index[position])))
            if room < 0 and count:
                return list(positions[:count])
        return list(positions)

    def _task(self, positions: list[int], single: bool) -> Task:
        index: list[int] = self._index[positions].tolist()
        need = [self._all] * len(index) if self._need is None else self._need[positions].tolist()
        paths, files = [self.path(i) for i in index], self._files
        if files is None:
            return Task(index, paths, [False] * len(index), None, need, single)
        identity: list[Any] = np.stack([files.device[index], files.inode[index]], axis=1).tolist()
        return Task(index, paths, files.sniff[index].tolist(), [(d, i) for d, i in identity], need, single)
