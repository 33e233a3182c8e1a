"""Where in the library a file goes: a pattern of date and name, and a number where that name is taken."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from string import Formatter
from unicodedata import normalize

from dedupe.actions.companions import split
from dedupe.errors import UsageError

PATTERN = "{date:%Y}/{date:%Y-%m-%d}/{name}"

FIELDS = ("date", "name")

SAMPLE = "IMG_1.JPG"

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def check_pattern(pattern: str) -> None:
    """Raises UsageError for a pattern that does not say where in the library a file of that name goes."""
    why = _trouble(pattern)
    if why:
        raise UsageError(f"--to {pattern}: {why}; give folders and the name, as {PATTERN}")


def _trouble(pattern: str) -> str:
    try:
        named = [name for _, name, _, _ in Formatter().parse(pattern) if name is not None]
        if unknown := [name for name in named if name not in FIELDS]:
            return f"there is no {{{unknown[0]}}}, but {{date}} and {{name}}"
        made = place(pattern, EPOCH, os.fsencode(SAMPLE))
    except (ValueError, IndexError, KeyError, AttributeError, TypeError) as error:
        return str(error)
    parts = os.fsdecode(made).split("/")
    if "name" not in named or not parts[-1].endswith(SAMPLE):
        return "it must end with {name}"
    return "it must stay inside the library" if {"", ".", ".."} & set(parts) or "\0" in pattern else ""


def place(pattern: str, date: datetime, name: bytes) -> bytes:
    """The path below the library of a file with that date and name, which may be no text."""
    return os.fsencode(pattern.format(date=date, name=os.fsdecode(name)))


def date_taken(seconds: int) -> datetime:
    """When a picture was taken, by its camera's clock."""
    return EPOCH + timedelta(seconds=seconds)


def date_written(seconds: float) -> datetime:
    """When a file was written, by the clock here; what no calendar has is the first day."""
    try:
        return datetime.fromtimestamp(seconds)
    except (OverflowError, OSError, ValueError):
        return EPOCH


def numbered(name: bytes, stem: bytes, number: int) -> bytes:
    """The name, with (1), (2) ... after the stem that it begins with."""
    return b"%s (%d)%s" % (name[: len(stem)], number, name[len(stem) :]) if number else name


def taken_as(path: bytes) -> str:
    """What two paths have in common that name one file somewhere: case and the form of accents do not count everywhere."""
    return normalize("NFC", os.fsdecode(path)).casefold()


@dataclass(slots=True)
class Places:
    """Where in a library files go by a pattern; no two files get one name, and none that of a file which is there."""

    library: bytes
    pattern: str
    given: set[str] = field(default_factory=set)

    def by_date(self, date: datetime, stem: bytes, names: Sequence[bytes]) -> list[bytes]:
        """The places of files that belong together, whose names begin with `stem`: of one number, where they need one."""
        return self._free(lambda name: os.path.join(self.library, place(self.pattern, date, name)), stem, names)

    def beside(self, sibling: bytes, stem: bytes, names: Sequence[bytes]) -> list[bytes]:
        """The places of files that belong to one that the library has, under its name."""
        folder, name = os.path.split(sibling)
        new = split(name)[0]
        return self._free(lambda name: os.path.join(folder, name), new, [new + each[len(stem) :] for each in names])

    def _free(self, path_of: Callable[[bytes], bytes], stem: bytes, names: Sequence[bytes]) -> list[bytes]:
        if len(set(map(taken_as, names))) < len(names):  # the card tells them apart by case, the library may not
            return [self._free(path_of, stem, [name])[0] for name in names]
        for number in count():
            paths = [path_of(numbered(name, stem, number)) for name in names]
            if not any(os.path.lexists(path) or taken_as(path) in self.given for path in paths):
                break
        self.given.update(map(taken_as, paths))
        return paths
