"""Items done one after the other, each written down before it is begun."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count

from dedupe.actions.checking import Already, Seen, checked, note
from dedupe.actions.deciding import Item
from dedupe.actions.journal import COMMIT, DONE, LEFT, TAKEN_BACK, Journal, Step
from dedupe.actions.merging import alone_told
from dedupe.errors import Refused
from dedupe.errors import said as said_of
from dedupe.model.acted import ALREADY, FAILED, REFUSED, WOULD, Outcome
from dedupe.model.acted import DONE as WAS_DONE
from dedupe.model.acting import Action
from dedupe.model.asked import Progress

BATCH = 64
"""Items that are written down, and waited for, at once."""

STOPPING = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS)
"""What the system says where nothing should be tried further."""

Work = tuple[Item, Sequence[Step]]


class Stopped(Exception):
    """The disk is full, broken or read-only: what was begun is for recovery; `outcomes` are of the items that came before."""

    def __init__(self, error: OSError, outcomes: Sequence[Outcome]) -> None:
        super().__init__(str(error))
        self.error, self.outcomes = error, outcomes


def rehearse(items: Sequence[Item], action: Action, told: Progress) -> list[Outcome]:
    """What would come of items: all that performing them looks at, and nothing that it does."""
    found: list[Outcome] = []
    numbers, seen = count(1), Seen()
    for done, item in enumerate(items):
        told("check", done, len(items))
        work = _prepared(item, done, action, seen, numbers)
        found += _outcomes(item, WOULD, work[1]) if isinstance(work, tuple) else work
    return found


def perform(items: Sequence[Item], action: Action, journal: Journal, told: Progress) -> list[Outcome]:
    """What came of items. Raises Stopped for what the system says that nothing can go on with; the journal then has no end."""
    found: list[Outcome] = []
    numbers, seen = count(1), Seen()
    try:
        for start in range(0, len(items), BATCH):
            told(action.name, start, len(items))
            prepared = [
                _prepared(item, start + at, action, seen, numbers)
                for at, item in enumerate(items[start : start + BATCH])
            ]
            work = [each for each in prepared if isinstance(each, tuple)]
            found += [one for each in prepared if not isinstance(each, tuple) for one in each]
            found += _batch(work, action, journal)
        told(action.name, len(items), len(items))
    except OSError as error:
        raise Stopped(error, found) from error
    return found


def _prepared(item: Item, number: int, action: Action, seen: Seen, numbers: Iterator[int]) -> Work | list[Outcome]:
    """The steps of an item, each file read again; or what is said of it where it cannot be done."""
    steps = []
    try:
        for one in item.files:
            file = checked(one, action, seen)
            steps.append(Step(next(numbers), number, file, action.prepare(file)))
        for one, step in zip(item.files, steps, strict=True):
            note(one, step.file, seen)
    except Already:
        return _outcomes(item, ALREADY)
    except Refused as error:
        return _outcomes(item, REFUSED, (), error.reason, str(error))
    except Exception as error:  # a plugin's action raises whatever it likes
        return _failed(item, error)
    return item, steps


def _batch(work: Sequence[Work], action: Action, journal: Journal) -> list[Outcome]:
    """What came of a batch: written down, performed, written down that it holds, and committed."""
    journal.intend([step for _, steps in work for step in steps])
    found: list[Outcome] = []
    ready: list[Work] = []
    for item, steps in work:
        outcome = _performed(item, steps, action, journal)
        if outcome is None:
            ready.append((item, steps))
        else:
            found += outcome
    journal.say(COMMIT, [step for _, steps in ready for step in steps], durable=True)
    for item, steps in ready:
        found += _committed(item, steps, action, journal)
    return found


def _performed(item: Item, steps: Sequence[Step], action: Action, journal: Journal) -> list[Outcome] | None:
    """None where all steps of an item are performed; else what is said of it, and none of them is."""
    try:
        for step in steps:
            action.perform(step.file, step.note)
    except Refused as error:
        said = _outcomes(item, REFUSED, (), error.reason, str(error))
    except Exception as error:
        said = _failed(item, error)
    else:
        return None
    return _back(item, steps, action, journal) or said


def _committed(item: Item, steps: Sequence[Step], action: Action, journal: Journal) -> list[Outcome]:
    for at, step in enumerate(steps):
        try:
            action.commit(step.file, step.note)
        except Exception as error:
            said = _not_done(item, error)
            journal.say(DONE, steps[:at])
            changed = isinstance(error, Refused)  # it stays where it is, which the message says
            journal.say(LEFT, [step] if changed else [])
            _back(item, steps[at + changed :], action, journal)
            return said
    journal.say(DONE, steps)
    return _outcomes(item, WAS_DONE, steps)


def _back(item: Item, steps: Sequence[Step], action: Action, journal: Journal) -> list[Outcome]:
    """Takes steps back, the last first, each whatever becomes of the others; what is said of those that could not be."""
    said: list[Outcome] = []
    for step in reversed(steps):
        try:
            action.take_back(step.file, step.note)
            journal.say(TAKEN_BACK, [step])
        except Exception as error:
            said = _not_done(item, error)
            journal.say(LEFT, [step])
    return said


def _not_done(item: Item, error: Exception) -> list[Outcome]:
    """What is said of an item of which something could be neither done nor taken back."""
    if isinstance(error, Refused):
        return _outcomes(item, FAILED, (), error.reason, str(error))
    return _failed(item, error)


def _failed(item: Item, error: Exception) -> list[Outcome]:
    """What is said of an item where something failed. Raises the error again where nothing can go on with it."""
    why = why_failed(error)
    number = getattr(error, "errno", None)
    return _outcomes(item, FAILED, (), "raised" if number is None else os.strerror(number).lower(), why)


def why_failed(error: Exception) -> str:
    """A sentence on an error of the system or of an action. Raises it again where nothing can go on with it."""
    number = getattr(error, "errno", None)
    if number in STOPPING:
        raise error
    if number is None:
        return f"the action failed: {said_of(error)}"
    return f"the system says: {os.strerror(number)}"


def _outcomes(item: Item, state: str, steps: Sequence[Step] = (), reason: str = "", message: str = "") -> list[Outcome]:
    """One for each picture of an item; the first has the companions, and the bytes of all that no other name has."""
    pictures = [one for one in item.files if one.row is not None]
    size = sum(step.file.size for step in steps if step.file.links == 1)
    told = {step.file.path: alone_told(step.note) for step in steps}
    found = [
        Outcome(one.path, state, one.kept, one.kind, 0, 0, reason, message, *told.get(one.path, ())) for one in pictures
    ]
    return [replace(found[0], companions=item.companions, size=size), *found[1:]]


__all__ = ["Stopped", "perform", "rehearse", "why_failed"]
