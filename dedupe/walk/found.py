"""What a walk has found so far, in flat arrays, and how it becomes `Files`."""

from __future__ import annotations

import os
import struct
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from heapq import merge
from io import BytesIO
from itertools import count, pairwise

import numpy as np

from dedupe.model import INSIDE, MARK, MEMORY, Failure, Files, InMemory, Listing
from dedupe.walk.inside import FoundInside
from dedupe.walk.once import once, select
from dedupe.walk.rules import Rules

_COLUMNS = 6  # size, mtime_ns, ctime_ns, device, inode, sniff
_ROW = 8 * _COLUMNS
pack = struct.Struct("=qqqQQq").pack
"""size, mtime_ns, ctime_ns, device, inode, sniff as the bytes of one row."""

LONGEST, MOST = 12, 4096
"""Bytes of a suffix, and how many different ones, that are counted by themselves: a folder may have a million."""

RUNS = 1024
"""Runs of files in order that are merged; of more, as names in a list are, all are sorted."""

_LEAST, _MOST, _WIDE = -(1 << 63), (1 << 63) - 1, (1 << 64) - 1
_NUMBERS = count(1)  # a picture in memory is never another one


@dataclass(frozen=True, slots=True)
class Walk:
    """Files sorted by path; `links[i]` are the other hard links of file i that were met, sorted.

    `others` counts what was left out by reason, `foreign` the files of other types among them by root and `suffixes` by
    suffix, lower case; `failures` are files and folders that could not be read, `idle` the globs that matched nothing.
    """

    files: Files
    links: dict[int, tuple[bytes, ...]]
    others: dict[str, int]
    failures: list[Failure]
    idle: tuple[str, ...] = ()
    foreign: Mapping[int, int] = field(default_factory=dict)
    suffixes: Mapping[str, int] = field(default_factory=dict)


class FoundFiles:
    """Files as they are found. No object is kept for one: its numbers are in `stats` in the order of discovery, its path
    in `blob` in the order of emission, and `order` leads from the second to the first."""

    def __init__(self) -> None:
        self.stats = bytearray()
        self.order = array("q")
        self.lengths = array("q")
        self.blob = BytesIO()
        self.marks: list[tuple[int, int]] = []
        self.others: Counter[str] = Counter()
        self.foreign: Counter[int] = Counter()
        self.suffixes: Counter[str] = Counter()
        self.failures: list[Failure] = []
        self.held: dict[int, bytes] = {}
        self.inside = FoundInside()
        self.labels: dict[bytes, str] = {}

    def take(self, about: os.stat_result, sniff: bool) -> int:
        """Keeps the numbers of a file; returns its row."""
        self.stats += _numbers(about, sniff)
        return self.rows() - 1

    def hold(self, picture: InMemory) -> None:
        """Takes a picture in memory, the newest of all files, or the reason why it has no bytes."""
        if isinstance(picture.content, Failure):
            self.failures.append(picture.content)
            return
        number = next(_NUMBERS)
        self.held[number] = picture.content
        self.stats += pack(len(picture.content), _MOST, _MOST, MEMORY & _WIDE, number, False)
        self.emit(b"", [picture.name], [self.rows() - 1])

    def open(self, listing: Listing, rules: Rules) -> None:
        """Takes the pictures in a container that the rules leave; what was taken from it before counts once."""
        container, prefix = listing.container, listing.container.path + MARK
        if listing.failure is not None:
            self.failures.append(Failure(container.path, "walk", *listing.failure))
        self.others.update(listing.skipped)
        names, rows = list[bytes](), list[int]()
        for at, size, sniff in self.inside.wanted(listing, rules, self.leave_out):
            changed = int(listing.offset[at]) if container.by_entry else container.ctime_ns
            self.stats += pack(size, container.mtime_ns, changed, INSIDE & _WIDE, self.inside.take(listing, at), sniff)
            names.append(listing.names[at])
            rows.append(self.rows() - 1)
        if names:
            self.emit(prefix, names, rows)

    def rows(self) -> int:
        """How many files were taken."""
        return len(self.stats) // _ROW

    def emit(self, prefix: bytes, names: list[bytes], rows: Sequence[int]) -> None:
        """Says what the paths of some rows are."""
        self.blob.write(prefix + prefix.join(names))
        longer = len(prefix)
        self.lengths.extend([longer + len(name) for name in names])
        self.order.extend(rows)

    def mark(self, root: int) -> None:
        """Says that everything emitted since the last mark came under one root."""
        self.marks.append((root, len(self.order)))
        self.foreign[root] += self.others["other files"] - self.foreign.total()

    def leave_out(self, name: bytes, why: str) -> None:
        """Counts an entry of a folder that is left out; of files of other types also the suffix, if that is a word."""
        self.others[why] += 1
        suffix = name[name.rfind(b".") :].lower()
        if why == "other files" and suffix[1:].isalnum() and len(suffix) <= LONGEST:
            known = suffix.decode()
            if known in self.suffixes or len(self.suffixes) < MOST:
                self.suffixes[known] += 1

    def fail(self, path: bytes, error: Exception, what: str) -> None:
        """Keeps what could not be read, as data."""
        gone = isinstance(error, FileNotFoundError | NotADirectoryError)
        why = getattr(error, "strerror", None) or str(error)
        message = f"The {what} is not there." if gone else f"The {what} could not be read ({why})."
        self.failures.append(Failure(path, "walk", "vanished" if gone else "unreadable", message))

    def result(self, *, sort: bool) -> Walk:
        """Everything in path order, each physical file once; one folder alone needs no sorting."""
        files, links = once(_sorted(self._files()) if sort else self._files())
        counts = dict(+self.others), self.failures
        return Walk(files, links, *counts, foreign=self.foreign, suffixes=dict(self.suffixes))

    def _files(self) -> Files:
        paths = self.blob.getvalue()
        self.blob = BytesIO()
        offsets = np.zeros(len(self.lengths) + 1, np.int64)
        np.cumsum(np.frombuffer(self.lengths, np.int64) if self.lengths else (), out=offsets[1:])
        table = np.frombuffer(self.stats, np.int64).reshape(-1, _COLUMNS)
        order = np.array(self.order, np.int64)
        size, mtime, ctime, device, inode, sniff = (table[order, column] for column in range(_COLUMNS))
        ends = np.array([0, *(end for _, end in self.marks)])
        root = np.repeat(np.array([root for root, _ in self.marks], np.int64), np.diff(ends))
        sniffed = sniff.astype(np.bool_)
        beside = self.held, self.inside.members(), self.labels
        return Files(paths, offsets, size, mtime, ctime, device, inode, root, sniffed, *beside)


def _numbers(about: os.stat_result, sniff: bool) -> bytes:
    """What is kept of a file, packed."""
    try:
        return pack(about.st_size, about.st_mtime_ns, about.st_ctime_ns, about.st_dev, about.st_ino, sniff)
    except struct.error:
        return pack(about.st_size, *held_time(about), about.st_dev & _WIDE, about.st_ino & _WIDE, sniff)


def held_time(about: os.stat_result) -> tuple[int, int]:
    """When a file and what is known of it changed, in ns; dates that int64 cannot hold (after 2262) at its ends."""
    return min(max(about.st_mtime_ns, _LEAST), _MOST), min(max(about.st_ctime_ns, _LEAST), _MOST)


def held_identity(about: os.stat_result) -> tuple[int, int]:
    """Device and inode as int64 holds them: numbers from 2^63 up are negative there."""
    device, inode = ((number & _WIDE) - (number >> 63 << 64) for number in (about.st_dev, about.st_ino))
    return device, inode


def _sorted(files: Files) -> Files:
    """The files by path bytes; paths that several roots share come more than once, the first root's first.

    What was walked is in order already, root by root, so that few runs have to be merged, without an object for each path.
    """
    paths = map(files.path, range(len(files)))
    starts = [0, *(i for i, (a, b) in enumerate(pairwise(paths), 1) if a > b)]
    if len(starts) == 1:
        return files
    if len(starts) > RUNS:
        order = sorted(range(len(files)), key=files.path)
        return select(files, np.array(order, np.int64))
    runs = [range(a, b) for a, b in pairwise([*starts, len(files)])]
    return select(files, np.fromiter(merge(*runs, key=files.path), np.int64, len(files)))
