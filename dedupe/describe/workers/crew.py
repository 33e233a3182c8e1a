"""Children that describe one portion of files after the other, and stay warm in between."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from dedupe import config
from dedupe.describe.workers.backlog import Backlog
from dedupe.describe.workers.running import FilesWork, renumbered
from dedupe.describe.workers.shapes import Column, FilesPortion, Known, Setup
from dedupe.model import Batch, Decoder, Files, Portion, Run
from dedupe.processes import RESTING, Pool


class PortionWork(FilesWork):
    """What a crew's pool is to do."""

    def waiting(self, seconds: float) -> None:
        """Nobody would see at once that it takes a while."""


class FilesCrew:
    """So many children. Files in containers and in memory, of which children learn only as they start, have children of their
    own.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        decoders: Sequence[Decoder],
        known: Known | None,
        run: Run,
        large: bool,
        workers: int,
    ) -> None:
        self._setup = Setup(tuple(columns), tuple(decoders), run.max_pixels, config.WORKER_MEMORY, known, {}, {})
        self._timeout, self._large, self._workers = run.file_timeout, large, max(1, workers)
        self._said: list[str] = []
        self._work: FilesWork | None = None
        self._events: Generator[Any, None, None] | None = None

    def describe(self, portion: Portion) -> list[Batch]:
        """All files of a portion, numbered as in the whole collection."""
        assert isinstance(portion, FilesPortion), "a portion of files"
        files = portion.files
        backlog = Backlog(files, np.arange(len(files)), portion.need, len(self._setup.columns), self._workers)
        found = self._apart(files, backlog) if files.held or files.members else self._next(backlog)
        return [renumbered(batch, portion.index) for batch in found]

    def notes(self) -> list[str]:
        """What was not said yet."""
        said, self._said[:] = list(self._said), []
        return said

    def close(self) -> None:
        """Ends the children."""
        if self._events is not None:
            self._events.close()

    def _apart(self, files: Files, backlog: Backlog) -> list[Batch]:
        setup = replace(self._setup, held=files.held, members=files.members)
        return list(self._pool(PortionWork(setup, backlog, self._large, self._said.append)))

    def _next(self, backlog: Backlog) -> list[Batch]:
        if self._work is None or self._events is None:
            self._work = PortionWork(self._setup, backlog, self._large, self._said.append)
            self._work.lasting = True
            self._events = self._pool(self._work)
        else:
            self._work.feed(backlog)
        return list(iter(self._events.__next__, RESTING))

    def _pool(self, work: FilesWork) -> Generator[Any, None, None]:
        return Pool(work, self._workers, self._timeout, ahead=True).events()
