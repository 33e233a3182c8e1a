"""What came of applying a plan, or of taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

DONE, WOULD, ALREADY, REFUSED, FAILED = "done", "would be done", "already done", "refused", "failed"
"""What can come of a file."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one file: `path` as it stood, `kept` the file that stays, the kind of copy; with how many `companions` it
    went, how many bytes they had that nothing else has, for what was not done a word and a sentence, and what
    only it has of "date", "gps", "camera", "rating" and "keywords", and the sidecar of the kept file that this is written to.
    """

    path: bytes
    state: str
    kept: bytes | None = None
    kind: str | None = None
    companions: int = 0
    size: int = 0
    reason: str = ""
    message: str = ""
    only: tuple[str, ...] = ()
    sidecar: bytes | None = None


@dataclass(frozen=True, slots=True)
class Acted:
    """What came of all files. `command` is "apply" or "undo", `dry` whether nothing was done, `action` its name, `sentence` what
    it does, as "move {} to the trash", `frees` when space is free, "now" or "later", `undoable` whether dedupe undo takes it
    back, `journal` the name of the journal, which names all files and stands `at` that path.

    `stopped` says in a sentence why the run came to an early end.
    """

    command: str
    action: str
    sentence: str
    frees: str
    dry: bool
    outcomes: Sequence[Outcome]
    undoable: bool = True
    journal: str = ""
    stopped: str = ""
    at: bytes = b""

    def of(self, *states: str) -> list[Outcome]:
        """The files of which that came."""
        return [one for one in self.outcomes if one.state in states]
