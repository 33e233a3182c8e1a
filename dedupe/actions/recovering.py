"""After a kill: what was not to be committed is taken back, what was is committed, and what was being undone is undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dedupe.actions.journal import (
    COMMIT,
    DONE,
    INTENT,
    LEFT,
    TAKEN_BACK,
    UNDOING,
    UNDONE,
    Journal,
    Record,
    Step,
    continued,
    killed,
)
from dedupe.actions.performing import why_failed
from dedupe.actions.registry import known
from dedupe.errors import Refused, UsageError
from dedupe.model.acting import Action, Note, Taken


@dataclass(frozen=True, slots=True)
class Recovered:
    """What became of a run that was killed: how many files are where they were, how many are done, and sentences on those that
    could not be dealt with.
    """

    name: str
    taken_back: int
    done: int
    trouble: Sequence[str] = ()


def recover(plugins: Sequence[Path] = ()) -> list[Recovered]:
    """Brings every run that was killed to an end; one that the disk does not let end yet waits for the next time."""
    found = []
    for record in killed():
        action = action_of(record, plugins)
        try:
            found.append(recovered(record, action))
        except OSError as error:
            why = f"What it had begun cannot be brought to an end yet: {error.strerror or error}."
            found.append(Recovered(record.path.stem, 0, 0, [why]))
    return found


def action_of(record: Record, plugins: Sequence[Path] = ()) -> Action:
    """The action of a run. Raises UsageError where a plugin had it that is not here."""
    try:
        return known(record.action, plugins)
    except UsageError as error:
        raise UsageError(
            f"{record.path}: only the plugin of its action can bring this run to an end. {error}"
        ) from None


def recovered(record: Record, action: Action) -> Recovered:
    """Brings one run to its end."""
    trouble: list[str] = []
    back, forward, undone = record.at(INTENT), record.at(COMMIT), record.at(UNDOING)
    with continued(record.path) as journal:
        trouble += _each(back[::-1], action.take_back, journal, TAKEN_BACK, LEFT)
        trouble += _each(forward, action.commit, journal, DONE, LEFT)
        trouble += _each(undone[::-1], action.undo, journal, UNDONE, DONE)
        journal.end()
    return Recovered(record.path.stem, len(back) + len(undone), len(forward), trouble)


def _each(
    steps: Sequence[Step], do: Callable[[Taken, Note], None], journal: Journal, state: str, otherwise: str
) -> list[str]:
    """What could not be done; such a file stays as it is, in the state `otherwise`, and holds up no later run."""
    trouble = []
    for step in steps:
        try:
            do(step.file, step.note)
            journal.say(state, [step])
        except Exception as error:  # a plugin's action raises whatever it likes
            why = str(error) if isinstance(error, Refused) else why_failed(error)
            trouble.append(f"{step.file.path!r}: {why}")
            journal.say(otherwise, [step])
    return trouble
