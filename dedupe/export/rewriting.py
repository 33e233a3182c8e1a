"""The life of a child that writes a container anew, without some of what is in it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dedupe import config
from dedupe.describe.inside.listing import BYTES_A_SECOND
from dedupe.describe.inside.reading import open_container
from dedupe.errors import DedupeError, PictureError, said
from dedupe.export.beside import beside
from dedupe.model import Container
from dedupe.processes import Bounds, ChildLost, Slot, ask_once, confined_to
from dedupe.processes.messages import packed
from dedupe.processes.slots import IDLE, READ

LARGEST = 1 << 62
"""Bytes that it may write: a container may have any size."""


@dataclass(frozen=True, slots=True)
class Rewriting:
    """How a container is written anew: into `folder`, and nowhere else, with at most so many bytes. `suffixes` are those of
    pictures.
    """

    folder: Path
    suffixes: frozenset[bytes]
    largest: int = LARGEST

    @property
    def bounds(self) -> Bounds:
        """It writes to one folder."""
        return Bounds(config.WORKER_MEMORY, folders=confined_to(self.folder), largest=self.largest)

    def begun(
        self, slot: Slot, say: Callable[[bytes], None]
    ) -> Callable[[tuple[Container, bytes, frozenset[int]]], None]:
        """Nothing is loaded before."""

        def work(task: tuple[Container, bytes, frozenset[int]]) -> None:
            slot.announce(READ, 0)
            answer = self._answer(*task)
            slot.announce(IDLE)
            say(answer)

        return work

    def _answer(self, container: Container, path: bytes, offsets: frozenset[int]) -> bytes:
        """How many duplicates were left out and how many files beside them; or why it could not be written."""
        try:
            return packed(self._written(container, path, offsets))
        except PictureError as error:
            return packed(str(error))
        except OSError as error:
            return packed(f"It cannot be written: {error.strerror or error}.")
        except MemoryError:
            return packed("Writing it anew takes more memory than a worker may use.")
        except Exception as error:  # damaged files make libraries raise errors of any kind
            return packed(f"It cannot be written anew: {said(error)[:250]}")

    def _written(self, container: Container, path: bytes, offsets: frozenset[int]) -> tuple[int, int]:
        source: Any = container.source
        with open_container(container) as stream:
            every = list(source.entries(stream))
            found = [each for each in every if not each.skipped]
            pictures = [each.picture or _suffix(each.name) in self.suffixes for each in found]
            along = beside([each.name for each in found], pictures, [each.offset in offsets for each in found])
            labels = frozenset(each.offset for each, goes in zip(found, along, strict=True) if goes)
            with open(path, "x+b") as out:
                source.without(stream, out, offsets | labels)
                out.flush()
                os.fsync(out.fileno())
                left = [each.name for each in source.entries(out)]
        named = Counter(each.name for each in every)
        named.subtract(left)
        went = sum(named[each.name] > 0 for each in found if each.offset in labels)  # what a link leads to has stayed
        gone = len(every) - len(left) - went
        if not 0 <= gone <= len(offsets):
            raise PictureError("damaged", "What was written has not as many entries as it should have.")
        return gone, went


def rewritten(
    container: Container, path: bytes, offsets: frozenset[int], life: Rewriting, seconds: float
) -> tuple[int, int]:
    """Has a child write a container to a path that is new, without what is at `offsets`, but for what links in it lead to;
    returns how many of these are gone, and how many files beside them.

    `seconds` are what a file is given. Raises DedupeError.
    """
    name = os.fsdecode(container.path)
    seconds += container.size / BYTES_A_SECOND
    try:
        words, _ = ask_once(life, (container, path, offsets), seconds)
        match words:
            case [int(duplicates), int(along)]:
                return duplicates, along
            case str(why):
                raise DedupeError(f"{name}: nothing was exported. {why}")
        raise DedupeError(f"{name}: nothing was exported, for what its worker sent is no answer.")
    except TimeoutError:
        raise DedupeError(f"{name}: nothing was exported. It took longer than {seconds:,.0f} seconds.") from None
    except ChildLost as error:
        raise DedupeError(f"{name}: nothing was exported. Writing it anew {error}.") from None


def _suffix(name: bytes) -> bytes:
    base = name.rpartition(b"/")[2]
    dot = base.rfind(b".")
    return base[dot:].lower() if dot > 0 else b""
