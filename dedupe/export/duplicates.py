"""Which pictures are left out of an export: by file, and by container."""

# ruff: noqa: PTH116 -- paths are bytes here, which pathlib does not take

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable

from dedupe.errors import DedupeError
from dedupe.model import Container, File, Group
from dedupe.model.containers import ADDRESS
from dedupe.model.judgement import REMOVED
from dedupe.model.leaks import differ
from dedupe.model.results import Stat
from dedupe.walk.found import held_identity, held_time

_CHANGED = "%s %s since it was scanned, so nothing was exported; scan it again."


class Duplicates:
    """The duplicates of groups, by where they are; `folder` is the one that relative paths begin in. So many of them have an
    `other_label` than the kept picture or, where one of the two has none, stand in an `other_folder`.
    """

    def __init__(self, groups: Iterable[Group], folder: bytes) -> None:
        self._files: dict[bytes, File] = {}
        self._inside: defaultdict[bytes, dict[int, File]] = defaultdict(dict)
        self._kept: dict[bytes, Stat | None] = {}
        self.other_label = self.other_folder = 0
        for group in groups:
            out = [one.file for one in group.members if one.kind in REMOVED and not one.file.protected]
            for file in out:
                self._add(file, folder)
                self._count(group.kept, file)
            if out and not _is_at_address(group.kept):
                within = group.kept.within
                self._kept[os.path.join(folder, within.container if within else group.kept.path)] = group.kept.stat

    def _add(self, file: File, folder: bytes) -> None:
        if file.within is None:
            for path in (file.path, *file.links):
                self._files[real(os.path.join(folder, path))] = file
        else:
            self._inside[real(os.path.join(folder, file.within.container))][file.within.offset] = file

    def _count(self, kept: File, file: File) -> None:
        mine, other = label_of(kept), label_of(file)
        self.other_label += differ(mine, other)
        self.other_folder += (mine is None or other is None) and _folder(kept) != _folder(file)

    def refuse_changed(self) -> None:
        """Raises DedupeError where a kept picture, for which others are left out, is no longer what was looked at; what is at
        an address is not asked for again.
        """
        for path, before in self._kept.items():
            try:
                now = os.stat(path)
            except OSError:
                raise DedupeError(_CHANGED % (os.fsdecode(path), "is gone")) from None
            _refuse_other(before, Stat(*held_identity(now), *held_time(now)), path)

    def has(self, path: bytes, found: os.stat_result) -> bool:
        """Whether a file is one. Raises DedupeError where it is no longer what was looked at."""
        file = self._files.get(path)
        if file is None:
            return False
        _refuse_other(file.stat, Stat(*held_identity(found), *held_time(found)), path)
        return True

    def inside(self, container: Container) -> frozenset[int]:
        """The offsets of those in a container. Raises DedupeError where it is no longer what was looked at."""
        files = self._inside.get(real(container.path), {})
        now = Stat(container.device, container.inode, container.mtime_ns, container.ctime_ns)
        for file in files.values():
            _refuse_other(file.stat, now, container.path)
        return frozenset(files)


def label_of(file: File) -> str | None:
    """The label that a list or a container gives a picture."""
    return file.label or (file.within.label if file.within else "") or None


def _folder(file: File) -> bytes:
    return os.path.dirname(file.within.member if file.within else file.path)


def real(path: bytes) -> bytes:
    """A path without links on its way."""
    folder, name = os.path.split(path)
    return os.path.join(os.path.realpath(folder), name)


def _refuse_other(before: Stat | None, now: Stat, path: bytes) -> None:
    if before != now:
        raise DedupeError(_CHANGED % (os.fsdecode(path), "has changed"))


def _is_at_address(file: File) -> bool:
    return file.within is not None and (file.stat is None or file.stat.device == ADDRESS)
