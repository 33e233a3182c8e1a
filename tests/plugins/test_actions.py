"""The checks for authors of actions: dedupe's own pass them, and each finds the promise that is broken."""

# ruff: noqa: PTH108, PTH121, PTH116, PTH101 -- paths are bytes here, which pathlib does not take

from __future__ import annotations

import os
import sys
from pathlib import Path
from unittest import SkipTest

import pytest

from dedupe.actions.links import clone
from dedupe.actions.quarantine import Quarantine
from dedupe.actions.registry import OWN
from dedupe.testing import action_checks, actions

if sys.platform == "win32":
    pytest.skip("files are changed on Linux and macOS alone", allow_module_level=True)

SECONDS = 9.0
"""Importing this module takes what pytest takes."""


@pytest.fixture(autouse=True)
def own_trash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))


def failing(action: object) -> list[str]:
    failed = []
    for name, check in actions.CHECKS.items():
        try:
            if name != "import-time":
                check(actions.ActionUnderTest(action))
        except SkipTest:
            pass
        except Exception:
            failed.append(name)
    return failed


@pytest.mark.parametrize("name", OWN)
def test_the_own_actions_keep_the_contract(name: str, tmp_path: Path) -> None:
    assert failing(Quarantine(str(tmp_path / "quarantine")) if name == "quarantine" else OWN[name]) == []


def test_reflink_where_blocks_are_shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that shares no blocks copies them in its place."""

    def copied(new: int, old: int) -> None:
        os.write(new, os.pread(old, 1 << 20, 0))

    monkeypatch.setattr("dedupe.actions.links.clone", copied)
    assert clone is not copied and failing(OWN["reflink"]) == []


def rename(old: bytes, new: bytes) -> None:
    os.link(old, new)
    os.unlink(old)


class Aside:
    """Gives duplicates another suffix."""

    name, version, kinds = "aside", "1", ("same-bytes",)
    takes_along, undoable, frees, sentence = True, True, "later", "give {} another suffix"

    def __init__(self, suffix: str = ".duplicate") -> None:
        self.suffix = suffix

    def prepare(self, file):
        return {"to": os.fsdecode(file.path) + self.suffix}

    def perform(self, file, note):
        rename(file.path, os.fsencode(note["to"]))

    def commit(self, file, note):
        pass

    def take_back(self, file, note):
        there, here = os.fsencode(note["to"]), file.path
        if os.path.lexists(there) and os.path.lexists(here) and os.path.samefile(there, here):
            os.unlink(there)
        elif os.path.lexists(there):
            rename(there, here)

    def undo(self, file, note):
        self.take_back(file, note)


class BadContract(Aside):
    sentence = "give it another suffix"


class BadKey(Aside):
    def __init__(self, suffix: str = ".duplicate") -> None:
        self.suffix = ".duplicate"


class BadPrepareTouchesNothing(Aside):
    def prepare(self, file):
        Path(os.fsdecode(file.path) + ".mark").touch()
        return super().prepare(file)

    def take_back(self, file, note):
        super().take_back(file, note)
        Path(os.fsdecode(file.path) + ".mark").unlink(missing_ok=True)


class BadTakesBack(Aside):
    """Takes for granted that something was begun."""

    def take_back(self, file, note):
        rename(os.fsencode(note["to"]), file.path)

    def undo(self, file, note):
        super().take_back(file, note)


class BadActsOnOneFile(Aside):
    def commit(self, file, note):
        os.truncate(file.kept, 0)

    def undo(self, file, note):
        super().undo(file, note)
        at = os.stat(file.kept)
        Path(os.fsdecode(file.kept)).write_bytes(Path(os.fsdecode(file.path)).read_bytes())
        os.utime(file.kept, ns=(at.st_atime_ns, 10**18 + len("kept.jpg")))


class BadUndoes(Aside):
    def undo(self, file, note):
        if os.path.lexists(note["to"]):
            super().undo(file, note)
            os.utime(file.path)


class BadTakesNoOthersPlace(Aside):
    def undo(self, file, note):
        if os.path.lexists(note["to"]):
            Path(note["to"]).rename(os.fsdecode(file.path))


class BadSurvivesAKill(Aside):
    """A second name is taken away before the first is there again."""

    def perform(self, file, note):
        content = Path(os.fsdecode(file.path)).read_bytes()
        os.unlink(file.path)
        Path(note["to"]).write_bytes(content)
        os.chmod(note["to"], 0o640)
        os.utime(note["to"], ns=(file.mtime_ns, file.mtime_ns))


@pytest.mark.parametrize(
    ("kind", "check"),
    [
        (Aside, None),
        (BadContract, "contract"),
        (BadKey, "key"),
        (BadPrepareTouchesNothing, "prepare-touches-nothing"),
        (BadTakesBack, "takes-back"),
        (BadActsOnOneFile, "acts-on-one-file"),
        (BadUndoes, "undoes"),
        (BadTakesNoOthersPlace, "takes-no-others-place"),
        (BadSurvivesAKill, "survives-a-kill"),
    ],
)
def test_a_broken_promise_of_an_action_is_found(kind: type, check: str | None) -> None:
    failed = failing(kind)
    assert check in failed if check else failed == []
    assert set(failed) <= {check, "survives-a-kill", "prepare-touches-nothing"}, "what is not broken was found too"


test_action = action_checks(Aside, import_seconds=SECONDS)
