"""Taking back what a run has done."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from dedupe.actions.journal import (
    DONE,
    ENDING,
    TO_UNDO,
    UNDOING,
    UNDONE,
    Record,
    Step,
    continued,
    folder,
    read,
    readable,
)
from dedupe.actions.performing import BATCH, why_failed
from dedupe.actions.recovering import action_of
from dedupe.console import counted
from dedupe.errors import Interrupted, Refused, UsageError
from dedupe.model.acted import DONE as WAS_DONE
from dedupe.model.acted import FAILED, REFUSED, Acted, Outcome
from dedupe.model.acting import Action
from dedupe.model.asked import Progress

SENTENCE = "bring {} back"


def chosen(name: str | None, plugins: Sequence[Path] = ()) -> Record:
    """The journal of that name or path, else that of the last run that was not taken back yet. Raises UsageError, also where
    nothing of that one can be: an older run is never undone in its place.
    """
    if name is None:
        return _last(plugins)
    path = Path(name) if os.sep in name else folder() / f"{name.removesuffix(ENDING)}{ENDING}"
    if not path.is_file():
        raise UsageError(f"{name}: there is no such journal; dedupe undo --list shows them.")
    return read(path)


def _last(plugins: Sequence[Path]) -> Record:
    without = ""
    for record in readable():
        if record.at(*TO_UNDO) and action_of(record, plugins).undoable:
            if not without:
                return record
            files = counted(len(record.at(*TO_UNDO)), "file", "files")
            raise UsageError(
                f"Nothing is taken back: the last run, {without}, left nothing that could be; to take back the one before it "
                f"({record.command}, {files}), type dedupe undo {record.path.stem}."
            )
        without = without or ("" if record.at(UNDONE) else record.path.stem)
    raise UsageError("There is nothing to undo: no run has left anything that could be taken back.")


def undo(record: Record, action: Action, told: Progress) -> Acted:
    """Brings back what a run has taken, the last first; what stands in the way stays, and so does what was changed."""
    found, stopped = [], ""
    steps = record.at(*TO_UNDO)[::-1]
    try:
        with continued(record.path) as journal:
            for start in range(0, len(steps), BATCH):
                told("undo", start, len(steps))
                batch = steps[start : start + BATCH]
                journal.say(UNDOING, batch, durable=True)
                for step in batch:
                    outcome = _undone(step, action)
                    found.append(outcome)
                    journal.say(UNDONE if outcome.state == WAS_DONE else DONE, [step])
            told("undo", len(steps), len(steps))
            journal.end()
    except OSError as error:
        stopped = f"{error.strerror or error}. The next dedupe undo goes on."
    except KeyboardInterrupt:
        back = sum(one.state == WAS_DONE for one in found)
        raise Interrupted(
            f"Interrupted. {counted(back, 'file is', 'files are')} back. The next dedupe undo goes on."
        ) from None
    return Acted(
        "undo",
        record.action,
        getattr(action, "undo_sentence", SENTENCE),
        "now",
        False,
        found,
        False,
        record.path.stem,
        stopped,
        os.fsencode(record.path),
    )


def _undone(step: Step, action: Action) -> Outcome:
    file = step.file
    try:
        action.undo(file, step.note)
    except Refused as error:
        return Outcome(file.path, REFUSED, file.kept, reason=error.reason, message=str(error))
    except Exception as error:  # a plugin's action raises whatever it likes
        return Outcome(file.path, FAILED, file.kept, reason="failed", message=why_failed(error))
    return Outcome(file.path, WAS_DONE, file.kept, size=file.size)


__all__ = ["chosen", "undo"]
