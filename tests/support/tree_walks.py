"""Walks of a tree that check that they change nothing, and what they found."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from dedupe.model import Select
from dedupe.walk import Walk, walk

SUFFIXES = frozenset([b".jpg"])
posix = pytest.mark.skipif(os.name != "posix", reason="files that only POSIX systems have")


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.fsencode(path))


def snapshot(root: Path, scandir: Any = os.scandir) -> set[tuple[object, ...]]:
    """Everything under a folder, without recursion."""
    seen, stack = set(), [root]
    while stack:
        with suppress(OSError), scandir(stack.pop()) as entries:
            for entry in entries:
                about = entry.stat(follow_symlinks=False)
                seen.add((entry.path, about.st_ino, about.st_mode, about.st_nlink, about.st_size, about.st_mtime_ns))
                if entry.is_dir(follow_symlinks=False):
                    stack.append(entry.path)
    return seen


def found(*roots: Path, **options: object) -> Walk:
    """Walks, and checks the invariant of all fault tests: what was reachable before is reachable after."""
    before = [snapshot(root) for root in roots]
    result = walk([os.fsencode(root) for root in roots], SUFFIXES, Select(**options))  # type: ignore[arg-type]
    assert [snapshot(root) for root in roots] == before
    return result


def paths(result: Walk) -> list[bytes]:
    return [result.files.path(i) for i in range(len(result.files))]


def below(result: Walk, root: Path) -> list[str]:
    return [os.path.relpath(os.fsdecode(path), root) for path in paths(result)]
