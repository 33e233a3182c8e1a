"""A data set without its duplicates, in the form that it has: archives and tables written anew, folders copied."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dedupe.model.addresses import is_address
from dedupe.model.asked import FILE_TIMEOUT, Progress, Run, several, silent

if TYPE_CHECKING:
    from dedupe.describe.several import AnyPath, Paths
    from dedupe.model import Scan


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written to `path`: how many `duplicates` were left out, and how many files that stand `beside` them. Of these
    duplicates so many have an `other_label` than the picture that stays or, where no label is known, an `other_folder`.
    """

    path: bytes
    duplicates: int
    beside: int
    other_label: int = 0
    other_folder: int = 0


def check(roots: Sequence[AnyPath], target: AnyPath, plugin: Paths = ()) -> None:
    """Raises before a scan of `roots` what `export` would raise after it: UsageError for what cannot be written to `target`."""
    from dedupe.describe.gather import load_plugins
    from dedupe.export.planned import planned

    openers = load_plugins(_run(plugin, FILE_TIMEOUT, silent)).openers
    planned([os.fsencode(each) for each in roots], os.fsencode(target), openers)


def export(
    result: Scan,
    target: AnyPath,
    *,
    plugin: Paths = (),
    file_timeout: float = FILE_TIMEOUT,
    progress: Progress = silent,
) -> Exported:
    """Writes what a scan looked through without the duplicates that it found, in the same form: a tar, zip, Parquet or Arrow
    file as `target`, and a folder, or several of anything, as a new folder.

    Duplicates are the members of groups that a plan would remove by default (same-bytes, same-pixels, re-encoded), wherever
    the kept picture is, unless they are protected. Files that stand beside them, of the same name but for what follows its first
    dot, as labels do, go with them where no other picture has that name. All else is as it was; nothing is overwritten, and the
    sources are only read. Raises UsageError for a target that is there already, and for a result that has no such files,
    DedupeError where something has changed since the scan or cannot be written: then nothing is.
    """
    from dedupe.describe.gather import load_plugins
    from dedupe.errors import UsageError
    from dedupe.export.duplicates import Duplicates
    from dedupe.export.planned import planned
    from dedupe.export.writing import Writing

    about = result.header
    if about.in_memory or "files_from" in about.options or not about.judged:
        raise UsageError(
            "Only what folders and archives hold can be exported, of a scan that looked at each pair: scan their paths, without "
            "a list of files, pictures in memory or --no-judge."
        )
    run = _run(plugin, file_timeout, progress)
    loaded, whole = load_plugins(run), os.path.join(os.getcwdb(), os.fsencode(target))
    roots = [each if is_address(each) else os.path.join(about.folder, each) for each in about.roots]
    parts = planned(roots, whole, loaded.openers)
    left_out = Duplicates(result.groups, about.folder)
    writing = Writing(left_out, loaded, run, bool(about.options.get("follow_rows")))
    writing.all_of(parts, whole)
    return Exported(whole, writing.duplicates, writing.beside, left_out.other_label, left_out.other_folder)


def _run(plugin: Paths, file_timeout: float, progress: Progress) -> Run:
    files = tuple(os.fsdecode(each) for each in several(plugin))
    return Run(plugin=files, file_timeout=file_timeout, progress=progress)
