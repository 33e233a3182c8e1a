"""`dedupe apply` and `dedupe undo` as a review starts them: each in a process of its own, as somebody would type it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any

from dedupe.console import shown, visible
from dedupe.errors import DedupeError, UsageError

TRASH, QUARANTINE = "trash", "quarantine"
"""What a review may start: what can be taken back."""


NAMED = 5
"""Files that are left of which it is said why."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done, or would be: files, with the `companions` that go along, their bytes, how many were `left` and of the first
    of these `why`, why it was stopped, and the run's name for `undo`.
    """

    files: int
    companions: int
    bytes: int
    left: int
    why: list[str]
    stopped: str
    journal: str


def apply_command(plan: str | os.PathLike[str], merge_metadata: bool) -> str:
    """The command that applies a plan, as somebody types it."""
    return f"dedupe apply {quote(shown(os.fsencode(plan)))}{' --merge-metadata' if merge_metadata else ''}"


def rehearsed(plan: Path, action: str, merge_metadata: bool) -> Applied:
    """What applying a plan would do. Raises DedupeError with what the command said where it could not be told."""
    return _run(*_words(plan, action, merge_metadata))


def applied(plan: Path, action: str, merge_metadata: bool, typed: int) -> Applied:
    """What applying a plan has done. Raises UsageError where `typed` is not the number of files that would go now, and as
    `rehearsed` does.
    """
    would = rehearsed(plan, action, merge_metadata).files
    if typed != would:
        raise UsageError(f"{would:,} files would go now, and {typed:,} was typed; nothing was done.")
    return _run(*_words(plan, action, merge_metadata), "--yes")


def taken_back(journal: str) -> Applied:
    """What undoing a run has brought back. Raises as `rehearsed` does."""
    return _run("undo", journal)


def action_of(kind: Any, folder: Any) -> str:
    """The action as the command takes it. Raises UsageError for any other than these two, and for a folder that is relative."""
    if kind == TRASH:
        return TRASH
    if kind != QUARANTINE or not isinstance(folder, str):
        raise UsageError("A review moves to the trash or into a folder alone; dedupe apply can do more.")
    if not Path(folder).is_absolute():
        raise UsageError("Give the whole path of the folder, from the root on.")
    return f"{QUARANTINE}={folder}"


def _words(plan: Path, action: str, merge_metadata: bool) -> list[str]:
    return ["apply", os.path.abspath(plan), "--action", action, *(["--merge-metadata"] if merge_metadata else [])]


def _run(*words: str) -> Applied:
    command = [sys.executable, "-P", "-m", "dedupe", *words, "--json"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    if not lines or lines[-1].get("type") != "summary":
        said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise DedupeError(said.removeprefix("dedupe: ") or f"dedupe {words[0]} ended with exit code {done.returncode}.")
    summary = lines[-1]
    along = sum(line["companions"] for line in lines if line.get("state") in ("done", "would be done"))
    left = [line for line in lines if line.get("state") in ("refused", "failed")]
    why = [f"{visible(os.path.basename(line['path']))}: {visible(line['message'])}" for line in left[:NAMED]]
    end = summary["stopped"], summary["journal"]
    return Applied(summary["done"] + along, along, summary["bytes"], len(left), why, *end)
