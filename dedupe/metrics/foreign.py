"""Metrics of plugins: what they give is made sure of, and a process of their own keeps what they do from the run."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
import threading
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe import config, sandbox
from dedupe.errors import MetricError, said
from dedupe.guard import guard, how_it_ended, let_go, limit_memory, started
from dedupe.kernels import files
from dedupe.loose import imported
from dedupe.messages import LARGEST, packed, unpacked
from dedupe.model import Metric

Rows = NDArray[Any]

ROUNDING = 1e-5
"""How far below 0 a distance may come by rounding."""

SECONDS, EACH = 60.0, 1e-3
"""A block of distances that takes longer than this, and this for each pair, counts as hung."""

JOIN_SECONDS = 5.0

MOST = 4
"""Metrics that have a process at a time; those asked longest ago end first."""

_children: list[_Child] = []
"""The one asked last is the last."""


def distances(owner: Metric, A: Rows, B: Rows) -> Rows:
    """Distances of all rows of A (n,d) with all rows of B (m,d), numbers (n,m), by a process forked for the metric.

    Where processes cannot be forked safely (not Linux), and within a worker, they are computed in this process. Raises
    MetricError for a metric that raises, gives no distances, ends its process or takes too long.
    """
    if sys.platform != "linux" or multiprocessing.current_process().daemon:
        return computed(owner, A, B)
    child = next((each for each in _children if each.serves(owner)), None) or _Child(owner)
    _children[:] = [each for each in _children if each.lives and each is not child] + [child]
    while len(_children) > MOST:
        _children.pop(0).end()
    return child.ask(A, B)


def computed(owner: Metric, A: Rows, B: Rows) -> Rows:
    """What the metric gives in this process, at least -ROUNDING. Raises MetricError as `distances` does."""
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


class _Child:
    """A process that computes one metric's distances, block by block, for as long as it lives."""

    def __init__(self, owner: Metric) -> None:
        self._owner = owner
        self._turn = threading.Lock()
        self._of = os.getpid()
        context: Any = multiprocessing.get_context("fork")
        self._pipe, its = context.Pipe()
        self._process = context.Process(target=_serve, args=(its, owner, self._of), daemon=True)
        started(self._process)
        its.close()

    @property
    def lives(self) -> bool:
        """Whether it can be asked: it runs, and was not started by a process that this one was forked from."""
        return self._of == os.getpid() and self._process.is_alive()

    def serves(self, owner: Metric) -> bool:
        """Whether it is that metric's and can be asked."""
        return self.lives and self._owner == owner

    def ask(self, A: Rows, B: Rows) -> Rows:
        """The distances of a block. Raises MetricError as `distances` does; the process has then ended."""
        with self._turn:
            try:
                found = self._answer(A, B)
            except BaseException:  # an interruption, too, would leave an answer that belongs to nothing
                self.end()
                raise
        return found

    def _answer(self, A: Rows, B: Rows) -> Rows:
        seconds = SECONDS + EACH * len(A) * len(B)
        try:
            self._pipe.send((A, B))
            if not self._pipe.poll(seconds):
                took = f"took longer than {seconds:.0f} seconds for {len(A)} by {len(B)} rows"
                raise MetricError(f"{_name(self._owner)} {took} and was stopped.")
            error, found = unpacked(self._pipe.recv_bytes(LARGEST))
            if error is None and len(found) != 1:
                raise ValueError("no distances")
        except (EOFError, OSError):
            self._process.join(JOIN_SECONDS)
            raise MetricError(f"{_name(self._owner)} {how_it_ended(self._process.exitcode)}.") from None
        except ValueError:
            raise MetricError(f"{_name(self._owner)} was ended, for what its process sent is no answer.") from None
        if error is not None:
            raise MetricError(str(error))
        return _made_sure(self._owner, found[0], (len(A), len(B)))

    def end(self) -> None:
        """Ends the process at once."""
        self._pipe.close()
        self._process.kill()
        self._process.join(JOIN_SECONDS)


def _serve(pipe: Connection, owner: Metric, parent: int) -> None:
    """The life of the process: it ends with the pipe."""
    guard(parent)
    let_go(pipe.fileno())
    limit_memory(config.WORKER_MEMORY)
    if not imported():  # a loose plugin is being tried out by the one who wrote it
        files.confined()
        sandbox.confine(())
    with contextlib.suppress(EOFError, OSError):  # the parent has gone, or has no more use for it
        while True:
            A, B = pipe.recv()
            try:
                answer = packed(None, computed(owner, A, B))
            except MetricError as error:
                answer = packed(str(error))
            except KeyboardInterrupt:  # not the user's: this process ignores that signal
                answer = packed(f"{_name(owner)} raised KeyboardInterrupt")
            pipe.send_bytes(answer)
    os._exit(0)


def _name(owner: Metric) -> str:
    return f"The metric {owner.name} ({getattr(owner.block, '__module__', type(owner.block).__name__)})"
