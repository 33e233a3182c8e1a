"""What each child has in hand, in memory that outlives it: four whole numbers a child, and one for all."""

from __future__ import annotations

import mmap
import time
from multiprocessing.context import BaseContext
from typing import Any, NamedTuple

IDLE, READ, DECODE, DESCRIBE, DISTORT, WARM, JUDGE = range(7)
STAGES = ("read", "read", "decode", "describe", "distort", "describe", "judge")
MANY = -1
"""The item that stands for several together."""

_WIDTH = 4


class InHand(NamedTuple):
    """Stage, item (or MANY), part (a column or a distortion), and when it began, in nanoseconds of time.monotonic_ns()."""

    stage: int
    item: int
    part: int
    since: int


def make(context: BaseContext, children: int) -> Any:
    """Shared memory for so many children; a fork shares it without the file that multiprocessing would make."""
    words = _WIDTH * children + 1
    return mmap.mmap(-1, 8 * words) if context.get_start_method() == "fork" else context.RawArray("q", words)


class Slot:
    """One child's place; the child writes, the parent reads."""

    def __init__(self, memory: Any, number: int) -> None:
        self._words = memoryview(memory).cast("B").cast("q")
        self._at = 1 + number * _WIDTH

    def announce(self, stage: int, item: int = MANY, part: int = 0) -> None:
        """Says what is in hand from now on. The time goes first: who reads in between sees work that has just begun."""
        words, at = self._words, self._at
        words[at + 3] = time.monotonic_ns()
        words[at + 1] = item
        words[at + 2] = part
        words[at] = stage

    def read(self) -> InHand:
        """What is in hand; the child could have written anything, so the part is to be looked at, too."""
        stage, *rest = self._words[self._at : self._at + _WIDTH]
        return InHand(stage if 0 <= stage < len(STAGES) else IDLE, *rest)

    @property
    def stopped(self) -> bool:
        """Whether all children were asked to leave what they have not begun."""
        return bool(self._words[0])

    def stop(self) -> None:
        """Asks all children to leave what they have not begun."""
        self._words[0] = 1
