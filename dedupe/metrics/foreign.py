"""Metrics of plugins: what they give is made sure of, and a process of their own keeps what they do from the run."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe import config
from dedupe.errors import MetricError, said
from dedupe.model import Metric
from dedupe.processes import Bounds, Child, ChildLost, Slot, confined_to
from dedupe.processes.messages import packed

Rows = NDArray[Any]

ROUNDING = 1e-5
"""How far below 0 a distance may come by rounding."""

SECONDS, EACH = 60.0, 1e-3
"""A block of distances that takes longer than this, and this for each pair, counts as hung."""

MOST = 4
"""Metrics that have a process at a time; those asked longest ago end first."""

_children: list[_Measurer] = []
"""The one asked last is the last."""


def distances(owner: Metric, A: Rows, B: Rows) -> Rows:
    """Distances of all rows of A (n,d) with all rows of B (m,d), numbers (n,m), by a process forked for the metric.

    Where processes cannot be forked safely (not Linux), and within a worker, they are computed in this process. Raises
    MetricError for a metric that raises, gives no distances, ends its process or takes too long.
    """
    if sys.platform != "linux" or multiprocessing.current_process().daemon:
        return computed(owner, A, B)
    child = next((each for each in _children if each.serves(owner)), None) or _Measurer(owner)
    _children[:] = [each for each in _children if each.lives and each is not child] + [child]
    while len(_children) > MOST:
        _children.pop(0).end()
    return child.distances(A, B)


def computed(owner: Metric, A: Rows, B: Rows) -> Rows:
    """What the metric gives in this process, (n,m), at least -ROUNDING. Raises MetricError as `distances` does."""
    try:
        found = np.asarray(owner.block(A, B))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # one that calls exit would end the program without a word
        raise MetricError(f"{_name(owner)} raised {said(error)}") from None
    return _made_sure(owner, found, (len(A), len(B)))


def _made_sure(owner: Metric, found: Rows, shape: tuple[int, int]) -> Rows:
    """Numbers of that shape, at least -ROUNDING. Raises MetricError where they are none."""
    if found.shape != shape:
        raise MetricError(f"{_name(owner)} gave {found.shape} for {shape[0]} by {shape[1]} rows.")
    if found.dtype.kind not in "fiu":
        raise MetricError(f"{_name(owner)} gave {found.dtype}, not numbers.")
    if (found < -ROUNDING).any():
        raise MetricError(f"{_name(owner)} gave the distance {np.nanmin(found):g}; a distance is 0 or more.")
    return found


@dataclass(frozen=True, slots=True)
class Measuring:
    """The life of a child that computes one metric's distances, block by block."""

    owner: Metric

    @property
    def bounds(self) -> Bounds:
        """It writes nothing."""
        return Bounds(config.WORKER_MEMORY, folders=confined_to())

    def begun(self, _: Slot, say: Callable[[bytes], None]) -> Callable[[tuple[Rows, Rows]], None]:
        """Nothing has to be tried."""
        return lambda block: say(self._answer(*block))

    def _answer(self, A: Rows, B: Rows) -> bytes:
        try:
            return packed(None, computed(self.owner, A, B))
        except MetricError as error:
            return packed(str(error))
        except KeyboardInterrupt:  # not the user's: this process ignores that signal
            return packed(f"{_name(self.owner)} raised KeyboardInterrupt")


class _Measurer(Child):
    """A child that is asked by one thread at a time."""

    def __init__(self, owner: Metric) -> None:
        super().__init__(Measuring(owner))
        self._owner, self._of = owner, os.getpid()
        self._turn = threading.Lock()

    @property
    def lives(self) -> bool:
        """Whether it can be asked: it runs, and was not started by a process that this one was forked from."""
        return self._of == os.getpid() and self.process.is_alive()

    def serves(self, owner: Metric) -> bool:
        """Whether it is that metric's and can be asked."""
        return self.lives and self._owner == owner

    def distances(self, A: Rows, B: Rows) -> Rows:
        """The distances (n,m) of a block. Raises MetricError as `distances` does; the process has then ended."""
        with self._turn:
            try:
                return _made_sure(self._owner, self._found(A, B), (len(A), len(B)))
            except BaseException:  # an interruption, too, would leave an answer that belongs to nothing
                self.end()
                raise

    def _found(self, A: Rows, B: Rows) -> Rows:
        seconds = SECONDS + EACH * len(A) * len(B)
        try:
            error, found = self.ask((A, B), seconds)
        except TimeoutError:
            took = f"took longer than {seconds:.0f} seconds for {len(A)} by {len(B)} rows"
            raise MetricError(f"{_name(self._owner)} {took} and was stopped.") from None
        except ChildLost as lost:
            raise MetricError(f"{_name(self._owner)} {lost}.") from None
        if error is not None or len(found) != 1:
            raise MetricError(str(error or f"{_name(self._owner)} gave no distances."))
        return found[0]

    def end(self) -> None:
        """Ends the process at once."""
        self.kill()
        self.close()


def _name(owner: Metric) -> str:
    return f"The metric {owner.name} ({getattr(owner.block, '__module__', type(owner.block).__name__)})"
