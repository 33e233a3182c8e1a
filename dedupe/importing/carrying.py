"""An import carried out: shot by shot, written down before it is done, and stopped as a whole where the disk gives up."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import count, groupby
from operator import attrgetter
from pathlib import Path

from dedupe.actions import recover_all
from dedupe.actions.copying import CopyTo, taken
from dedupe.actions.journal import COMMIT, DONE, TAKEN_BACK, Journal, Step, alone, begun, nothing, read
from dedupe.actions.recovering import recovered
from dedupe.actions.safely import check_system, digest_at
from dedupe.errors import DedupeError, Interrupted, Refused
from dedupe.model import Failure, Progress
from dedupe.model.asked import silent
from dedupe.model.imports import Copy, Import
from dedupe.processes.interrupts import Interrupts
from dedupe.report import size_text

AT_ONCE = 64
"""Copies that are written down at a time, or a few more: those of a shot stay together."""

ITS_NAME = (errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ)
"""What a file system says that cannot have a file of that name."""


@dataclass(slots=True)
class Carried:
    """The copies that stand, those that could not be made, and the numbers of the steps to come."""

    done: list[Copy] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)


@contextmanager
def settled(plugin: Sequence[Path] = ()) -> Iterator[None]:
    """While it lasts no other run changes files, and none that was killed has left anything half done, be it one that did what a
    loose `plugin` can do.

    Raises UsageError where the system cannot do it safely, DedupeError where another run is at work.
    """
    check_system()
    with alone():
        recover_all(plugin)
        yield


def carry_out(made: Import, progress: Progress = silent) -> Import:
    """Copies what was planned while files were `settled`; what of it stands, what could not be copied, and the journal for
    `undo`.

    Raises DedupeError where the library is full or cannot be written, Interrupted after SIGINT: what was copied until then
    stands.
    """
    if not made.copies:
        nothing("import", CopyTo.name)
        return replace(made, done=[])
    _refuse_full(made)
    out = Carried()
    with begun("import", CopyTo.name) as journal, Interrupts() as interrupts:
        try:
            for some in _batches(made.copies):
                if interrupts.asked:
                    break
                _copy(some, made, journal, out)
                progress("copying", len(out.done) + len(out.failures), len(made.copies))
            journal.end()
        except (OSError, KeyboardInterrupt) as error:
            with suppress(OSError):  # what cannot be taken back now the next run does
                recovered(read(journal.path), CopyTo())
            if isinstance(error, OSError):
                raise DedupeError(f"{_why(error)}. {_stands(out, journal)}") from error
            interrupts.asked = True
    if interrupts.asked and len(out.done) + len(out.failures) < len(made.copies):
        raise Interrupted(f"Interrupted. {_stands(out, journal)}")
    return replace(made, done=out.done, failures=[*made.failures, *out.failures], journal=journal.path.stem)


def _copy(some: Sequence[Copy], made: Import, journal: Journal, out: Carried) -> None:
    """Copies some shots. Raises OSError where the library's disk does not let it; what was begun is for recovery then."""
    action = CopyTo({_source(copy, made): _target(copy) for copy in some})
    shots = [(shot, steps) for shot in _shots(some) if (steps := _prepared(shot, action, made, out))]
    journal.intend([step for _, steps in shots for step in steps])
    stand = [(shot, steps) for shot, steps in shots if _performed(shot, steps, action, journal, out)]
    steps = [step for _, each in stand for step in each]
    journal.say(COMMIT, steps, durable=True)
    journal.say(DONE, steps)
    out.done += [copy for shot, _ in stand for copy in shot]


def _prepared(shot: Sequence[Copy], action: CopyTo, made: Import, out: Carried) -> list[Step]:
    """What is to be written down of a shot; nothing where a file of it cannot be copied, which is noted."""
    steps = list[Step]()
    for copy in shot:
        try:
            path = _source(copy, made)
            file = taken(path, copy.digest or digest_at(path))
            steps.append(Step(next(out.numbers), copy.shot, file, action.prepare(file)))
        except (Refused, OSError) as error:
            _refused(shot, copy, error, out)
            return []
    return steps


def _performed(shot: Sequence[Copy], steps: Sequence[Step], action: CopyTo, journal: Journal, out: Carried) -> bool:
    """Whether all of a shot was copied; where one is refused, or cannot be read, all of it is taken back. Raises OSError."""
    for at, (copy, step) in enumerate(zip(shot, steps, strict=True)):
        try:
            action.perform(step.file, step.note)
        except (Refused, OSError) as error:
            if isinstance(error, OSError) and error.errno not in ITS_NAME and _readable(step.file.path):
                raise  # it is the library's disk, which the next copy would find as it is
            for before in steps[:at]:
                action.take_back(before.file, before.note)
            journal.say(TAKEN_BACK, steps)
            _refused(shot, copy, error, out)
            return False
    return True


def _readable(path: bytes) -> bool:
    try:
        digest_at(path)
    except (OSError, Refused):
        return False
    return True


def _refused(shot: Sequence[Copy], guilty: Copy, error: Refused | OSError, out: Carried) -> None:
    """Notes why a shot is not copied: of one of its files, and of the others that they go together."""
    reason = error.reason if isinstance(error, Refused) else "unreadable"
    why = str(error) if isinstance(error, Refused) else f"it cannot be copied ({error.strerror or error})"
    for copy in shot:
        message = (
            why if copy is guilty else f"{os.fsdecode(os.path.basename(guilty.source))}, which it goes with: {why}"
        )
        out.failures.append(Failure(copy.source, "copy", reason, f"{message[:1].upper()}{message[1:]}."))


def _batches(copies: Sequence[Copy]) -> Iterator[list[Copy]]:
    """Whole shots, AT_ONCE copies or a few more."""
    some = list[Copy]()
    for shot in _shots(copies):
        some += shot
        if len(some) >= AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _shots(copies: Sequence[Copy]) -> list[list[Copy]]:
    return [list(shot) for _, shot in groupby(copies, attrgetter("shot"))]


def _source(copy: Copy, made: Import) -> bytes:
    """The path without links: one that leads to the card is the user's word, below it the walk has followed none."""
    return os.path.realpath(made.card) + copy.source[len(made.card) :]


def _target(copy: Copy) -> bytes:
    """The path without links: those in the library are its owner's."""
    folder, name = os.path.split(copy.target)
    return os.path.join(os.path.realpath(folder), name)


def _refuse_full(made: Import) -> None:
    """Raises DedupeError where the library has too little room, before anything is copied."""
    needed, free = sum(copy.size for copy in made.copies), shutil.disk_usage(made.library).free
    if needed > free:
        raise DedupeError(
            f"{os.fsdecode(made.library)} has {size_text(free)} of room and {size_text(needed)} are needed; nothing was copied."
        )


def _why(error: OSError) -> str:
    where = f" ({os.fsdecode(error.filename)})" if error.filename else ""
    return f"The import stopped: {error.strerror or error}{where}"


def _stands(out: Carried, journal: Journal) -> str:
    if not out.done:
        return "Nothing was copied."
    some = "1 copy stands" if len(out.done) == 1 else f"{len(out.done):,} copies stand"
    return f"{some}: the same command goes on from there, dedupe undo {journal.path.stem} takes it back."
