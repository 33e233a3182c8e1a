"""What a run gives out: made on demand from the arrays, for what is shown."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import merge
from typing import Any

from dedupe.model.arrays import Failure
from dedupe.model.held import Held, Pair
from dedupe.model.judgement import Box


@dataclass(frozen=True, slots=True)
class Stat:
    """Which file of the system one was when it was looked at, and when it and what is known of it changed, in ns since 1970."""

    device: int
    inode: int
    mtime_ns: int
    ctime_ns: int


@dataclass(frozen=True, slots=True)
class Within:
    """Where a picture lies that is in a container: the container's path, the picture's name and offset in there, its label."""

    container: bytes
    member: bytes
    offset: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """One file as it is shown: path as bytes, size in bytes, upright dimensions, digest in hex, its other hard links.

    `frames` or pages, `depth` in bits a channel, and what else it `has`: words of TRAITS and "date", None where its decoder
    does not tell.
    `stat` is None where it is not known. With `in_memory` it is no file but a picture that was given in memory: the path is its
    name, the bytes are those that a file of it would have. Nor is it one where it lies `within` a container, whose `stat` it has:
    the path is then the container's, `::` and the picture's name. One in a `protected` folder is never removed. `label` is the
    one that a list gave.
    """

    path: bytes
    size: int
    width: int
    height: int
    format: str
    digest: str
    taken: int | None = None
    links: tuple[bytes, ...] = ()
    frames: int | None = None
    depth: int | None = None
    has: tuple[str, ...] | None = None
    in_memory: bool = False
    stat: Stat | None = None
    protected: bool = False
    within: Within | None = None
    label: str = ""

    @property
    def no_file(self) -> bool:
        """Whether it is no file of its own, so that nothing can be done to it."""
        return self.in_memory or self.within is not None

    @property
    def frees(self) -> int:
        """The bytes that are free once it is removed: none of one that never is, or that other hard links go on naming."""
        return 0 if self.no_file or self.protected or self.links else self.size

    @property
    def path_str(self) -> str:
        """The path as Python's functions take it; bytes that are no text are in it as `os.fsdecode` has them."""
        return os.fsdecode(self.path)


@dataclass(frozen=True, slots=True)
class Member:
    """A file that matches its group's kept one directly: distance by descriptor name, `kind` where it is known, in words
    `why` it is not the kept one, the `box` around what was changed, in shares of the kept one, and where one of the two is a
    part of the other, which `contains` it: "keep" (the kept one) or "member". `known`: a baseline has it.
    """

    file: File
    distance: Mapping[str, float]
    turn: str = "none"
    kind: str | None = None
    why: str = ""
    box: Box | None = None
    contains: str | None = None
    known: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A kept file, in words `why` it is kept, and the files that match it, nearest first."""

    kept: File
    members: tuple[Member, ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Header:
    """How a result was made: command, descriptor keys, the distances used as thresholds by descriptor name.

    The false pairs expected are at most so many with `expected_at_most`. With `judged` the distances only propose pairs, each of
    which was looked at. `bits` says of how many bits those distances are that count bits. `own_calibrations` are the
    descriptors, by name, whose calibration the user made. `version` is dedupe's, `time` when the
    work began (ISO 8601, UTC), `command_line` the words of the command, None where Python asked. `roots` are what was looked
    at, `references` what is always kept, `protected` where nothing is ever removed, `in_memory` the names of all pictures given
    in memory, which stand in place of their paths, `options` all else that was not as by default, in JSON's types. `folder` is
    the one that relative paths begin in.
    """

    command: str
    descriptors: tuple[str, ...]
    thresholds: Mapping[str, float]
    expected_false_pairs: float | None = None
    notes: tuple[str, ...] = ()
    own_calibrations: tuple[str, ...] = ()
    version: str = ""
    time: str = ""
    command_line: tuple[str, ...] | None = None
    roots: tuple[bytes, ...] = ()
    references: tuple[bytes, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    in_memory: tuple[bytes, ...] = ()
    folder: bytes = b""
    bits: Mapping[str, int] = field(default_factory=dict)
    judged: bool = False
    expected_at_most: bool = False
    protected: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of a run. `failures` and `others` by reason, `seconds` by stage, `freeable` in bytes, none of files that have other
    hard links; `suffixes` has those of the files of other types. Where a judge was asked, `kinds` are the duplicates, variants
    and other shots by kind, listed or not, and `not_judged` the pictures in no group that could not be held against one near
    them. Of the duplicates so many are `protected`, which free nothing. `folders` are those of which another one has all
    pictures, in JSON's types: `path`, `pictures`, `in`; None where there are none. Where there was a baseline, `new` and
    `known` are how many members it has not and has.
    """

    files: int
    contents: int
    described: int
    groups: int
    duplicates: int
    freeable: int
    failures: Mapping[str, int]
    others: Mapping[str, int]
    seconds: Mapping[str, float]
    suffixes: Mapping[str, int] = field(default_factory=dict)
    kinds: Mapping[str, int] = field(default_factory=dict)
    not_judged: int = 0
    protected: int = 0
    new: int | None = None
    known: int | None = None
    folders: Sequence[Mapping[str, Any]] | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Scan(Held):
    """The result of a scan; `groups` makes each `Group` when it is asked for, and so do the others each `File`.

    `kept` are the kept files of the groups, `alone` the files in no group, both without those of reference folders;
    `references` are those of reference folders that are in no group. All are sorted by path. `foreign` counts the files of
    other types in folders that are no references, which were not looked at.
    """

    header: Header
    groups: Sequence[Group]
    failures: Sequence[Failure]
    summary: Summary
    kept: Sequence[File] = ()
    alone: Sequence[File] = ()
    references: Sequence[File] = ()
    foreign: int = 0

    def __iter__(self) -> Iterator[Group]:
        return iter(self.groups)

    def pairs(self) -> Iterator[Pair]:
        """The kept file of each group with each of its members."""
        return group_pairs(self.groups)

    def unique(self) -> Iterator[File]:
        """The files that are no duplicates of any other, of copies and of a group the kept one, sorted by path; with reference
        folders those outside of them that match nothing there.
        """
        return merge(self.kept, self.alone, key=lambda file: file.path)


def group_pairs(groups: Iterable[Any]) -> Iterator[Pair]:
    """The kept file of each group with each of its members, `Group` or `LeakGroup`."""
    for group in groups:
        for one in group.members:
            yield Pair(group.kept.path_str, one.file.path_str, one.distance, one.turn, one.kind)
