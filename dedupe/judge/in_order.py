"""What the judge needs of containers that can only be read in order: fetched in one pass for many pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from dedupe import config
from dedupe.describe.inside.listing import BYTES_A_SECOND
from dedupe.describe.inside.reading import Readers
from dedupe.errors import PictureError
from dedupe.judge.life import PairTask, Source
from dedupe.model import MemberPlace
from dedupe.processes import Bounds, ChildLost, Slot, ask_once, confined_to
from dedupe.processes.messages import packed
from dedupe.processes.slots import IDLE, READ

AT_ONCE = 256 << 20
"""Bytes of pictures that are fetched in one pass."""

Key = tuple[bytes, int]


def portions(tasks: Sequence[PairTask], seconds: float) -> Iterator[list[PairTask]]:
    """The tasks in their order, all at once where none needs a container that is read in order; else as many as AT_ONCE has room
    for, with the bytes in place of the places. `seconds` are what a file is given.
    """
    some: list[PairTask] = []
    needed: dict[Key, MemberPlace] = {}
    for task in tasks:
        new = {_key(place): place for place in (task.a.place, task.b.place) if place is not None and _in_order(place)}
        if needed and sum(place.size for place in (needed | new).values()) > AT_ONCE:
            yield _filled(some, needed, seconds)
            some, needed = [], {}
        needed |= new
        some.append(task)
    if some:
        yield _filled(some, needed, seconds)


def _in_order(place: MemberPlace) -> bool:
    return bool(getattr(place.container.source, "in_order", False))


def _key(place: MemberPlace) -> Key:
    return place.container.path, place.offset


def _filled(tasks: list[PairTask], needed: dict[Key, MemberPlace], seconds: float) -> list[PairTask]:
    """The tasks, numbered from 0 on, with the bytes that could be fetched."""
    fetched: dict[Key, bytes] = {}
    for path, group in groupby(sorted(needed), key=lambda key: key[0]):
        places = [needed[key] for key in group]
        with suppress(TimeoutError, ChildLost):  # then each is tried by itself, and fails by itself
            fetched |= {(path, offset): data for offset, data in _fetched(places, seconds)}

    def held(source: Source) -> Source:
        data = None if source.place is None else fetched.get(_key(source.place))
        return source if data is None else replace(source, data=data, place=None)

    return [replace(task, items=(at,), a=held(task.a), b=held(task.b)) for at, task in enumerate(tasks)]


def _fetched(places: Sequence[MemberPlace], seconds: float) -> Iterator[tuple[int, bytes]]:
    """What is at places of one container that could be read, by offset. Raises TimeoutError, ChildLost."""
    offsets, arrays = ask_once(Fetching(), places, seconds + places[0].container.size / BYTES_A_SECOND)
    for offset, data in zip(offsets, arrays, strict=True):
        yield int(offset), data.tobytes()


@dataclass(frozen=True, slots=True)
class Fetching:
    """The life of a child that reads one container from its beginning to its end."""

    @property
    def bounds(self) -> Bounds:
        """It writes nothing."""
        return Bounds(config.WORKER_MEMORY, folders=confined_to())

    def begun(self, slot: Slot, say: Callable[[bytes], None]) -> Callable[[Sequence[MemberPlace]], None]:
        """Nothing is loaded before."""
        readers = Readers()

        def work(places: Sequence[MemberPlace]) -> None:
            slot.announce(READ, 0)
            found: dict[int, bytes] = {}
            for place in sorted(places, key=lambda one: one.offset):
                with suppress(PictureError, MemoryError):
                    found[place.offset] = readers.read(place)
            slot.announce(IDLE)
            say(packed([*found], *(np.frombuffer(data, np.uint8) for data in found.values())))

        return work
