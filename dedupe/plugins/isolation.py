"""Keeps a plugin's mistakes its own: its output off stdout, its exceptions one line."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

from dedupe.errors import DedupeError, said, wants_memory

LONGEST_CAUSE = 400


class Rejected(Exception):
    """A plugin does not keep to the contract; the message is the sentence that says how."""


class Failed(Exception):
    """A plugin's code raised something; the message is the cause, on one line."""


@contextlib.contextmanager
def isolated() -> Iterator[None]:
    """Runs a plugin's code: whatever it raises becomes Failed, a KeyboardInterrupt and a call of exit too.

    One that a signal raised is the user's: it passes, also where the plugin's code kept it to itself.
    """
    with _interrupts() as users:
        try:
            yield
        except BaseException as error:
            if not users:
                raise Failed(cause(error)) from None
        if users:
            raise KeyboardInterrupt


@contextlib.contextmanager
def _interrupts() -> Iterator[list[int]]:
    """The signals that have raised KeyboardInterrupt while the block runs, as their handlers do."""
    raised: list[int] = []
    before: dict[int, Any] = {}

    def note(number: int, frame: FrameType | None) -> None:
        try:
            before[number](number, frame)
        except KeyboardInterrupt:
            raised.append(number)
            raise

    if threading.current_thread() is threading.main_thread():  # no other thread gets a signal, or may ask for one
        for each in (signal.SIGINT, signal.SIGTERM):
            if callable(handler := signal.getsignal(each)) and not isinstance(handler, signal.Handlers):
                before[each] = handler
                signal.signal(each, note)
    try:
        yield raised
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def cause(error: BaseException) -> str:
    """What went wrong, on one line of at most 400 characters: the exception's kind, message and line."""
    if isinstance(error, Rejected | DedupeError):
        return " ".join(str(error).split())
    if wants_memory(error):
        return "there is not enough memory for it"
    text = f"it called exit({error.code!r})" if isinstance(error, SystemExit) else said(error)
    return " ".join(text.split())[:LONGEST_CAUSE] + _where(error)


def _where(error: BaseException) -> str:
    import traceback  # only when something is wrong: it would cost every start some milliseconds

    own = ("importlib", "pluggy", "<frozen ", os.path.dirname(__file__))
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not any(part in f.filename for part in own)]
    return f" ({os.path.basename(frames[-1].filename)}, line {frames[-1].lineno})" if frames else ""


@contextlib.contextmanager
def plugin_output_to_stderr() -> Iterator[None]:
    """While the block runs, what is written to stdout goes to stderr, also from C and from child processes.

    stdout carries results only; one stray print of a plugin would make the JSON of a scan unreadable.
    """
    _flush()
    try:
        kept = os.dup(1)
    except OSError:  # no stdout: then nothing can be spoilt but Python's own stream
        with contextlib.redirect_stdout(sys.stderr):
            yield
        return
    try:
        with contextlib.suppress(OSError):
            os.dup2(2, 1)
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        _flush()
        os.dup2(kept, 1)
        os.close(kept)


def _flush() -> None:
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stdout.flush()
    # C code writes through a buffer of its own; numpy has loaded ctypes, and without it no C plugin has run
    if (ctypes := sys.modules.get("ctypes")) is not None:
        with contextlib.suppress(OSError, AttributeError, TypeError):
            ctypes.CDLL(None).fflush(None)
