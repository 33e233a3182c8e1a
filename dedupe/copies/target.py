"""The folder that copies go to: new or empty, and nothing in it is ever overwritten."""

# ruff: noqa: PTH103, PTH114 -- paths are bytes here, which pathlib does not take

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from dedupe.errors import DedupeError, UsageError
from dedupe.whole import whole_file


def refuse_full(folder: bytes) -> None:
    """Raises UsageError unless a folder is empty or still to be made, DedupeError where that cannot be seen."""
    try:
        if os.listdir(folder):
            raise UsageError(
                f"{_shown(folder)} is not empty, and nothing is ever overwritten; name a new folder with -o."
            )
    except FileNotFoundError:
        if os.path.islink(folder):
            raise UsageError(f"{_shown(folder)} is a link that leads nowhere; name a new folder with -o.") from None
    except NotADirectoryError:
        raise UsageError(f"{_shown(folder)} is no folder; name a new one with -o.") from None
    except OSError as error:
        raise DedupeError(f"{_shown(folder)} cannot be used: {error.strerror or error}.") from None


def make_folders(folder: bytes, names: Sequence[str]) -> None:
    """Makes the folder and those in it; raises DedupeError where that cannot be done."""
    try:
        for name in names:
            os.makedirs(os.path.join(folder, os.fsencode(name)))
    except OSError as error:
        raise DedupeError(f"{_shown(folder)} cannot be made: {error.strerror or error}.") from None


def publish(path: bytes, data: bytes) -> None:
    """Makes a file that was not there, whole or not at all. Raises DedupeError if it exists or cannot be written."""
    try:
        with whole_file(Path(os.fsdecode(path)), anew=True, durable=False) as file:
            file.write(data)
    except OSError as error:
        why = error.strerror or error
        raise DedupeError(f"{_shown(path)} cannot be written: {why}; the copies that were finished stand.") from None


def _shown(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace")
