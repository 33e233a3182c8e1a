"""Errors that are sentences and know their exit code. Whatever reaches the user as an error is one of these."""

from __future__ import annotations

from typing import Any


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


class UsageError(DedupeError):
    """The request cannot be understood or served as asked (exit code 2)."""

    exit_code = 2


class SafetyError(DedupeError):
    """Going on could lose something, so nothing was done (exit code 4)."""

    exit_code = 4


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
