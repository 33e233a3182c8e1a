"""The list as a file: one JSON line a pair, written whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

from dedupe import config
from dedupe.console import warn_once
from dedupe.errors import DedupeError
from dedupe.model.paths import paths_of, texts
from dedupe.whole import whole_file

NAME = "ignored.jsonl"

DIGEST = len("blake3:") + 64


@dataclass(frozen=True, slots=True)
class IgnoredPair:
    """Two contents, "blake3:HEX", a < b, that are no duplicates; when that was said, and where the two files stood then."""

    a: str
    b: str
    date: str
    paths: tuple[bytes, bytes]


def pairs() -> list[IgnoredPair]:
    """All pairs on the list, in the order in which they came. Raises DedupeError for a list that cannot be read."""
    return _read(_place(make=False))


def add_contents(contents: Sequence[tuple[str, bytes]]) -> list[IgnoredPair]:
    """Puts all pairs of these contents, digests "blake3:HEX" and where the files stand, on the list; those that are new.

    Raises DedupeError where the list cannot be read or written.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    made = [_pair(one, other, now) for one, other in combinations(contents, 2) if one[0] != other[0]]

    def change(found: list[IgnoredPair]) -> list[IgnoredPair]:
        known = {(each.a, each.b) for each in found}
        return [*found, *(each for each in made if (each.a, each.b) not in known)]

    before, after = _changed(change)
    return after[len(before) :]


def remove_pairs(gone: Callable[[IgnoredPair], bool]) -> list[IgnoredPair]:
    """Takes the pairs that are to go off the list; those that went. Raises DedupeError as `add_contents` does."""
    before, _ = _changed(lambda found: [each for each in found if not gone(each)])
    return [each for each in before if gone(each)]


def _pair(one: tuple[str, bytes], other: tuple[str, bytes], now: str) -> IgnoredPair:
    (a, path), (b, another) = sorted([one, other])
    return IgnoredPair(a, b, now, (path, another))


def _changed(
    change: Callable[[list[IgnoredPair]], list[IgnoredPair]],
) -> tuple[list[IgnoredPair], list[IgnoredPair]]:
    """The list before and after; it is written where that makes a difference."""
    path = _place(make=True)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _alone(path):
            before = _read(path)
            after = change(before)
            if len(after) != len(before):
                with whole_file(path) as stream:
                    stream.writelines(_line(each) for each in after)
    except OSError as error:
        raise DedupeError(f"{path} cannot be written: {error.strerror or error}; nothing was changed.") from error
    return before, after


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Waits until no other process changes the list; where files cannot be locked, the last one to write it wins."""
    with path.with_name(f"{path.name}.lock").open("wb") as lock:
        with suppress(ImportError, OSError):
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _place(*, make: bool) -> Path:
    return config.data_path(warn_once, make=make) / NAME


def _line(pair: IgnoredPair) -> bytes:
    fields = {"type": "ignored", "a": pair.a, "b": pair.b, "date": pair.date, "paths": texts(pair.paths)}
    return json.dumps(fields).encode("ascii") + b"\n"


def _read(path: Path) -> list[IgnoredPair]:
    try:
        lines = path.read_bytes().splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise DedupeError(f"{path} cannot be read: {error.strerror or error}.") from error
    return [_understood(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]


def _understood(path: Path, number: int, line: bytes) -> IgnoredPair:
    """To pass over a line would propose as duplicates what the user said are none."""
    try:
        fields: dict[str, Any] = json.loads(line)
        first, second = paths_of(fields["paths"])
        found = IgnoredPair(fields["a"], fields["b"], fields["date"], (first, second))
        for digest in (found.a, found.b):
            if len(bytes.fromhex(digest.removeprefix("blake3:"))) != 32 or len(digest) != DIGEST:
                raise ValueError(digest)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise DedupeError(
            f"{path}, line {number}: this is no pair as dedupe ignore writes it; mend the line or remove it."
        ) from None
    return found
