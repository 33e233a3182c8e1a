"""The option of a scan that writes what was scanned without its duplicates: --export."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

from dedupe.console import counted, progress, say, shown, unbroken, warn
from dedupe.errors import UsageError
from dedupe.kit import Kind, Place, RunOptions
from dedupe.kit import options as o

if TYPE_CHECKING:
    from dedupe.export import Exported
    from dedupe.results import Scan

NEW = Place(Kind("a new name", lambda _: False))

Export = Annotated[
    Path | None,
    o.shown(
        "--export",
        help="Also write what was scanned without its duplicates (same-bytes, same-pixels, re-encoded), in the same form: a tar, "
        "zip, Parquet or Arrow file to FILE, a folder or several paths as copies to DIR.",
        parser=NEW,
        metavar="FILE|DIR",
    ),
]


def check_export(
    target: Path, paths: Sequence[str], files_from: str | None, judge: bool, plugin: Sequence[Path]
) -> None:
    """Raises UsageError before the work for what cannot be exported."""
    from dedupe.export import check

    if files_from is not None:
        raise UsageError("--export writes what folders and archives hold; name them, and leave out --files-from.")
    if not judge:
        raise UsageError("--export: without the judge no kind is known; leave out --no-judge.")
    check(paths, target, plugin)


def exported(result: Scan, target: Path, run: RunOptions) -> None:
    """Writes it and says what was left out."""
    from dedupe.export import export as function

    with progress() as told:
        done = function(result, target, plugin=run["plugin"], file_timeout=run["file_timeout"], progress=told)
    duplicates, files = counted(done.duplicates, "duplicate", "duplicates"), counted(done.beside, "file", "files")
    beside = f" and {files} beside them (labels and the like)" if done.beside else ""
    left_out = f"all but {duplicates}{beside}" if done.duplicates else "everything: nothing in it is a duplicate"
    say(f"{shown(os.fsencode(target))} has {left_out}.")
    _say_labels(done, result.header.roots)


def _say_labels(done: Exported, roots: Sequence[bytes]) -> None:
    """Says what went with duplicates where labels or folders were not the same, and how to see which those are."""
    leak = f"dedupe leak {quote(shown(roots[0])) if len(roots) == 1 else 'SET'}"
    which = f"{unbroken(leak)} shows which."
    one, several = "duplicate that was left out", "duplicates that were left out"
    if many := done.other_label:
        than = "another label than the picture that stays" if many == 1 else "other labels than the pictures that stay"
        warn(f"{counted(many, one, several)} had {than}; {which}")
    if many := done.other_folder:
        than = (
            "another folder than the picture that stays" if many == 1 else "other folders than the pictures that stay"
        )
        say(f"{counted(many, one, several)} lay in {than}. If folders are labels, {which}")
