"""Files that were gathered, as results have them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np

from dedupe.decode import format_name, words_of
from dedupe.describe.gather import Gathered
from dedupe.model import MARK, MEMORY, NO_DATE, File, Files, Ints
from dedupe.model.results import Stat, Within

CHUNK = 4096
"""Files that are made ready to be shown at a time."""


def file_at(found: Gathered, rows: Ints, index: int) -> File:
    """The file with that index as it is shown."""
    return next(files_at(found, rows, np.array([index])))


def files_at(found: Gathered, rows: Ints, indices: Ints) -> Iterator[File]:
    """The files with these indices, int64 (k,), as they are shown; `rows` int64 (files,) are their contents."""
    files, links = found.walk.files, found.walk.links
    for start in range(0, len(indices), CHUNK):  # one by one, a million would take the minute
        some = indices[start : start + CHUNK]
        content = found.collection.contents[rows[some]]
        digests = content["digest"].tobytes().hex()
        names = ("width", "height", "format", "taken", "frames", "depth", "traits")
        columns = [content[name].tolist() for name in names]
        about = (
            files.size[some].tolist(),
            (files.device[some] == MEMORY).tolist(),
        )  # of these alone: there may be millions
        stats = zip(*(column[some].tolist() for column in _stat_columns(files)), strict=True)
        given = zip(some.tolist(), *about, stats, *columns, strict=True)
        for i, (index, size, in_memory, stat, width, height, form, taken, frames, depth, traits) in enumerate(given):
            yield File(
                path=files.path(index),
                size=size,
                width=width,
                height=height,
                format=format_name(form.decode("ascii", "replace")),
                digest="blake3:" + digests[64 * i : 64 * i + 64],
                taken=None if taken == NO_DATE else taken,
                links=links.get(index, ()),
                frames=frames or None,
                depth=depth or None,
                has=words_of(traits, taken != NO_DATE) if frames else None,
                in_memory=in_memory,
                **_stood(files, index, stat, in_memory),
            )


def _stood(files: Files, index: int, stat: tuple[int, ...], in_memory: bool) -> dict[str, Any]:
    """What is said of where a picture was: the stat of its file, or its container and the stat of that."""
    place = files.place(index)
    if place is None or files.members is None:
        label = {"label": files.labels[files.path(index)]} if files.path(index) in files.labels else {}
        return {"stat": None if in_memory else Stat(*stat), **label}
    one, number = place.container, int(files.inode[index])
    name = files.path(index)[len(one.path + MARK) :]
    within = Within(one.path, name, place.offset, files.members.labels[number])
    return {"within": within, "stat": Stat(one.device, one.inode, one.mtime_ns, one.ctime_ns)}


def _stat_columns(files: Files) -> tuple[Ints, ...]:
    """The columns that `Stat` is made of."""
    return files.device, files.inode, files.mtime_ns, files.ctime_ns


class FilesAt(Sequence[File]):
    """The files with these indices, int64 (k,), each made when it is asked for; `rows` int64 (files,) are their contents."""

    def __init__(self, found: Gathered, rows: Ints, indices: Ints) -> None:
        self._found, self._rows, self._indices = found, rows, indices

    def __len__(self) -> int:
        return len(self._indices)

    @overload
    def __getitem__(self, index: int) -> File: ...
    @overload
    def __getitem__(self, index: slice) -> FilesAt: ...
    def __getitem__(self, index: int | slice) -> File | FilesAt:
        if isinstance(index, slice):
            return FilesAt(self._found, self._rows, self._indices[index])
        return file_at(self._found, self._rows, int(self._indices[index]))

    def __iter__(self) -> Iterator[File]:
        return files_at(self._found, self._rows, self._indices)
