"""Doing what a plan says, so that nothing is lost that cannot be brought back; and taking it back."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dedupe.actions import journal, plan, undoing
from dedupe.actions.deciding import Agreed, decide
from dedupe.actions.merging import Merging
from dedupe.actions.performing import Stopped, perform, rehearse
from dedupe.actions.placed import Folders
from dedupe.actions.quarantine import Quarantine
from dedupe.actions.recovering import action_of, recover, recovered
from dedupe.actions.registry import made
from dedupe.actions.safely import check_system
from dedupe.console import counted, warn
from dedupe.errors import DedupeError, Interrupted, UsageError
from dedupe.model.acted import ALREADY, DONE, REFUSED, WOULD, Acted, Outcome
from dedupe.model.acting import Action
from dedupe.model.asked import Progress, several, silent
from dedupe.model.judgement import kinds

if TYPE_CHECKING:
    from dedupe.describe.several import AnyPath, Paths, Words


def apply(
    plan_file: AnyPath,
    *,
    action: str = "trash",
    select: Words = (),
    protect: Paths = (),
    root: Paths = (),
    merge_metadata: bool = False,
    yes: bool = False,
    confirmed: Callable[[int], bool] | None = None,
    plugin: Paths = (),
    progress: Progress = silent,
) -> Acted:
    """Does to the files that a plan removes what `action` says, or with `yes` False only says what would be done.

    Without decisions in the plan members of the kinds `select` go, by default those that lose nothing. Files below `protect` are
    never touched, those below `root` may be besides those of the folders that were scanned. With `merge_metadata` what only a
    file that goes says of its date, place, camera, rating and keywords is written beside the one that stays. `confirmed` is
    asked with the number of files before what cannot be undone. Raises UsageError for what is no plan or no action, DedupeError
    where another run is at work or no journal can be kept, SafetyError where it is not confirmed.
    """
    check_system()
    files = [Path(os.fsdecode(each)) for each in several(plugin)]
    asked = partial(_agreed, plan_file, action, select, protect, root, merge_metadata, files)
    if not yes:
        doing, agreed, left = asked()
        found = told_apart(rehearse(agreed.items, doing, progress))
        return Acted("apply", doing.name, doing.sentence, doing.frees, True, [*found, *left])
    with journal.alone():
        recover_all(files)
        with journal.accounted("apply", action.partition("=")[0]):
            return _applied(*asked(), confirmed, progress)


def _agreed(
    plan_file: AnyPath,
    action: str,
    select: Words,
    protect: Paths,
    root: Paths,
    merge_metadata: bool,
    plugin: Sequence[Path],
) -> tuple[Action, Agreed, list[Outcome]]:
    """What is to be done to which files, and what is left: as `apply` has it, before any file is looked at."""
    doing: Action = made(action, plugin)
    what = plan.read(os.fsdecode(plan_file))
    if select:
        if what.list:
            raise UsageError("--select chooses by kind what the column Action of the list says by row; leave one out.")
        what = what.selected(kinds(select, "--select"))
    if unlooked := sum(row.kind is None and not row.is_kept_one and not row.asked for row in what.rows):
        warn(
            f"dedupe: {unlooked:,} {'picture stays' if unlooked == 1 else 'pictures stay'}, for nobody has looked at what kind "
            "of copies they are (--no-judge): say remove in the list or in dedupe review, or scan without --no-judge."
        )
    folders = Folders(what.header, *([os.fsencode(each) for each in several(given)] for given in (root, protect)))
    if isinstance(doing, Quarantine):
        folders.check_outside(doing.base())
    doing = Merging(doing, merge_metadata, folders.check_free)
    agreed = decide(what, folders, doing)
    left = [Outcome(one.path, REFUSED, reason=one.reason, message=one.message) for one in agreed.left]
    return doing, agreed, left


def _applied(
    action: Action,
    agreed: Agreed,
    left: Sequence[Outcome],
    confirmed: Callable[[int], bool] | None,
    progress: Progress,
) -> Acted:
    about = "apply", action.name, action.sentence, action.frees, False
    if confirmed is not None:
        would = rehearse(agreed.items, action, progress)
        number = sum(1 + one.companions for one in would if one.state == WOULD)
        if not number or not confirmed(number):
            return Acted(*about, [*([] if number else told_apart(would)), *left])
    if not agreed.items:
        return Acted(*about, list(left))
    stopped = ""
    with journal.begun("apply", action.name) as writing:
        try:
            found = told_apart(perform(agreed.items, action, writing, progress))
            with suppress(OSError):  # all is done; the next run finds that nothing is left to do
                writing.end()
        except Stopped as stop:
            found, stopped = _stopped(writing.path, action, stop)
        except BaseException as error:
            recovered(journal.read(writing.path), action)
            if isinstance(error, KeyboardInterrupt):
                raise Interrupted(_interrupted(writing.path, action)) from None
            raise
    return Acted(*about, [*found, *left], action.undoable, writing.path.stem, stopped, os.fsencode(writing.path))


def _interrupted(path: Path, action: Action) -> str:
    """What an interrupted run says, whose journal is here."""
    done = len(journal.read(path).at(journal.DONE))
    back = f" dedupe undo {path.stem} takes it back." if done and action.undoable else ""
    return f"Interrupted. {counted(done, 'file is', 'files are')} done with, the others were not touched.{back}"


def _stopped(path: Path, action: Action, stop: Stopped) -> tuple[list[Outcome], str]:
    """What came of the files of a run that could not go on, and why in a sentence; what it had begun is brought to an end."""
    why = stop.error.strerror or str(stop.error)
    try:
        recovered(journal.read(path), action)
    except (OSError, DedupeError):
        return list(stop.outcomes), f"{why}. The next dedupe apply or undo brings to an end what was begun."
    known = {one.path for one in stop.outcomes}
    done = [step.file for step in journal.read(path).at(journal.DONE)]
    later = [Outcome(one.path, DONE, one.kept, size=one.size) for one in done if one.path not in known]
    return [*stop.outcomes, *later], f"{why}. What was begun was brought to an end; the rest was not touched."


def recover_all(plugin: Sequence[Path] = ()) -> None:
    """Brings runs to an end that were killed, and says so. Raises DedupeError where the system does not let it."""
    try:
        found = recover(plugin)
    except OSError as error:
        raise DedupeError(
            f"An earlier run was killed, and what it had begun cannot be brought to an end: {error.strerror or error}."
        ) from error
    for one in found:
        warn(
            f"dedupe: the run {one.name} was killed. Of the files that it was at, {one.taken_back} are where they were, and "
            f"{one.done} are done with."
        )
        for sentence in one.trouble:
            warn(f"dedupe: {sentence}")


def undo(journal_name: str | None = None, *, plugin: Paths = (), progress: Progress = silent) -> Acted:
    """Brings back what the run of a journal did, by default the last one that was not taken back yet.

    Raises UsageError where there is nothing to undo or the last run left nothing that could be undone, DedupeError where another
    run is at work.
    """
    check_system()
    files = [Path(os.fsdecode(each)) for each in several(plugin)]
    with journal.alone():
        recover_all(files)
        record = undoing.chosen(journal_name, files)
        return undoing.undo(record, action_of(record, files), progress)


def told_apart(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The same, with those already done that are no longer there, or links, because an earlier run took them."""
    away = {one.path for one in outcomes if one.state == REFUSED and one.reason in ("gone", "replaced")}
    if away:
        away &= {step.file.path for record in journal.readable() for step in record.at(journal.DONE)}
    return [replace(one, state=ALREADY, reason="", message="") if one.path in away else one for one in outcomes]


__all__ = ["apply", "recover_all", "undo"]
