"""The invariant of all tests of faults: no content that could be reached before is missing after."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

RESULTS = (".json", ".jsonl", ".csv", ".html", ".npz", ".onnx", ".pt")
CACHES = (".db", ".sqlite", ".sqlite3", ".cache", "-wal", "-shm", ".part", ".dedupe-part")
"""How names end that tests give to results and caches, which a run may replace; all else is somebody's content."""

LARGE = 64 << 20


def somebodys(path: bytes) -> bool:
    """Whether a file is content that nothing may take away."""
    return not os.path.basename(path).decode("utf-8", "replace").endswith(RESULTS + CACHES)


def contents(place: Path) -> dict[bytes, bytes]:
    """Digests of all files below a folder that are somebody's content, with a path of each. Links are not followed."""
    found: dict[bytes, bytes] = {}
    for folder, _, names in os.walk(os.fsencode(place)):
        for name in names:
            path = os.path.join(folder, name)
            status = os.lstat(path)
            if stat.S_ISREG(status.st_mode) and status.st_size <= LARGE and somebodys(path):
                try:
                    content = Path(os.fsdecode(path)).read_bytes()
                except PermissionError:
                    content = os.fsencode(f"{status.st_dev} {status.st_ino} {status.st_size}")
                found.setdefault(blake2b(content).digest(), path)
    return found


@contextmanager
def kept(place: Path) -> Iterator[None]:
    """Fails if something below the folder is gone, or has become something else, when the block ends."""
    before = contents(place)
    yield
    after = contents(place)
    lost = [path for digest, path in before.items() if digest not in after]
    assert not lost, f"a run lost {lost}"


@dataclass
class _Watched:
    """A folder, what has been noted of it, and the paths of files that the program itself has made there."""

    place: bytes
    noted: list[str] = field(default_factory=list)
    made: set[bytes] = field(default_factory=set)


_watching: list[_Watched] = []
"""The last one counts."""


@contextmanager
def guarded(place: Path) -> Iterator[list[str]]:
    """Notes, and refuses, whatever the program itself does to content below the folder, here or in a process forked from here."""
    _install()
    watched = _Watched(os.fsencode(place))
    _watching.append(watched)
    try:
        yield watched.noted
    finally:
        _watching.pop()
    assert not watched.noted, f"the program itself touched {watched.noted}"


@cache
def _install() -> None:
    sys.addaudithook(_hook)  # for as long as the process lives


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watching or event not in ("os.remove", "os.rename", "os.truncate", "open"):
        return
    if event == "open" and not (isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)):
        return
    watched = _watching[-1]
    for given in arguments[: 2 if event == "os.rename" else 1]:
        path = os.path.abspath(os.fsencode(given)) if isinstance(given, str | bytes | os.PathLike) else b""
        if not path.startswith(watched.place) or path in watched.made or not somebodys(path) or not _by_the_program():
            continue
        if not Path(os.fsdecode(path)).is_file():
            watched.made.add(path)
            continue
        watched.noted.append(f"{event} {path!r}")
        raise AssertionError(f"{event} of {path!r}")


def _by_the_program() -> bool:
    """Whether the innermost frame that is the program's or a test's is the program's."""
    frame = sys._getframe(2)
    while frame is not None:
        module = str(frame.f_globals.get("__name__", "")).split(".")[0]
        if module.startswith("dedupe"):
            return True
        if f"{os.sep}tests{os.sep}" in frame.f_code.co_filename:
            return False
        frame = frame.f_back  # type: ignore[assignment]
    return False
