"""Files given to child processes, and what comes of them, each once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dedupe.console import shown
from dedupe.decode.prepare import prepare
from dedupe.describe.workers.backlog import Backlog
from dedupe.describe.workers.shapes import Column, FilesTask, Known, Setup, empty_vectors, no_files
from dedupe.describe.workers.telling import understood
from dedupe.describe.workers.worker import Describing
from dedupe.errors import DedupeError
from dedupe.model import Batch, Decoder, Failure, Files, Ints
from dedupe.processes import Answer, InHand, Pool, Work, slots

LARGE = 256 << 10
"""Bytes of a file that may be a JPEG of 3,840 pixels and more, which has a kernel of its own; for a smaller one its worker
gets it.
"""

BREACHES = ("wrong_dtype", "wrong_shape")
"""Reasons of failures by which a plugin has broken its contract."""

NO_DEVICE = "device"
"""The reason of failures by which a descriptor says that its device does not start."""

NOTE_SECONDS = 1.5


def run(
    files: Files,
    index: Ints,
    columns: Sequence[Column],
    decoders: Sequence[Decoder],
    *,
    workers: int,
    known: Known | None,
    need: NDArray[np.object_] | None = None,
    timeout: float,
    memory: int,
    pixel_cap: int,
    notify: Callable[[str], None],
    method: str | None = None,
) -> Iterator[Batch]:
    """Reads the files `index`, int64 (k,), decodes them and describes the columns that are missing.

    `need` (k,) is the mask of columns wanted of each file (all), a whole number, `known` the first 8 bytes of digests that are in
    the store, u64 (m,) sorted, and the masks u32 (m,) of the columns it has of them. A file that takes longer than
    `timeout` seconds, or kills its worker, is given up; a worker grows by at most `memory` bytes. Batches come in the
    order in which they are done; every file is in one, as a row or a failure (the order of files, the number of workers
    and the size of batches change no value). `method` is multiprocessing's start method: fork on Linux, else spawn.
    A plugin that gives another dtype or shape than it has to ends the run: DedupeError, after what was done until then.
    Raises Interrupted after SIGINT, once what was finished has been given back, and at once after a second one;
    DedupeError if no worker can be started.
    """
    if not len(index):
        return
    index = np.asarray(index, np.int64)
    setup = Setup(tuple(columns), tuple(decoders), pixel_cap, memory, known, {}, files.held, files.members)
    backlog = Backlog(files, index, need, len(columns), max(1, workers))
    work = FilesWork(setup, backlog, is_large(files, index), notify)
    done = Pool(work, backlog.most, timeout, ahead=True, method=method).events()
    yield from checked((renumbered(batch, index) for batch in done), columns, files.path)


def checked(batches: Iterable[Batch], columns: Sequence[Column], path: Callable[[int], bytes]) -> Iterator[Batch]:
    """Batches of which each column has one width, whoever made them; `path` gives the path of a file by its number.

    Raises DedupeError as `refuse_breach` does, after the batch in which a plugin is seen to break its contract.
    """
    widths = Widths(columns)
    for batch in batches:
        made = widths.checked(batch, path)
        yield made
        refuse_breach(made.failures)


def renumbered(batch: Batch, index: Ints) -> Batch:
    """A batch about positions as one about the files `index`, int64 (n,), that have these positions."""
    failures = [(int(index[position]), failure) for position, failure in batch.failures]
    return replace(batch, index=index[batch.index], failures=failures)


def is_large(files: Files, index: Ints) -> bool:
    """Whether one of some files may be read as an eighth."""
    return bool(int(files.size[index].max()) >= LARGE)


def refuse_breach(failures: Sequence[tuple[int, Failure]]) -> None:
    """Raises DedupeError where a plugin gave another dtype or shape than it has to, or could not start its device: that is no
    fault of the pictures.
    """
    for _, failure in failures:
        if failure.stage == "describe" and failure.reason == NO_DEVICE:
            raise DedupeError(failure.message)
        if failure.stage in ("describe", "distort") and failure.reason in BREACHES:
            raise DedupeError(
                f"{failure.message} That is a mistake of the plugin, not of {shown(failure.path)}: leave it out, or tell its "
                "author that `dedupe plugins --check` shows it."
            )


class FilesWork(Work):
    """What a pool is to do; its items are positions of the backlog. `large` is whether an eighth of a JPEG may be read."""

    def __init__(self, setup: Setup, backlog: Backlog, large: bool, notify: Callable[[str], None]) -> None:
        self.life, self.size = Describing(setup), backlog.workers()
        self._setup, self._backlog, self._large, self._notify = setup, backlog, large, notify
        self._noted = False

    def feed(self, backlog: Backlog) -> None:
        """Takes more files, once those before are done."""
        self._backlog, self.size = backlog, backlog.workers()

    def prepare(self) -> None:
        prepare([column.descriptor.decode for column in self._setup.columns], large=self._large)

    def task(self) -> FilesTask | None:
        return self._backlog.task()

    def again(self, items: list[int], single: bool) -> None:
        self._backlog.again(items, single)

    def answer(self, message: bytes, items: Collection[int]) -> Answer:
        answer = understood(message, self._setup.columns, {item: self._backlog.path(item) for item in items})
        self.size = max(self.size, self._backlog.workers(answer.event))
        return answer

    def failure(self, item: int, hand: InHand, reason: str, fate: str) -> Batch:
        who, columns = "Reading or decoding it", self._setup.columns
        if hand.stage == slots.DESCRIBE and 0 <= hand.part < len(columns):
            who = f"The descriptor {columns[hand.part].descriptor.name}"
        failure = Failure(self._backlog.path(item), slots.STAGES[hand.stage], reason, f"{who} {fate}.")
        return no_files(columns, [(item, failure)])

    def without(self, hand: InHand, reason: str, fate: str) -> bool:
        """Gives up a column that killed the child that tried it."""
        setup = self._setup
        if hand.stage != slots.WARM or not 0 <= hand.part < len(setup.columns):
            return False
        name = setup.columns[hand.part].descriptor.name
        self._notify(f"The descriptor {name} {fate} when it was tried; it is left out.")
        self._setup = replace(setup, dead={**setup.dead, hand.part: reason})
        self.life = Describing(self._setup)
        return True

    def waiting(self, seconds: float) -> None:
        if not self._noted and seconds > NOTE_SECONDS:
            self._noted = True
            self._notify(f"Getting {self._names()} ready ...")

    def _names(self) -> str:
        columns = self._setup.columns
        return ", ".join(dict.fromkeys(column.descriptor.name for column in columns)) or "workers"


class Widths:
    """The width of each column, as its first rows have it."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._widths: dict[int, int] = {}

    def checked(self, batch: Batch, path: Callable[[int], bytes]) -> Batch:
        """The batch without the vectors of another width, which become failures."""
        vectors, failures = list(batch.vectors), list(batch.failures)
        for column, (rows, X) in enumerate(batch.vectors):
            if not len(rows) or X.shape[1] == self._widths.setdefault(column, X.shape[1]):
                continue
            name = self._columns[column].descriptor.name
            sentence = f"The descriptor {name} gave {X.shape[1]} values here and {self._widths[column]} before."
            vectors[column] = empty_vectors(self._columns)[column]
            for index in batch.index[rows].tolist():
                failures.append((index, Failure(path(index), "describe", "wrong_shape", sentence)))
        return (
            batch if len(failures) == len(batch.failures) else replace(batch, vectors=tuple(vectors), failures=failures)
        )
