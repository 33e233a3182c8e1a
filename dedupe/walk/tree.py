"""One folder tree, without recursion, in path order."""

# ruff: noqa: PTH116 -- paths are bytes here, which pathlib does not take

from __future__ import annotations

import os
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from struct import error

from dedupe.walk.found import FoundFiles, pack
from dedupe.walk.rules import Rules, skipped

_SEPARATOR = os.fsencode(os.sep)
_WINDOWS = os.name == "nt"
_APPLE_DOUBLE = b"._"
"""How the files begin in which macOS keeps what other file systems do not hold; they have their picture's suffix."""


@dataclass(slots=True)
class _Run:
    """Files of one folder that follow each other in path order: their names and their rows."""

    prefix: bytes
    names: list[bytes]
    rows: Sequence[int]


@dataclass(slots=True)
class _Folder:
    """A folder still to be listed; a muted one is a root of its own, and what is left out is counted there."""

    path: bytes
    muted: bool = False


class Tree:
    """Walks folder after folder into `found`; `roots` are all that will be walked, by (device, inode)."""

    def __init__(self, found: FoundFiles, rules: Rules, roots: Mapping[tuple[int, int], object]) -> None:
        self._found, self._rules, self._roots = found, rules, roots
        self._inodes = {inode for _, inode in roots} if len(roots) > 1 else frozenset()
        self._cut = 0  # how much of a path is its root

    def walk(self, root: bytes) -> None:
        """Walks one root: a stack of folders still to be listed and of files still to be emitted."""
        self._cut = len(_prefix(root))
        stack: list[_Run | _Folder] = [_Folder(root)]
        while stack:
            item = stack.pop()
            if isinstance(item, _Run):
                self._found.emit(item.prefix, item.names, item.rows)
            elif item.muted:
                stack.extend(reversed(self._silently(item)))
            else:
                stack.extend(reversed(self._list(item)))

    def _silently(self, folder: _Folder) -> list[_Run | _Folder]:
        """Lists a folder without counting what is left out."""
        found = self._found
        counted = found.others, found.suffixes, found.failures
        found.others, found.suffixes, found.failures = Counter(), Counter(), []
        try:
            return self._list(folder)
        finally:
            found.others, found.suffixes, found.failures = counted

    def _list(self, folder: _Folder) -> list[_Run | _Folder]:
        """Lists one folder: runs of its files and the folders below it, in path order."""
        names: list[bytes] = []
        below: dict[bytes, _Folder] = {}
        first = self._found.rows()
        try:
            with os.scandir(folder.path) as entries:
                self._entries(entries, folder, names, below)
        except OSError as error:
            self._found.fail(folder.path, error, "folder")
        return list(_in_order(_prefix(folder.path), names, first, below))

    def _entries(
        self, entries: Iterable[os.DirEntry[bytes]], folder: _Folder, names: list[bytes], below: dict[bytes, _Folder]
    ) -> None:
        """The loop that every file goes through; whatever is not plainly a candidate is left to `_odd`."""
        suffixes, plain, least = self._rules.suffixes, self._rules.plain, self._rules.options.min_size
        stats, take = self._found.stats, names.append
        for entry in entries:
            name = entry.name
            dot = name.rfind(b".")
            if plain and dot > 0 and suffixes[name[dot:]] and name[:2] != _APPLE_DOUBLE:
                try:
                    at = entry.stat(follow_symlinks=False)
                    size = at.st_size
                    if at.st_mode & 0o170000 == 0o100000 and size >= least and not _WINDOWS:
                        stats += pack(size, at.st_mtime_ns, at.st_ctime_ns, at.st_dev, at.st_ino, 0)
                        take(name)
                        continue
                except (OSError, error):
                    pass  # looked at again, at leisure
            self._odd(entry, folder, names, below)

    def _odd(self, entry: os.DirEntry[bytes], folder: _Folder, names: list[bytes], below: dict[bytes, _Folder]) -> None:
        """A folder, a file without a suffix of ours, or something that is only counted."""
        try:
            is_folder = entry.is_dir(follow_symlinks=False)
            if entry.name.startswith(_APPLE_DOUBLE) and entry.is_file(follow_symlinks=False):
                return
            why = self._why_not(entry, is_folder)
            if why:
                self._found.leave_out(entry.name, why)
            elif is_folder:
                below[entry.name + _SEPARATOR] = _Folder(entry.path, folder.muted or self._is_root(entry))
            else:
                self._found.take(_lstat(entry), not self._rules.ours(entry.name))
                names.append(entry.name)
        except OSError as error:
            self._found.fail(entry.path, error, "file")

    def _why_not(self, entry: os.DirEntry[bytes], is_folder: bool) -> str:
        """Why an entry is left out, or nothing."""
        if self._rules.excludes(entry.path, is_folder, self._cut):
            return "excluded"
        if is_folder:
            if skipped(entry.name, entry.path):
                return "skipped folders"
            return "" if self._rules.options.recursive else "folders not entered"
        if entry.is_symlink():
            return "symlinks"
        if not entry.is_file(follow_symlinks=False):
            return "special files"
        return self._rules.refuses(entry.name, lambda: _lstat(entry).st_size)

    def _is_root(self, entry: os.DirEntry[bytes]) -> bool:
        if entry.inode() not in self._inodes:  # known without asking the file system again
            return False
        about = os.stat(entry.path)
        return (about.st_dev, about.st_ino) in self._roots


def _lstat(entry: os.DirEntry[bytes]) -> os.stat_result:
    """What lstat says; on Windows the folder's listing leaves out the inode, so that the file itself is asked."""
    return os.lstat(entry.path) if _WINDOWS else entry.stat(follow_symlinks=False)


def _prefix(folder: bytes) -> bytes:
    """What the paths of a folder's files begin with."""
    return folder if folder.endswith(_SEPARATOR) else folder + _SEPARATOR


def _in_order(prefix: bytes, names: list[bytes], first: int, below: dict[bytes, _Folder]) -> Iterator[_Run | _Folder]:
    """Runs of files (rows from `first` on) and folders, so that their paths come out in byte order.

    A folder sorts as its name with the separator: the paths below it stand where that string would.
    """
    order = sorted(range(len(names)), key=names.__getitem__)
    names = [names[i] for i in order]
    rows = [first + i for i in order]
    start = 0
    for key in sorted(below):
        stop = bisect_left(names, key, start)
        if stop > start:
            yield _Run(prefix, names[start:stop], rows[start:stop])
        yield below[key]
        start = stop
    if start < len(names):
        yield _Run(prefix, names[start:], rows[start:])
