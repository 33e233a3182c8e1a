"""Plans as a scan writes them, of files that a test has made: no picture has to be looked at."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from blake3 import blake3

from dedupe.model.results import File, Group, Header, Member, Scan, Stat, Summary

Made = tuple[Path, Sequence[tuple[Path, str | None]]]
"""A kept file, and its group's members with what they are to it."""


def made_plan(path: Path, root: Path, *groups: Made, references: Sequence[Path] = ()) -> Path:
    """Writes the JSON lines of a scan of a folder."""
    header = Header(
        "scan",
        (),
        {},
        roots=(os.fsencode(root),),
        references=tuple(map(os.fsencode, references)),
        folder=os.fsencode(root),
    )
    made = [
        Group(file(kept), tuple(Member(file(one), {}, kind=kind) for one, kind in members)) for kept, members in groups
    ]
    Scan(header, made, [], Summary(0, 0, 0, len(made), 0, 0, {}, {}, {})).to_json(path)
    return path


def file(path: Path) -> File:
    """A file as a scan shows it."""
    found, digest = path.lstat(), "blake3:" + blake3(path.read_bytes()).hexdigest()
    stat = Stat(found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns)
    return File(os.fsencode(path), found.st_size, 8, 8, "JPEG", digest, stat=stat)
