"""One physical file once: hard links, the same folder by two ways, bind mounts."""

# ruff: noqa: PTH116 -- paths are bytes here, which pathlib does not take

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from dedupe.model import Files, Ints

CHUNK = 1 << 16


def once(files: Files) -> tuple[Files, dict[int, tuple[bytes, ...]]]:
    """Files (sorted by path) without those that are another one's inode, and the links of those that stay.

    The first path in byte order stays, for the root that was given first. The same entry of a folder met by two ways is
    no link. Files whose system gives no inode number are left alone.
    """
    groups = _groups(files)
    if not groups:
        return files, {}
    keep = np.ones(len(files), np.bool_)
    root, sniff = files.root.copy(), files.sniff.copy()
    links: dict[int, tuple[bytes, ...]] = {}
    entries = _Entries()
    for group in groups:
        first = int(group[0])
        keep[group[1:]] = False
        root[first], sniff[first] = np.min(root[group]), np.min(sniff[group])
        others = entries.distinct([files.path(int(i)) for i in group])
        if others:
            links[first] = others
    at = np.cumsum(keep) - 1
    return select(replace(files, root=root, sniff=sniff), np.flatnonzero(keep)), {int(at[i]): links[i] for i in links}


def select(files: Files, rows: Ints) -> Files:
    """Some of the files, in the order of `rows` int64 (k,)."""
    paths = b"".join(_joined_paths(files, rows))
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.diff(files.offsets)[rows])])
    return Files(
        paths,
        offsets,
        files.size[rows],
        files.mtime_ns[rows],
        files.ctime_ns[rows],
        files.device[rows],
        files.inode[rows],
        files.root[rows],
        files.sniff[rows],
        files.held,
        files.members,
        files.labels,
    )


def _joined_paths(files: Files, rows: Ints) -> Iterator[bytes]:
    """The paths of some of the files, some thousand of them at a time: no object is kept for each."""
    for at in range(0, len(rows), CHUNK):
        yield b"".join([files.path(i) for i in rows[at : at + CHUNK].tolist()])


def _groups(files: Files) -> list[Ints]:
    """Rows that share an inode, at least two each, in path order."""
    inodes = np.sort(files.inode)
    if not (inodes[1:] == inodes[:-1]).any():  # by far the most common case, and a sort is cheaper than an argsort
        return []
    order = np.lexsort((files.inode, files.device))
    inode, device = files.inode[order], files.device[order]
    same = (inode[1:] == inode[:-1]) & (device[1:] == device[:-1]) & (inode[1:] != 0)
    starts = np.flatnonzero(np.concatenate([[True], ~same]))
    sizes = np.diff(np.concatenate([starts, [len(order)]]))
    several = sizes > 1
    return [order[a : a + n] for a, n in zip(starts[several].tolist(), sizes[several].tolist(), strict=True)]


class _Entries:
    """Tells the entries of folders apart: two paths are one entry if their folder is the same and the name is."""

    def __init__(self) -> None:
        self._folders: dict[bytes, tuple[int, int] | bytes] = {}

    def distinct(self, paths: Sequence[bytes]) -> tuple[bytes, ...]:
        """The paths that are other entries than the first path, each entry once, in the order given."""
        found: dict[object, bytes] = {}
        for path in paths:
            folder, name = os.path.split(path)
            found.setdefault((self._identity(folder), name), path)
        return tuple(found.values())[1:]

    def _identity(self, folder: bytes) -> tuple[int, int] | bytes:
        if folder not in self._folders:
            try:
                about = os.stat(folder or b".")
                self._folders[folder] = (about.st_dev, about.st_ino)
            except OSError:
                self._folders[folder] = os.path.abspath(folder)
        return self._folders[folder]
