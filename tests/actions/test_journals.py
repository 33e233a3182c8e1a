"""Journals that are damaged, and runs of which something can be neither done nor taken back: they hold up no other run."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from acted_trees import Tree, state
from dedupe.actions import apply, journal, quarantine, safely, undo
from dedupe.actions.links import Symlink
from dedupe.actions.trash import Trash
from dedupe.errors import Refused, UsageError
from dedupe.model.acted import Acted


def reasons(acted: Acted) -> list[str]:
    return [one.reason for one in acted.of("refused", "failed")]


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace('"format":1,', "", 1),
        lambda text: text.replace('"format":1,', '"format":2,', 1),
        lambda text: text.replace('"note":', '"nope":', 1),
        lambda text: text.replace('"n":[', '"m":[', 1),
        lambda text: "no\njournal\n",
        lambda text: "",
        lambda text: text[:20],
    ],
    ids=["no format", "newer", "no note", "no numbers", "other text", "nothing", "cut off in the first line"],
)
@pytest.mark.parametrize("ended", [True, False])
def test_a_damaged_journal_holds_up_no_other_run(tree: Tree, damage, ended, capsys):
    before = state(tree)
    apply(tree.plan, yes=True, protect=[tree.root / "b"])
    apply(tree.plan, yes=True, protect=[tree.root / "c"])
    path = journal.journals()[0]
    text = damage(path.read_text())
    path.write_text(text if ended else text.removesuffix('{"type":"end"}\n'))
    assert [one.state for one in apply(tree.plan).of("already done")] == ["already done"] * 2
    assert [os.path.basename(one.path) for one in undo().of("done")] == [b"two small.jpg", b"one again.jpg"]
    if "\n" in text:
        assert path.exists() and path.name in capsys.readouterr().err
    assert before.keys() - state(tree).keys() == {"b/IMG_1.jpg", "b/IMG_1.xmp"}


def test_a_damaged_line_is_said(tree: Tree, capsys):
    acted = apply(tree.plan, yes=True)
    path = journal.journals()[0]
    path.write_text(path.read_text().replace('"intent"', '"in\\', 1))
    assert len(undo().of("done")) == 3 and acted.journal in capsys.readouterr().err


def refusing(error: Exception, names: tuple[bytes, ...]):
    def refused(self, file, note):
        if os.path.basename(file.path) in names:
            raise error
        return take_back(self, file, note)

    take_back = Trash.take_back
    return refused


def test_an_apply_whose_plan_cannot_be_read_is_the_last_run(tree: Tree):
    done = apply(tree.plan, yes=True)
    broken = tree.root.parent / "broken.jsonl"
    broken.write_text("no plan")
    for words in ({"plan_file": broken}, {"plan_file": tree.plan, "select": "alike"}):
        with pytest.raises(UsageError):
            apply(**words, yes=True)
        with pytest.raises(UsageError, match=f"left nothing that could be; .* type dedupe undo {done.journal}"):
            undo()
    with pytest.raises(UsageError):
        apply(broken)
    assert len(journal.journals()) == 3, "a dry run is none"


@pytest.mark.parametrize(
    "error", [Refused("in the way", "it is"), PermissionError(errno.EACCES, "no"), ValueError("odd")]
)
def test_what_cannot_be_taken_back_keeps_nothing_else_from_it(tree: Tree, monkeypatch, error):
    before, perform = state(tree), Trash.perform

    def performed(self, file, note):
        if file.path.endswith(b".xmp"):
            raise Refused("odd", "it is odd")
        perform(self, file, note)
        if file.path.endswith(b"IMG_1.jpg"):
            (tree.root / "b/IMG_1.jpg").write_bytes(b"in the way")

    with monkeypatch.context() as patch:
        patch.setattr(Trash, "perform", performed)
        patch.setattr(Trash, "take_back", refusing(error, (b"IMG_1.jpg",)))
        acted = apply(tree.plan, yes=True)
    assert len(acted.of("failed")) == 1 and len(acted.of("done")) == 2 and not acted.stopped
    (tree.root / "b/IMG_1.jpg").unlink()
    assert not reasons(undo()) and state(tree) == before


@pytest.mark.parametrize("error", [PermissionError(errno.EACCES, "no"), ValueError("odd")])
def test_what_cannot_be_committed_holds_up_nothing_else(tree: Tree, monkeypatch, error):
    before, commit = state(tree), Symlink.commit

    def committed(self, file, note):
        if file.path.endswith(b"one again.jpg"):
            raise error
        commit(self, file, note)

    with monkeypatch.context() as patch:
        patch.setattr(Symlink, "commit", committed)
        acted = apply(tree.plan, action="symlink", yes=True)
    assert len(acted.of("failed")) == 1 and len(acted.of("done")) == 1 and not acted.stopped
    assert not reasons(undo()) and state(tree) == before


def test_what_cannot_be_taken_away_is_not_left_in_two_places(tree: Tree, monkeypatch):
    before = state(tree)
    monkeypatch.setattr(quarantine, "device_of", lambda path: 1)

    def removed(path):
        if path == os.fsencode(tree.root / "c/two small.jpg"):
            raise PermissionError(errno.EPERM, "Operation not permitted")
        safely.remove(path)

    monkeypatch.setattr(quarantine, "remove", removed)
    acted = apply(tree.plan, action=f"quarantine={tree.quarantine}", yes=True)
    assert len(acted.of("failed")) == 1 and len(acted.of("done")) == 2
    assert sorted(path.name for path in tree.quarantine.rglob("*.*")) == ["IMG_1.jpg", "IMG_1.xmp", "one again.jpg"]
    assert not reasons(undo()) and state(tree) == before


def only_begun(path: Path) -> None:
    """A journal as a run leaves it that is killed before anything is to be committed."""
    lines = path.read_text().splitlines(True)
    path.write_text("".join(line for line in lines if '"journal"' in line or '"intent"' in line))


def test_a_killed_run_that_cannot_be_ended_holds_up_no_other(tree: Tree, monkeypatch, capsys):
    before = state(tree)
    apply(tree.plan, yes=True)
    path = journal.journals()[0]
    only_begun(path)
    with monkeypatch.context() as patch:
        patch.setattr(Trash, "take_back", refusing(PermissionError(errno.EACCES, "no"), (b"IMG_1.jpg",)))
        assert len(apply(tree.plan, yes=True).of("done")) == 2
    assert "IMG_1.jpg': the system says: Permission denied" in capsys.readouterr().err
    assert not reasons(undo()) and not reasons(undo(path.stem)) and state(tree) == before


def test_a_killed_run_waits_until_its_disk_lets_it_end(tree: Tree, monkeypatch, capsys):
    before = state(tree)
    apply(tree.plan, yes=True, protect=[tree.root / "c"])
    only_begun(journal.journals()[0])
    with monkeypatch.context() as patch:
        patch.setattr(Trash, "take_back", refusing(OSError(errno.EROFS, "Read-only file system"), (b"IMG_1.xmp",)))
        assert len(apply(tree.plan, yes=True).of("done")) == 2
    assert "cannot be brought to an end yet: Read-only file system" in capsys.readouterr().err
    assert not reasons(undo()) and state(tree) == before


def test_the_action_of_a_killed_run_that_is_not_there_is_named(tree: Tree):
    apply(tree.plan, yes=True)
    path = journal.journals()[0]
    path.write_text(path.read_text().replace('"action":"trash"', '"action":"s3"').removesuffix('{"type":"end"}\n'))
    with pytest.raises(
        UsageError, match=f"{path.name}: only the plugin of its action can bring this run to an end. 's3'"
    ):
        apply(tree.plan, yes=True)
