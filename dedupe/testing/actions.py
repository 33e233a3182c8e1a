"""What the contract asks of every action, as checks with names. They run on files of their own in a temporary folder."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any
from unittest import SkipTest

from blake3 import blake3

from dedupe.errors import Refused
from dedupe.model.acting import Note, Taken
from dedupe.testing import tested
from dedupe.testing.tested import cases, checks_in

CONTENT = b"a picture that stands here twice"
CHANGES = frozenset(
    (
        "os.rename",
        "os.remove",
        "os.link",
        "os.symlink",
        "os.mkdir",
        "os.rmdir",
        "os.truncate",
        "os.chmod",
        "os.utime",
        "open",
    )
)
"""Events of Python after which a file may be another: https://docs.python.org/3/library/audit_events.html"""

MOST = 60
"""Moments at which a step is killed."""

Files = dict[str, tuple[int, int, bytes]]


class ActionUnderTest(tested.UnderTest):
    """The action under test."""

    kind = "action"

    def prepared(self, folder: Path) -> tuple[Taken, Note]:
        """A file of the folder, and what the action writes down of it, as the journal has it. Skips where it takes none there."""
        file = taken(folder)
        try:
            return file, json.loads(json.dumps(dict(self.thing.prepare(file))))
        except Refused as error:
            raise SkipTest(f"it takes no file in {folder.parent}: {error}") from None

    def do(self, step: str, file: Taken, note: Note) -> None:
        """One of the action's steps. Skips where it cannot be performed there."""
        try:
            getattr(self.thing, step)(file, note)
        except Refused as error:
            if step != "perform":
                raise
            raise SkipTest(f"it cannot be done here: {error}") from None


def action_checks(
    action: Any, *, variants: Mapping[str, Any] | None = None, import_seconds: float = 0.3
) -> Callable[..., None]:
    """A test function with one named pytest case for every promise that an action makes; assign it to a `test_` name.

    `action` is an action, its class, or a function that makes one. `variants` gives a second legal value for parameters
    where guessing one fails; importing the action's module may take `import_seconds`.
    """
    return cases(CHECKS, ActionUnderTest(action, variants or {}, import_seconds))


@contextmanager
def folder() -> Iterator[Path]:
    """A folder with a kept file, and one of the same content, with a name that a shell and a terminal would choke on."""
    with tempfile.TemporaryDirectory() as where:
        place = Path(os.path.realpath(where)) / "photos"
        place.mkdir()
        for name in ("kept.jpg", "it's \u00fc copy\n.jpg"):
            (place / name).write_bytes(CONTENT)
            (place / name).chmod(0o640)
            os.utime(place / name, ns=(10**18, 10**18 + len(name)))
        yield place


def taken(place: Path) -> Taken:
    """The copy in the folder, as an action is given it."""
    (path,) = place.glob("it*")
    about, digest = path.stat(), f"blake3:{blake3(CONTENT).hexdigest()}"
    known = about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns, about.st_nlink
    return Taken(os.fsencode(path), os.fsencode(place / "kept.jpg"), *known, digest)


def state(place: Path) -> Files:
    """What all files of a folder are: mode, time of change, content."""
    found = {}
    for path in sorted(place.iterdir()):
        about = path.lstat()
        content = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
        found[path.name] = about.st_mode, about.st_mtime_ns, content
    return found


def check_prepare_touches_nothing(subject: ActionUnderTest) -> None:
    """What is only shown changes nothing."""
    with folder() as place:
        before = state(place)
        subject.prepared(place)
        assert state(place) == before, "prepare changed a file"


def check_takes_back(subject: ActionUnderTest) -> None:
    """Before it is committed all can be taken back, also what was not begun, and twice."""
    for steps in ((), ("perform",), ("perform", "take_back")):
        with folder() as place:
            before = state(place)
            file, note = subject.prepared(place)
            for step in (*steps, "take_back"):
                subject.do(step, file, note)
            assert state(place) == before, f"after {', '.join(steps) or 'nothing'} take_back left it otherwise"


def check_acts_on_one_file(subject: ActionUnderTest) -> None:
    """Committed, also twice, the kept file is what it was, and the other one is no file of its own there any more."""
    with folder() as place:
        before = state(place)
        file, note = subject.prepared(place)
        for step in ("perform", "commit", "commit"):
            subject.do(step, file, note)
        after = state(place)
        assert after["kept.jpg"][2] == before["kept.jpg"][2], "the kept file was changed"
        path = Path(os.fsdecode(file.path))
        assert not path.exists() or path.lstat().st_ino != file.inode, "the file still stands there"


def check_undoes(subject: ActionUnderTest) -> None:
    """Undone, also twice, all is as before; or it says that it cannot be undone, and then refuses to."""
    with folder() as place:
        before = state(place)
        file, note = subject.prepared(place)
        for step in ("perform", "commit"):
            subject.do(step, file, note)
        if not subject.thing.undoable:
            raise SkipTest("it cannot be undone, and says so")
        for _ in range(2):
            subject.thing.undo(file, note)
            assert state(place) == before, "undo left it otherwise"


def check_takes_no_others_place(subject: ActionUnderTest) -> None:
    """A file that has come into the place of the one that went is left as it is."""
    if not subject.thing.undoable:
        raise SkipTest("it cannot be undone, and says so")
    with folder() as place:
        file, note = subject.prepared(place)
        for step in ("perform", "commit"):
            subject.do(step, file, note)
        path = Path(os.fsdecode(file.path))
        path.unlink(missing_ok=True)
        path.write_bytes(b"somebody else's")
        with suppress(Refused, OSError):
            subject.thing.undo(file, note)
        assert path.read_bytes() == b"somebody else's", "undo overwrote a file that had come there"


def check_survives_a_kill(subject: ActionUnderTest) -> None:
    """Killed before any change that it makes, what was performed is taken back, and what was undone is undone by another call."""
    if not hasattr(os, "fork"):
        raise SkipTest("no process can be forked here")
    for steps, then in ((("perform",), "take_back"), (("perform", "commit", "undo"), "undo")):
        if then == "undo" and not subject.thing.undoable:
            continue
        for moment in range(1, MOST):
            with folder() as place:
                before = state(place)
                file, note = subject.prepared(place)
                for step in steps[:-1]:
                    subject.do(step, file, note)
                ended = _killed(partial(subject.do, steps[-1], file, note), moment)
                subject.do(then, file, note)
                assert state(place) == before, f"killed in {steps[-1]} at change {moment}, {then} left it otherwise"
            if ended:
                break


def _killed(do: Callable[[], None], moment: int) -> bool:
    """Calls something in a child that is killed at its n-th change; whether it came to its end."""
    child = os.fork()
    if not child:
        try:
            sys.addaudithook(_Killer(moment))
            do()
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1] == 0


class _Killer:
    """Ends the process at an event that changes a file."""

    def __init__(self, moment: int) -> None:
        self._left = moment

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        reads = event == "open" and not (isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR))
        if event not in CHANGES or reads:
            return
        self._left -= 1
        if not self._left:
            os._exit(9)


CHECKS = tested.CHECKS | checks_in(globals())
