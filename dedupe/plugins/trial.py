"""What is made from somebody's file is made in a child first, within the workers' limits: what it hangs or eats is the child."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from dedupe import config
from dedupe.guard import guard, how_it_ended, limit_memory, started
from dedupe.plugins.isolation import Failed, cause

MEMORY = config.WORKER_MEMORY
LONGEST_SENTENCE = 1 << 16
JOIN_SECONDS = 5.0
A_DAY = 86400.0


def attempt(function: Callable[..., object], *arguments: object, seconds: float) -> None:
    """Calls the function in a process of its own, which may take so many seconds and grow by MEMORY bytes.

    Nothing of what it gives comes back. Raises Failed with what it raised, how it died or which limit it hit. An interruption
    ends the process at once.
    """
    context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    mine, its = context.Pipe(duplex=False)
    process = context.Process(target=_life, args=(its, function, arguments, os.getpid()), daemon=True)
    started(process)
    its.close()
    try:
        sentence = _heard(mine, process, seconds)
    finally:
        mine.close()
        process.kill()
        process.join(JOIN_SECONDS)
    if sentence:
        raise Failed(sentence)


def _heard(pipe: Connection, process: Any, seconds: float) -> str:
    """What the process says in the end, "" where all went well. Its time begins when it does, not when it is started."""
    try:
        pipe.recv_bytes(LONGEST_SENTENCE)
        if not pipe.poll(min(seconds, A_DAY)):
            return f"it did not finish within {seconds:g} seconds (--file-timeout)"
        return pipe.recv_bytes(LONGEST_SENTENCE).decode("utf-8", "replace")
    except (EOFError, OSError):
        process.join(JOIN_SECONDS)
        return f"it {how_it_ended(process.exitcode)}"


def _life(pipe: Connection, function: Callable[..., object], arguments: tuple[object, ...], parent: int) -> None:
    guard(parent)
    limit_memory(MEMORY)
    pipe.send_bytes(b"begun")
    try:
        function(*arguments)
    except MemoryError:
        sentence = f"it asked for more than {MEMORY / (1 << 30):g} GB of memory"
    except BaseException as error:
        sentence = cause(error)
    else:
        sentence = ""
    with suppress(OSError):
        pipe.send_bytes(sentence.encode("utf-8", "backslashreplace"))
    os._exit(0)
