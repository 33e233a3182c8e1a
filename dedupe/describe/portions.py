"""The files that have to be described as an engine gets them: all in this process, or in portions for any other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dedupe import config
from dedupe.console import say
from dedupe.describe.workers import Column
from dedupe.describe.workers.shapes import FilesPortion, Known, no_files
from dedupe.loose import Loose, imported
from dedupe.model import INSIDE, MEMORY, Batch, Crew, Decoder, Failure, Files, Ints, Members, Portion, Run, ToDescribe


def here(work: ToDescribe) -> Iterator[Batch]:
    """All of the work in child processes of this one."""
    return work.here()


@dataclass(frozen=True, slots=True)
class MadeCrew:
    """Makes a crew. Loose plugins stand first: where it is unpickled they are imported before what is theirs."""

    loose: Sequence[Loose]
    columns: Sequence[Column]
    decoders: Sequence[Decoder]
    known: Known | None
    run: Run
    large: bool

    def __call__(self, workers: int) -> Crew:
        from dedupe.describe.workers.crew import FilesCrew

        return FilesCrew(self.columns, self.decoders, self.known, self.run, self.large, workers)


@dataclass(frozen=True, slots=True)
class FilesToDescribe:
    """The files `todo`, int64 (k,), of a collection. `known` is what the store has, `need` (k,) the columns wanted of each."""

    files: Files
    todo: Ints
    columns: Sequence[Column]
    decoders: Sequence[Decoder]
    known: Known | None
    need: NDArray[np.object_] | None
    run: Run

    def __len__(self) -> int:
        return len(self.todo)

    def here(self) -> Iterator[Batch]:
        """All of them in child processes of this one."""
        from dedupe.describe.workers import run

        return run(
            self.files,
            self.todo,
            self.columns,
            self.decoders,
            workers=config.workers(self.run.workers),
            known=self.known,
            need=self.need,
            timeout=self.run.file_timeout,
            memory=config.WORKER_MEMORY,
            pixel_cap=self.run.max_pixels,
            notify=say,
        )

    def portions(self, most: int) -> Iterator[FilesPortion]:
        """The files in their order, at most so many together; a few of equal size, which may be copies, are not parted."""
        from dedupe.describe.workers.backlog import end_of_copies

        start = 0
        while start < len(self.todo):
            end = end_of_copies(self.files.size, self.todo, min(start + most, len(self.todo)))
            index = self.todo[start:end]
            need = None if self.need is None else self.need[start:end]
            yield FilesPortion(index, part_of(self.files, index), need)
            start = end

    @property
    def crew(self) -> Callable[[int], Crew]:
        """What makes a crew anywhere; nobody sees what it has to say of its progress there."""
        from dedupe.describe.workers.running import is_large

        run = Run(file_timeout=self.run.file_timeout, max_pixels=self.run.max_pixels)
        large = is_large(self.files, self.todo)
        return MadeCrew(imported(), tuple(self.columns), tuple(self.decoders), self.known, run, large)

    def lost(self, portion: Portion, message: str) -> Batch:
        """The failures of a portion that nobody could do."""
        assert isinstance(portion, FilesPortion), "a portion of these files"
        files = enumerate(portion.index.tolist())
        failures = [(i, Failure(portion.files.path(at), "describe", "crashed", message)) for at, i in files]
        return no_files(self.columns, failures)


def part_of(files: Files, index: Ints) -> Files:
    """The files `index`, int64 (k,), with nothing that belongs to others."""
    paths = [files.path(i) for i in index.tolist()]
    columns = {
        name: getattr(files, name)[index] for name in ("size", "mtime_ns", "ctime_ns", "device", "root", "sniff")
    }
    inode, members = files.inode[index], files.members
    held = {number: files.held[number] for number in inode[columns["device"] == MEMORY].tolist()}
    if members is not None:
        inside = columns["device"] == INSIDE
        members, inode = _members(members, inode[inside]), inode.copy()
        inode[inside] = np.arange(np.count_nonzero(inside))
    offsets = np.cumsum([0, *map(len, paths)])
    return Files(b"".join(paths), offsets, inode=inode, held=held, members=members, **columns)


def _members(members: Members, number: Ints) -> Members | None:
    """Some of the pictures in containers, int64 (k,), numbered anew; None for none."""
    if not len(number):
        return None
    used, container = np.unique(members.container[number], return_inverse=True)
    containers = [members.containers[i] for i in used.tolist()]
    labels = [members.labels[i] for i in number.tolist()]
    return replace(
        members,
        containers=containers,
        container=container.astype(np.int64),
        offset=members.offset[number],
        size=members.size[number],
        labels=labels,
    )
