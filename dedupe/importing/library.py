"""What the library has already: by bytes whatever a file is, and by a look at both where it is a picture."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from dedupe.describe.gather import gather
from dedupe.digests import digest_of
from dedupe.errors import DedupeError
from dedupe.group.keep import keep_order
from dedupe.model import Group, Member, Rule, Run, Scan, Select
from dedupe.model.imports import InLibrary, Likeness
from dedupe.plugins import Plugins
from dedupe.walk import Walk

SAME = ("same-bytes", "same-pixels")
"""What a picture is to one of the library that makes a copy of it needless,"""

BETTER = "re-encoded"
"""and what does where the library's comes first in the keep order."""


@dataclass(slots=True)
class CardPictures:
    """What a scan of the card with the library as reference has found of the card's pictures, by path: their digests, dates
    taken, those that the library holds, and those that it has something like.
    """

    digests: dict[bytes, str] = field(default_factory=dict)
    taken: dict[bytes, int | None] = field(default_factory=dict)
    held: dict[bytes, InLibrary] = field(default_factory=dict)
    like: dict[bytes, Likeness] = field(default_factory=dict)


def known(result: Scan, library: bytes, loaded: Plugins, run: Run, rules: Sequence[Rule]) -> CardPictures:
    """What is known of the card's pictures; `rules` come before the default keep order."""
    found = CardPictures()
    joined = [
        (group, member) for group in result.groups if _below(group.kept.path, library) for member in group.members
    ]
    for file in (*result.kept, *result.alone, *(member.file for group in result.groups for member in group.members)):
        if not _below(file.path, library):
            found.digests[file.path], found.taken[file.path] = file.digest, file.taken
    rank = _ranks([pair for pair in joined if pair[1].kind == BETTER], loaded, run, rules)
    for group, member in joined:
        path, place, kind = member.file.path, group.kept.path, member.kind or "similar"
        if kind in SAME or (kind == BETTER and rank[place] < rank[path]):
            found.held[path] = InLibrary(path, place, kind)
        else:
            found.like[path] = Likeness(path, place, kind, member.why.rpartition("; ")[0])
    return found


def _below(path: bytes, folder: bytes) -> bool:
    return path.startswith(os.path.join(folder, b""))


def _ranks(
    joined: Sequence[tuple[Group, Member]], loaded: Plugins, run: Run, rules: Sequence[Rule]
) -> Mapping[bytes, int]:
    """The places in keep order of pairs' files, by path."""
    paths = dict.fromkeys(path for group, member in joined for path in (group.kept.path, member.file.path))
    if not paths:
        return {}
    found = gather([], [], loaded, Select(files_from=list(paths)), run)
    files, collection = found.walk.files, found.collection
    order = keep_order(files, collection.rows, collection.contents, rules)
    rank = {files.path(index): place for place, index in enumerate(order.tolist())}
    last = len(rank)  # a card's that cannot be read again comes first, and is copied
    return {path: rank.get(path, -1 if path == member else last) for g, m in joined for path, member in _both(g, m)}


def _both(group: Group, member: Member) -> Iterable[tuple[bytes, bytes]]:
    return ((path, member.file.path) for path in (group.kept.path, member.file.path))


class Contents:
    """The contents of a library's files, of any type; only those of a size that is asked for are read, each once."""

    def __init__(self, walked: Walk) -> None:
        self._files = walked.files
        self._by_size = np.argsort(walked.files.size, kind="stable")
        self._sizes = walked.files.size[self._by_size]
        self._read: dict[int, dict[str, bytes]] = {}

    def has_size(self, size: int) -> bool:
        """Whether there is any file of so many bytes."""
        first, last = np.searchsorted(self._sizes, [size, size + 1])
        return bool(first < last)

    def place(self, size: int, digest: str) -> bytes | None:
        """Where a file of these bytes stands, None where none does."""
        if size not in self._read:
            first, last = np.searchsorted(self._sizes, [size, size + 1])
            paths = [self._files.path(int(index)) for index in self._by_size[first:last]]
            self._read[size] = dict(_digests(reversed(paths)))
        return self._read[size].get(digest)


def _digests(paths: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
    """Digests with their paths; what cannot be read holds nothing."""
    for path in paths:
        with suppress(DedupeError):
            yield digest_of(path), path
