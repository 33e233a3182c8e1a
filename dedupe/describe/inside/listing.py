"""The life of a child that looks through a container and says what it holds."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe import config
from dedupe.describe.inside.reading import open_container
from dedupe.errors import PictureError, said
from dedupe.model import Container, Entry, Listing, PictureSource
from dedupe.processes import Bounds, ChildLost, Slot, ask_once, confined_to
from dedupe.processes.messages import packed
from dedupe.processes.slots import IDLE, READ

MOST = 10_000_000
"""Entries of a container."""

RATIO, ALWAYS = 1_000, 1 << 20
"""All entries together unpack to so many times the container's bytes at most, but for so many bytes that they always may."""

BYTES_A_SECOND = 1 << 20
"""A container is given the seconds of a file and what it takes to read it this slowly."""


@dataclass(frozen=True, slots=True)
class Looking:
    """How a container is looked through."""

    @property
    def bounds(self) -> Bounds:
        """It writes nothing."""
        return Bounds(config.WORKER_MEMORY, folders=confined_to())

    def begun(self, slot: Slot, say: Callable[[bytes], None]) -> Callable[[Container], None]:
        """Nothing is loaded before."""

        def work(container: Container) -> None:
            slot.announce(READ, 0)
            said_of_it = told(container)
            slot.announce(IDLE)
            say(said_of_it)

        return work


def listing(container: Container, seconds: float) -> tuple[Listing, Any, list[NDArray[Any]]]:
    """What a child says of a container, also as `understood` takes it; where it fails, a container without entries.

    `seconds` are what a file is given.
    """
    seconds += container.size / BYTES_A_SECOND
    try:
        words, arrays = ask_once(Looking(), container, seconds)
        return understood(container, words, arrays), words, arrays
    except TimeoutError:
        return _nothing(container, "timeout", f"Looking through it took longer than {seconds:,.0f} seconds."), {}, []
    except ChildLost as error:
        return _nothing(container, "crashed", f"Looking through it {error}."), {}, []
    except ValueError:
        return _nothing(container, "crashed", "What the worker sent that looked through it is no listing."), {}, []


def no_container(container: Container) -> Listing:
    """The listing of what has a container's suffix alone."""
    suffix = os.fsdecode(container.path[container.path.rfind(b".") :])
    return _nothing(container, "unrecognised", f"It is no {suffix} file, though it is named as one.")


def _nothing(container: Container, reason: str, message: str) -> Listing:
    none = np.zeros(0, np.int64)
    return Listing(container, [], none, none, none > 0, [], {}, (reason, message))


def understood(container: Container, words: Any, arrays: list[NDArray[Any]]) -> Listing:
    """The listing that a child's words and arrays are. Raises ValueError for what is none."""
    match words, arrays:
        case [dict(skipped), failure, list(labels)], [names, offset, size, picture] if picture.dtype == np.bool_:
            count = len(offset)
            split = names.tobytes().split(b"\0") if count else []
            whole = all(each.dtype == np.int64 and len(each) == count for each in (offset, size))
            if whole and len(split) == len(picture) == count and len(labels) in (0, count):
                why = None if failure is None else (str(failure[0]), str(failure[1]))
                counts = {str(what): int(n) for what, n in skipped.items()}
                return Listing(container, split, offset, size, picture, labels or [""] * count, counts, why)
    raise ValueError("no listing")


def told(container: Container) -> bytes:
    """What a container holds, as a message: counts of what is skipped, the failure, labels; names, offsets, sizes, pictures."""
    found = _Found()
    failure: list[str] | None = None
    try:
        with open_container(container) as stream:
            for entry in _bounded(container, container.source.entries(stream)):
                found.add(entry)
    except PictureError as error:
        failure = [error.reason, str(error)]
    except MemoryError:
        failure = ["memory", "Looking through it takes more memory than a worker may use."]
    except Exception as error:  # damaged files make libraries raise errors of any kind
        failure = ["damaged", f"It cannot be looked through: {said(error)[:250]}"]
    return found.message(failure)


def _bounded(container: Container, entries: Iterator[Entry]) -> Iterator[Entry]:
    """The entries until there are too many of them, or they unpack to too much. Raises PictureError."""
    most, total = max(ALWAYS, RATIO * container.size), 0
    for count, entry in enumerate(entries, 1):
        total += entry.size
        if count > MOST:
            raise PictureError("too_large", f"It holds more than the {MOST:,} entries that are looked at.")
        if total > most:
            raise PictureError(
                "too_large", f"What it holds unpacks to more than {RATIO:,} times its size; the rest was left out."
            )
        yield entry


class _Found:
    """Entries as flat columns; a name that is there already gets the offset into it."""

    def __init__(self) -> None:
        self._names: dict[bytes, None] = {}
        self._offset, self._size, self._picture = [], [], []  # type: list[int], list[int], list[bool]
        self._labels: list[str] = []
        self._skipped: Counter[str] = Counter()

    def add(self, entry: Entry) -> None:
        """Takes an entry."""
        if entry.skipped:
            self._skipped[entry.skipped] += 1
            return
        name = entry.name.replace(b"\0", b"?")
        if name in self._names:
            stem, dot, suffix = name.rpartition(b".")
            name = b"%s (at byte %d)%s%s" % (
                stem or suffix,
                entry.offset,
                dot if stem else b"",
                suffix if stem else b"",
            )
        self._names[name] = None
        self._offset.append(entry.offset)
        self._size.append(entry.size)
        self._picture.append(entry.picture)
        self._labels.append(entry.label)

    def message(self, failure: list[str] | None) -> bytes:
        """All of it."""
        names = np.frombuffer(b"\0".join(self._names), np.uint8)
        columns = np.array(self._offset, np.int64), np.array(self._size, np.int64), np.array(self._picture, np.bool_)
        labels = self._labels if any(self._labels) else []
        return packed([self._skipped, failure, labels], names, *columns)


def known_by(sources: Sequence[PictureSource], head: bytes) -> PictureSource | None:
    """The first of the sources that what begins so is of."""
    for each in sources:
        with suppress(Exception):  # a plugin's; what it cannot judge is none of its own
            if each.matches(head):
                return each
    return None


def container_at(path: bytes, found: os.stat_result, source: Any) -> Container:
    """A container as it is on the disk."""
    from dedupe.walk.found import held_identity, held_time

    return Container(path, found.st_size, *held_time(found), *held_identity(found), source)
