"""What each worker has in hand, in memory that outlives it: five whole numbers a worker, and one for all."""

from __future__ import annotations

import mmap
import time
from multiprocessing.context import BaseContext
from typing import Any, NamedTuple

IDLE, READ, DECODE, DESCRIBE, WARM = range(5)
STAGES = ("read", "read", "decode", "describe", "describe")
MANY = -1
"""The file index that stands for a batch of several pictures."""

_WIDTH = 4


class InHand(NamedTuple):
    """Stage, file (its index, or MANY), column, and when it began, in nanoseconds of time.monotonic_ns()."""

    stage: int
    file: int
    column: int
    since: int


def make(context: BaseContext, workers: int) -> Any:
    """Shared memory for so many workers; a fork shares it without the file that multiprocessing would make."""
    words = _WIDTH * workers + 1
    return mmap.mmap(-1, 8 * words) if context.get_start_method() == "fork" else context.RawArray("q", words)


class Slot:
    """One worker's place; the worker writes, the parent reads."""

    def __init__(self, memory: Any, number: int) -> None:
        self._words = memoryview(memory).cast("B").cast("q")
        self._at = 1 + number * _WIDTH

    def announce(self, stage: int, file: int = MANY, column: int = 0) -> None:
        """Says what is in hand from now on. The time goes first: who reads in between sees work that has just begun."""
        words, at = self._words, self._at
        words[at + 3] = time.monotonic_ns()
        words[at + 1] = file
        words[at + 2] = column
        words[at] = stage

    def read(self) -> InHand:
        """What is in hand; the worker could have written anything, so the column is to be looked at, too."""
        stage, *rest = self._words[self._at : self._at + _WIDTH]
        return InHand(stage if 0 <= stage < len(STAGES) else IDLE, *rest)

    @property
    def stopped(self) -> bool:
        """Whether all workers were asked to leave what they have not begun."""
        return bool(self._words[0])

    def stop(self) -> None:
        """Asks all workers to leave what they have not begun."""
        self._words[0] = 1
