"""A child process as its parent sees it: started, spoken to, ended."""

from __future__ import annotations

import multiprocessing
import os
import sys
from contextlib import suppress
from multiprocessing.connection import wait
from typing import Any

from numpy.typing import NDArray

from dedupe.loose import imported
from dedupe.processes import slots
from dedupe.processes.guard import how_it_ended, started
from dedupe.processes.life import READY, Life, main
from dedupe.processes.messages import LARGEST, unpacked

METHOD = "fork" if sys.platform == "linux" else "spawn"
"""How processes start where nothing else is asked for: forked where that is safe."""

JOIN_SECONDS = 5.0
A_DAY = 86400.0


class ChildLost(Exception):
    """A child has ended, or is of no use; the message says how, for a sentence: "crashed its worker"."""


class Child:
    """One process that leads a life. In `memory`, made by `slots.make`, it is the one of that number."""

    def __init__(self, life: Life, memory: Any = None, number: int = 0, method: str = METHOD) -> None:
        context: Any = multiprocessing.get_context(method)
        memory = slots.make(context, 1) if memory is None else memory
        self.pipe, its = context.Pipe()
        self.number, self.slot = number, slots.Slot(memory, number)
        self.slot.announce(slots.IDLE)
        arguments = (its, memory, number, imported(), life, os.getpid())
        self.process = context.Process(target=main, args=arguments, daemon=True)
        started(self.process)
        its.close()
        self.ready = False
        self.garbled = False
        """Whether it has sent what is no answer."""

    def send(self, task: Any) -> None:
        """Gives it a task, None to end; that it has died is noticed later."""
        with suppress(OSError):
            self.pipe.send(task)

    def receive(self) -> bytes | None:
        """What it says next, or None if it has ended and left nothing."""
        try:
            if self.process.exitcode is not None and not self.pipe.poll():
                return None  # its pipe may be open still, in a process that it started
            return bytes(self.pipe.recv_bytes(LARGEST))
        except EOFError:
            return None
        except OSError:  # it has died; or it lives, and announced more than any message has
            self.kill()
            return None

    def ask(self, task: Any, seconds: float) -> tuple[Any, list[NDArray[Any]]]:
        """What it says to a task, as `unpacked` gives it, within so many seconds from when it is ready.

        Raises TimeoutError, and ChildLost where it has ended or says what is no answer.
        """
        try:
            if not self.ready and self._said(None) != READY:
                raise ValueError("an answer to nothing")
            self.ready = True
            self.send(task)
            return unpacked(self._said(min(seconds, A_DAY)))
        except EOFError:
            raise ChildLost(self.cause()) from None
        except ValueError:
            self.garbled = True
            raise ChildLost(self.cause()) from None

    def _said(self, seconds: float | None) -> bytes:
        if not wait([self.pipe, self.process.sentinel], seconds):
            raise TimeoutError
        message = self.receive()
        if message is None:
            raise EOFError
        return message

    def cause(self) -> str:
        """How it ended, for a sentence."""
        if self.garbled:
            return "was ended, for what its worker sent is no answer"
        if self.process.exitcode is None:
            self.process.join(JOIN_SECONDS)
        return how_it_ended(self.process.exitcode)

    def kill(self) -> None:
        """Ends it at once."""
        self.process.kill()

    def close(self) -> None:
        """Lets go of it: it is given the time to end by itself. One that cannot be killed (a hung disk) is left behind."""
        self.pipe.close()
        self.process.join(JOIN_SECONDS)
        if self.process.exitcode is None:
            self.kill()
            self.process.join(JOIN_SECONDS)


def ask_once(life: Life, task: Any, seconds: float) -> tuple[Any, list[NDArray[Any]]]:
    """What a child says to the only task that it is given, as `Child.ask` has it and raises it; it is ended then."""
    child = Child(life)
    try:
        return child.ask(task, seconds)
    finally:
        child.kill()
        child.close()
