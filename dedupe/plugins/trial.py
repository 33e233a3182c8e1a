"""What is made from somebody's file is made in a child first, within the workers' limits: what it hangs or eats is the child."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dedupe import config
from dedupe.plugins.isolation import Failed, cause
from dedupe.processes import Bounds, ChildLost, Slot, ask_once
from dedupe.processes.messages import packed

MEMORY = config.WORKER_MEMORY


@dataclass(frozen=True, slots=True)
class Trial:
    """The life of a child that calls one function, and says what it raised."""

    function: Callable[..., object]
    arguments: tuple[object, ...]
    bounds = Bounds(MEMORY)

    def begun(self, _: Slot, say: Callable[[bytes], None]) -> Callable[[object], None]:
        """The call is the task: its time begins when the child is ready."""
        return lambda _: say(packed(self._sentence()))

    def _sentence(self) -> str:
        try:
            self.function(*self.arguments)
        except MemoryError:
            return f"it asked for more than {MEMORY / (1 << 30):g} GB of memory"
        except BaseException as error:
            return cause(error)
        return ""


def attempt(function: Callable[..., object], *arguments: object, seconds: float) -> None:
    """Calls the function in a process of its own, which may take so many seconds and grow by MEMORY bytes.

    Nothing of what it gives comes back. Raises Failed with what it raised, how it died or which limit it hit. An interruption
    ends the process at once.
    """
    try:
        sentence, _ = ask_once(Trial(function, arguments), "try", seconds)
    except TimeoutError:
        sentence = f"it did not finish within {seconds:g} seconds (--file-timeout)"
    except ChildLost as lost:
        sentence = f"it {lost}"
    if sentence:
        raise Failed(str(sentence))
