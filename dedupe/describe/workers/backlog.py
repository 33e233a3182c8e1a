"""The files that no worker has yet, cut into tasks: large ones at first, small ones towards the end."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe.describe.workers.shapes import FilesTask
from dedupe.model import Batch, Files, Ints

FILES = 256
COPIES = 8
PATH_BYTES = 16 << 10
"""Files of a task, copies that it may have beyond them, and bytes of paths: two tasks fit into a pipe, so that sending never
waits.
"""

ALONE = 64
"""Less work than so many small files are is not worth a second worker."""

BYTES, PIXELS = 128 << 10, 1 << 19
"""So many bytes that are read, or pixels that are decoded, are as much work as a small file."""


class Backlog:
    """Files by their position in `index`, in that order; those that came back from a dead worker go first."""

    def __init__(self, files: Files, index: Ints, need: NDArray[np.object_] | None, columns: int, workers: int) -> None:
        self._files, self._index, self._need, self._all = files, index, need, (1 << columns) - 1
        self._next = 0
        self._again: deque[tuple[list[int], bool]] = deque()
        self._mean = int(files.size[index].sum()) / BYTES / len(index)
        self.most = min(workers, len(index))
        """How many workers there may be."""

    def path(self, position: int) -> bytes:
        """A file's path."""
        return self._files.path(int(self._index[position]))

    def workers(self, done: Batch | None = None) -> int:
        """How many workers the files that are left are worth, by their bytes and by the pixels of those that are done."""
        mean = self._mean
        if done is not None and done.decoded.any():
            made = done.contents[done.decoded]
            mean = max(mean, float((made["width"] * made["height"].astype(np.float64)).mean()) / PIXELS)
        left = len(self._index) - self._next
        return self.most if left * (1 + mean) >= ALONE else 1

    def again(self, positions: list[int], single: bool) -> None:
        """Takes files back; with `single` each is to be described on its own."""
        self._again.extend((positions[at : at + FILES], single) for at in range(0, len(positions), FILES))

    def task(self) -> FilesTask | None:
        """The next task, or None."""
        if self._again:
            return self._task(*self._again.popleft())
        fresh = len(self._index) - self._next
        if not fresh:
            return None
        size = FILES if self.most == 1 else min(FILES, max(1, fresh // (3 * self.most)))
        end = end_of_copies(self._files.size, self._index, min(self._next + size, len(self._index)))
        positions = self._fitting(range(self._next, end))
        self._next += len(positions)
        return self._task(positions, False)

    def _fitting(self, positions: range) -> list[int]:
        """As many of the positions as have room for their paths, at least one."""
        room = PATH_BYTES
        for count, position in enumerate(positions):
            room -= len(self.path(position))
            if room < 0 and count:
                return list(positions[:count])
        return list(positions)

    def _task(self, positions: list[int], single: bool) -> FilesTask:
        index = self._index[positions]
        need = [self._all] * len(index) if self._need is None else self._need[positions].tolist()
        paths, files = [self.path(position) for position in positions], self._files
        identity: list[Any] = np.stack([files.device[index], files.inode[index]], axis=1).tolist()
        return FilesTask(positions, paths, files.sniff[index].tolist(), [(d, i) for d, i in identity], need, single)


def end_of_copies(size: Ints, index: Ints, end: int) -> int:
    """Where files that would end at `end` are ended, so that a few of equal size stay together; `size` int64 (n,) are the bytes
    of all files, `index` int64 (k,) those in question.
    """
    sizes = size[index[end - 1 : end + COPIES]]
    return end + int(np.argmin(np.append(sizes[1:] == sizes[0], False)))
