"""What a child process is started with, and what it does from its first breath to its last."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

from dedupe import config
from dedupe.kernels import cached
from dedupe.loose import Loose, imported
from dedupe.model import Decoder
from dedupe.processes import sandbox
from dedupe.processes.guard import guard, let_go, limit_memory
from dedupe.processes.messages import packed
from dedupe.processes.slots import Slot

READY = packed("ready")
"""What a child says first: it has begun, and is confined where it is to be."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a child may take: bytes that it grows by (any), pixels of a picture that it opens with Pillow (Pillow's own
    limit), and the folders and bytes of a file that it may write; with `folders` None it is not confined.
    """

    memory: int | None = None
    pixels: int | None = None
    folders: Sequence[Path] | None = None
    largest: int = sandbox.LARGEST


def confined_to(*folders: Path) -> Sequence[Path] | None:
    """The only folders that a child may write to; None, which does not confine it, where there are loose plugins: one is
    being tried out by the one who wrote it, who can do all this anyway.

    Kernels are compiled and kept before: where they lie, what a child writes would be run by the next command.
    """
    return None if imported() else folders


@dataclass(frozen=True, slots=True)
class ReadingLife:
    """Of a life that reads pictures and writes nothing: the plugins' decoders, and how many pixels a picture may have."""

    decoders: Sequence[Decoder]
    pixel_cap: int

    @property
    def bounds(self) -> Bounds:
        """What the child may take."""
        return Bounds(config.WORKER_MEMORY, self.pixel_cap, confined_to())


class Life(Protocol):
    """What a child is for. Where children start afresh it is pickled for them."""

    @property
    def bounds(self) -> Bounds:
        """What the child may take."""
        ...

    def begun(self, slot: Slot, say: Callable[[bytes], None]) -> Callable[[Any], None]:
        """In the child, before it is confined: loads what it needs, and gives what does a task, saying what comes of it."""
        ...


def main(pipe: Connection, memory: Any, number: int, _: Sequence[Loose], life: Life, parent: int) -> None:
    """Child `number` from begin to end: it ends with the pipe, or with a task that is None.

    Loose plugins stand before the life: a process that starts afresh has to import them before it can know what is theirs.
    """
    bounds = life.bounds
    guard(parent, bounds.pixels)
    let_go(pipe.fileno())
    with suppress(EOFError, ConnectionError):  # the parent has gone
        limit_memory(bounds.memory)
        work = life.begun(Slot(memory, number), pipe.send_bytes)
        limit_memory(bounds.memory)  # what it needed to begin with does not count
        if bounds.folders is not None:
            cached.confined()
            sandbox.confine(bounds.folders, bounds.largest)
        pipe.send_bytes(READY)
        while (task := pipe.recv()) is not None:
            work(task)
    os._exit(0)
