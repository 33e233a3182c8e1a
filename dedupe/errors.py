"""Errors that are sentences and know their exit code. Whatever reaches the user as an error is one of these."""

from __future__ import annotations

import errno
import re
from typing import Any

__all__ = [
    "DedupeError",
    "Interrupted",
    "MetricError",
    "OutputClosed",
    "PictureError",
    "Refused",
    "SafetyError",
    "Unfinished",
    "UsageError",
    "install_hint",
]


class DedupeError(Exception):
    """The work could not be finished; the message is a sentence that says what to do (exit code 3)."""

    exit_code = 3


def said(error: BaseException) -> str:
    """An exception's kind and message on one line; its kind alone where it cannot even be printed."""
    try:
        text = " ".join(str(error).split())
    except Exception:  # a plugin's own exception can fail at that, too
        text = ""
    return f"{type(error).__name__}: {text}".removesuffix(": ")


def install_hint(extra: str = "") -> str:
    """For a sentence, what to run to have an extra of dedupe, or what ships with it: dedupe is on no index."""
    what = f"'.[{extra}]'" if extra else "."
    return f"pip install {what} in the folder of dedupe's source"


_FOR_MEMORY = re.compile(
    r"cannot allocate memory(?! in static tls)|failed to map segment(?!.*not permitted)|bad_alloc", re.IGNORECASE
)
"""How the system's loader and C++ say it; a place where nothing may be executed, or little room of another kind, is not it."""


def wants_memory(error: BaseException | None) -> bool:
    """Whether an exception, or one that it came of, is for want of memory: llvmlite calls a library that does not fit in one
    whose permissions may be wrong, numpy one that was not installed well.
    """
    while error is not None:
        if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
            return True
        if isinstance(error, ImportError | OSError | RuntimeError) and _FOR_MEMORY.search(said(error)):
            return True
        error = error.__cause__ or error.__context__
    return False


class UsageError(DedupeError):
    """The request cannot be understood or served as asked (exit code 2)."""

    exit_code = 2


class SafetyError(DedupeError):
    """Going on could lose something, so nothing was done (exit code 4)."""

    exit_code = 4


class Refused(SafetyError):
    """One file is left as it is while others go on; `reason` is a short stable word, the message a sentence."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Interrupted(DedupeError):
    """The user stopped the work; what was finished is in the cache, if there is one (exit code 130)."""

    exit_code = 130


class MetricError(DedupeError):
    """A plugin's metric raised, gave no distances, crashed or took too long (exit code 3)."""


class Unfinished(DedupeError):
    """Some of what was asked for could not be had; `result` is the rest (exit code 3)."""

    def __init__(self, message: str, result: Any) -> None:
        super().__init__(message)
        self.result = result


class OutputClosed(DedupeError):
    """Nobody reads the result any more (exit code 141, as a shell shows SIGPIPE); there is nobody to tell either."""

    exit_code = 141

    def __init__(self) -> None:
        super().__init__("")


class PictureError(DedupeError):
    """One file cannot be used; `reason` is a short stable word, the message a sentence. It becomes a `Failure`."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason if type(reason) is str else "raised"  # a plugin may give anything
