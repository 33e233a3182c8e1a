"""What is done to files, written down before it is done: in the user's data folder, one file of JSON lines a run.

A line says what is to be done with a file (`intent`), which files are to be committed (`commit`), what is done, taken back, left
as it is (neither could be done), being undone and undone. The last line of a run that went well is `end`; without it the run was
killed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Literal

from dedupe import config
from dedupe.console import warn_once
from dedupe.errors import DedupeError, UsageError
from dedupe.installed import version
from dedupe.model.acting import Note, Taken
from dedupe.model.paths import path_fields, path_of
from dedupe.model.records import encoded

FORMAT = 1
FOLDER, ENDING = "journals", ".jsonl"

INTENT, COMMIT, DONE, TAKEN_BACK, UNDOING, UNDONE = "intent", "commit", "done", "taken back", "undoing", "undone"
LEFT = "left"
"""How far a step has come."""

TO_UNDO = (DONE, LEFT)
"""What can be undone, or tried again."""


@dataclass(frozen=True, slots=True)
class Step:
    """What is done with one file: its number in the journal, the item of files that go together, the action's note."""

    number: int
    item: int
    file: Taken
    note: Note


@dataclass(frozen=True, slots=True)
class Record:
    """A journal as it was read: the command and the action of the run, when it began, the steps and how far each has come."""

    path: Path
    command: str
    action: str
    time: str
    steps: Mapping[int, Step]
    states: Mapping[int, str]

    def at(self, *states: str) -> list[Step]:
        """The steps that have come that far, in their order."""
        return [step for number, step in self.steps.items() if self.states[number] in states]


class Journal:
    """The journal of a run, which lines are added to."""

    def __init__(self, path: Path, file: int) -> None:
        self.path, self._file = path, file

    def intend(self, steps: Sequence[Step]) -> None:
        """Writes what is to be done, and waits until it is on the disk."""
        if steps:
            self._write([{"type": INTENT, **_line(step)} for step in steps], durable=True)

    def say(self, state: str, steps: Iterable[Step], durable: bool = False) -> None:
        """Writes how far steps have come."""
        numbers = [step.number for step in steps]
        if numbers:
            self._write([{"type": state, "n": numbers}], durable)

    def end(self) -> None:
        """Writes that nothing is left to be done."""
        self._write([{"type": "end"}], durable=True)

    def _write(self, lines: Iterable[Mapping[str, Any]], durable: bool) -> None:
        left = memoryview("".join(map(encoded, lines)).encode("ascii"))
        while left:
            left = left[os.write(self._file, left) :]
        if durable:
            os.fsync(self._file)


def folder() -> Path:
    """Where journals are. Raises DedupeError where they cannot be kept."""
    place = config.data_path(warn_once) / FOLDER
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise DedupeError(
            f"{place}, where dedupe writes down what it does, cannot be made: {error.strerror}. DEDUPE_DATA names another "
            "folder."
        ) from error
    return place


@contextmanager
def alone() -> Iterator[None]:
    """Keeps all other runs that change files out until the block ends. Raises DedupeError where there is one."""
    import fcntl

    with _opened(folder() / "lock", "ab") as stream:
        try:
            fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DedupeError("Another dedupe is changing files; wait until it is done, then try again.") from None
        except OSError as error:
            raise _unwritten(folder() / "lock", error) from error
        yield


@contextmanager
def begun(command: str, action: str, **about: Any) -> Iterator[Journal]:
    """A new journal. Raises DedupeError where it cannot be written."""
    now = datetime.now(UTC)
    name = f"{now:%Y-%m-%dT%H%M%S-%f}{ENDING}"  # two runs within a second have their order
    path = folder() / name
    with _opened(path, "xb") as stream:
        made = Journal(path, stream.fileno())
        head = {"type": "journal", "format": FORMAT, "command": command, "action": action}
        words = config.command_line and list(config.command_line)
        more = {"time": now.isoformat(timespec="seconds"), "version": version("dedupe-images"), "command_line": words}
        try:
            made._write([{**head, **more, **about}], durable=True)
            _sync(path.parent)
        except OSError as error:
            with suppress(OSError):
                path.unlink()
            raise _unwritten(path, error) from error
        yield made


@contextmanager
def accounted(command: str, action: str) -> Iterator[None]:
    """Whatever becomes of the block, it is a run: one that begins no journal, since it has nothing to do or cannot go on, is
    written down, so that no older run is taken back in its place.
    """
    before = set(journals())
    try:
        yield
    finally:
        if before.issuperset(journals()):
            nothing(command, action)


def nothing(command: str, action: str) -> None:
    """Writes down a run that found nothing to do."""
    with begun(command, action) as made, suppress(OSError):
        made.end()


def _opened(path: Path, mode: Literal["ab", "xb"]) -> BinaryIO:
    try:
        return path.open(mode)
    except OSError as error:
        raise _unwritten(path, error) from error


def _unwritten(path: Path, error: OSError) -> DedupeError:
    why = f"cannot be written ({error.strerror}), and without a journal nothing is done"
    return DedupeError(f"{path} {why}. DEDUPE_DATA names another folder.")


@contextmanager
def continued(path: Path) -> Iterator[Journal]:
    """A journal that lines are added to; a line that a kill cut off counts for nothing, and is taken away first."""
    with path.open("r+b") as stream:
        stream.truncate(stream.read().rfind(b"\n") + 1)
        os.lseek(stream.fileno(), 0, os.SEEK_END)
        yield Journal(path, stream.fileno())


def read(path: Path) -> Record:
    """A journal as it stands. Raises UsageError for what is none, is damaged, or of a newer format, DedupeError for what cannot
    be read.
    """
    lines = list(_lines(path))
    head = lines[0] if lines else {}
    if head.get("type") != "journal":
        raise UsageError(f"{path}: this is no journal of dedupe; dedupe undo --list shows them.")
    try:
        if head["format"] > FORMAT:
            raise UsageError(f"{path} was written by a newer dedupe; update dedupe.")
        return _record(path, head, lines[1:])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UsageError(f"{path}: this journal is damaged; what its run did cannot be taken back.") from None


def _record(path: Path, head: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> Record:
    steps: dict[int, Step] = {}
    states: dict[int, str] = {}
    for line in lines:
        if line["type"] == INTENT:
            steps[line["n"]], states[line["n"]] = _step(line), INTENT
        elif line["type"] != "end":
            states.update((number, line["type"]) for number in line["n"])
    if unknown := states.keys() - steps.keys():
        files = "file" if len(unknown) == 1 else "files"
        warn_once(f"dedupe: {path} is damaged: of {len(unknown):,} {files} it no longer says where they were.")
    return Record(path, str(head["command"]), str(head["action"]), str(head["time"]), steps, states)


def journals() -> list[Path]:
    """All journals, the newest first."""
    return sorted((path for path in folder().glob(f"*{ENDING}") if path.is_file()), reverse=True)


def readable() -> Iterator[Record]:
    """All runs that have begun, the newest first; of journals that cannot be read it is warned."""
    return (record for path in journals() if _begun(path) for record in _readable(path))


def killed() -> list[Record]:
    """The journals of runs that did not come to their end, the newest first; one killed before it has begun leaves nothing."""
    for path in journals():
        if not _begun(path):
            path.unlink()
    return [record for path in journals() if not _ended(path) for record in _readable(path)]


def _readable(path: Path) -> list[Record]:
    try:
        return [read(path)]
    except UsageError as error:
        warn_once(f"dedupe: {error}")
        return []


def _begun(path: Path) -> bool:
    """Whether the first line is whole; before it is nothing is done."""
    with path.open("rb") as stream:
        return stream.readline().endswith(b"\n")


def _ended(path: Path) -> bool:
    """Whether the last line says so, without reading all of them."""
    last = encoded({"type": "end"}).encode()
    with path.open("rb") as stream:
        stream.seek(max(stream.seek(0, os.SEEK_END) - len(last), 0))
        return stream.read() == last


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """The whole lines; what a kill cut off was not begun."""
    try:
        with path.open("rb") as stream:
            for line in stream:
                try:
                    found = json.loads(line)
                except ValueError:
                    continue
                if isinstance(found, dict) and line.endswith(b"\n"):
                    yield found
    except OSError as error:
        raise DedupeError(f"{path}: the journal cannot be read ({error.strerror or error}).") from error


def _line(step: Step) -> dict[str, Any]:
    file = {each.name: getattr(step.file, each.name) for each in fields(Taken)}
    kept = file.pop("kept")
    names = path_fields(file.pop("path")) | ({} if kept is None else path_fields(kept, "kept"))
    return {"n": step.number, "item": step.item, **names, **file, "note": dict(step.note)}


def _step(line: Mapping[str, Any]) -> Step:
    kept = path_of(line, "kept") if "kept" in line else None
    known = {each.name: line[each.name] for each in fields(Taken) if each.name not in ("path", "kept")}
    return Step(line["n"], line["item"], Taken(path_of(line), kept, **known), line["note"])


def _sync(place: Path) -> None:
    at = os.open(place, os.O_RDONLY)
    try:
        os.fsync(at)
    finally:
        os.close(at)
