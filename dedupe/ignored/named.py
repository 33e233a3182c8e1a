"""Pairs by the files that have their contents."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

from dedupe.digests import digest_of
from dedupe.errors import UsageError
from dedupe.ignored.listing import IgnoredPair, add_contents, pairs, remove_pairs

AnyPath: TypeAlias = str | bytes | os.PathLike[str]


def add(*pictures: AnyPath) -> list[IgnoredPair]:
    """Remembers that these files, two or more, are no duplicates of each other, whatever they are called later: all pairs of
    them; those that are new.

    Raises UsageError for fewer than two, for a folder, and for two files of the same bytes; DedupeError for one that cannot
    be read, and where the list cannot be read or written.
    """
    _refuse_few(pictures)
    contents = [(_digest(path), path) for path in map(_absolute, pictures)]
    named: dict[str, bytes] = {}
    for digest, path in contents:
        same = named.setdefault(digest, path)
        if same != path:
            raise UsageError(
                f"{os.fsdecode(same)} and {os.fsdecode(path)} have the same bytes, and dedupe ignore goes by bytes alone: "
                "nothing was remembered. To keep both say so in a plan, or leave one out of the scan with --exclude."
            )
    if len(named) < len(contents):
        raise UsageError("One file is named twice; name two different ones.")
    return add_contents(contents)


def remove(*pictures: AnyPath) -> list[IgnoredPair]:
    """Forgets what `add` has remembered of these files, two or more: all pairs of them; those that are forgotten.

    A file that is gone counts as what stood there when the pair was remembered. Raises as `add` does, and UsageError where
    no pair of them is on the list.
    """
    _refuse_few(pictures)
    known = pairs()
    named = [_contents(_absolute(each), known) for each in pictures]

    def meant(pair: IgnoredPair) -> bool:
        first, second = ({at for at, each in enumerate(named) if digest in each} for digest in (pair.a, pair.b))
        return any(one != other for one in first for other in second)

    if not any(map(meant, known)):
        raise UsageError("No pair of these files is remembered; dedupe ignore --list shows those that are.")
    return remove_pairs(meant)


def _refuse_few(pictures: tuple[AnyPath, ...]) -> None:
    if len(pictures) < 2:
        raise UsageError("Name two files or more, as in: dedupe ignore a.jpg b.jpg")


def _absolute(path: AnyPath) -> bytes:
    return os.path.abspath(os.fsencode(path))


def _contents(path: bytes, known: Iterable[IgnoredPair]) -> set[str]:
    """The content of a file, or what stood in its place when there was one."""
    if os.path.exists(path):  # noqa: PTH110
        return {_digest(path)}
    return {digest for pair in known for digest, at in zip((pair.a, pair.b), pair.paths, strict=True) if at == path}


def _digest(path: bytes) -> str:
    file = Path(os.fsdecode(path))
    if file.exists() and not file.is_file():
        raise UsageError(f"{file} is {'a folder' if file.is_dir() else 'a special file'}; name a picture.")
    return digest_of(path)
