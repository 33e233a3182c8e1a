"""`dedupe`, and `python -m dedupe`."""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import signal
import sys

from dedupe.errors import DedupeError, Interrupted, OutputClosed

_code: int | None = None  # what the process exits with, once that is known


def main() -> None:
    """Runs the command line and exits with its code."""
    gc.set_threshold(
        100_000, 50, 50
    )  # modules and arrays make no cycles worth looking for while a start waits for them
    atexit.register(_end)  # the first registered is the last called
    try:
        from dedupe import cli

        cli.main()
    except KeyboardInterrupt:
        _exit(Interrupted.exit_code)
    except SystemExit as left:
        _exit(left.code if isinstance(left.code, int) else 0)
    except Exception:  # a defect or a broken installation; the interpreter's 1 would say that the work is done
        import traceback

        traceback.print_exc()
        _exit(DedupeError.exit_code)


def _exit(code: int) -> None:
    """Exits; from now on an interrupt ends the process at once, with the code that it has come to."""
    global _code
    _code = code
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(code))
    sys.exit(code)


def _end() -> None:
    """The last of the exit callbacks: everything is saved and closed.

    The interpreter would take its objects apart one by one, a tenth of the time of a run on few pictures; and it would
    die of SIGINT, whatever its code, where one was caught inside of `exec`, which the imports use.
    """
    if _code is None:
        return  # a defect, whose traceback the interpreter has shown
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):  # it is closed
            stream.flush()
    if _code == OutputClosed.exit_code:
        _die_of_a_closed_pipe()
    os._exit(_code)


def _die_of_a_closed_pipe() -> None:
    """Ends as any other command does whose reader has left, so that a shell need not know this one; Windows has no SIGPIPE."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        signal.raise_signal(signal.SIGPIPE)


if __name__ == "__main__":
    main()
