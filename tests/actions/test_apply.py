"""Applying a plan and taking it back: what goes, what is refused, in what words, with which exit code."""

from __future__ import annotations

import errno
import io
import itertools
import json
import os
import re
import shutil
import stat
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest

from acted_trees import Tree, contents, state
from dedupe import console
from dedupe.actions import apply, fixed, journal, safely, undo
from dedupe.actions import plan as plans
from dedupe.cli.apply import confirming
from dedupe.errors import DedupeError, Interrupted, SafetyError, UsageError
from dedupe.model.acted import Acted
from dedupe.report.acted import write_table
from made_plans import made_plan

ACTIONS = ("trash", "quarantine", "hardlink", "symlink", "delete")


def spec(tree: Tree, action: str) -> str:
    return f"quarantine={tree.quarantine}" if action == "quarantine" else action


def done(acted: Acted) -> list[str]:
    return [
        f"{os.path.basename(os.path.dirname(one.path)).decode()}/{os.path.basename(one.path).decode()}"
        for one in acted.of("done", "would be done")
    ]


def reasons(acted: Acted) -> Counter[str]:
    return Counter(one.reason for one in acted.of("refused", "failed"))


def test_nothing_happens_without_yes(tree):
    before = state(tree)
    for action in ACTIONS:
        acted = apply(tree.plan, action=spec(tree, action))
        assert acted.dry and not acted.of("done") and not acted.journal
    assert state(tree) == before and list(tree.home.rglob("*")) == [] and not tree.quarantine.exists()


@pytest.mark.parametrize("action", ACTIONS[:4])
def test_the_dry_run_says_what_is_done_and_undo_brings_all_back(tree, action):
    before, held = state(tree), contents(tree)
    said = apply(tree.plan, action=spec(tree, action))
    acted = apply(tree.plan, action=spec(tree, action), yes=True)
    assert [(one.path, one.kept, one.kind, one.companions, one.size) for one in acted.outcomes] == [
        (one.path, one.kept, one.kind, one.companions, one.size) for one in said.outcomes
    ]
    assert acted.of("done") and state(tree) != before and held <= contents(tree)
    assert len(undo().of("done")) == sum(1 + one.companions for one in acted.of("done"))
    assert state(tree) == before
    with pytest.raises(UsageError, match="nothing to undo"):
        undo()


def test_trash_is_as_the_specification_has_it(tree):
    odd = tree.root / "c" / os.fsdecode(b"100 % \xff\n.jpg")
    (tree.root / "c/one again.jpg").rename(odd)
    kept = tree.root / "a/IMG_1.jpg"
    acted = apply(made_plan(tree.plan, tree.root, (kept, [(odd, "same-bytes")])), yes=True)
    assert len(acted.of("done")) == 1 and not odd.exists()
    trash = tree.home / "Trash"
    assert stat.S_IMODE(trash.stat().st_mode) == 0o700
    (info,) = (trash / "info").iterdir()
    assert info.name == odd.name + ".trashinfo" and (trash / "files" / odd.name).read_bytes() == kept.read_bytes()
    head, path, date = info.read_text().splitlines()
    assert head == "[Trash Info]" and date.startswith("DeletionDate=20") and len(date) == len("DeletionDate=") + 19
    assert unquote_to_bytes(path.removeprefix("Path=")) == os.fsencode(odd) and path.isascii()


def test_a_plan_that_is_given_twice_is_done_already(tree):
    apply(tree.plan, yes=True)
    for yes in (False, True):
        again = apply(tree.plan, yes=yes)
        assert len(again.of("already done")) == 3 and len(again.outcomes) == 3
    (tree.root / "b/two.jpg").rename(tree.root / "b/moved.jpg")
    undo(journal.journals()[1].stem)
    assert reasons(apply(tree.plan, yes=True)) == {"kept gone": 1}


@pytest.mark.parametrize(
    "later",
    [
        {"protect": ["a", "b", "c"]},
        {"action": "hardlink", "confirmed": lambda number: False},
        {"action": "delete", "confirmed": lambda number: True},
        {"action": "delete", "confirmed": confirming("delete", None, io.StringIO())},
        {},
    ],
    ids=["all is refused", "not confirmed", "for good", "without its number", "done already"],
)
def test_no_older_run_is_taken_back_in_place_of_the_last(tree, later):
    os.link(tree.root / "c/two small.jpg", tree.home / "two small.jpg")
    before = state(tree)
    first = apply(tree.plan, yes=True, protect=[] if later == {} else [tree.root / "c"])
    with suppress(SafetyError):
        apply(tree.plan, yes=True, **later | {"protect": [tree.root / name for name in later.get("protect", [])]})
    between = state(tree)
    with pytest.raises(UsageError, match=rf"apply, \d files\), type dedupe undo {first.journal}\.$"):
        undo()
    assert state(tree) == between
    assert len(undo(first.journal).of("done")) == len(first.of("done")) + sum(one.companions for one in first.outcomes)
    assert len(state(tree)) <= len(before)
    with pytest.raises(UsageError, match="nothing to undo"):
        undo()


def test_a_deletion_that_is_given_twice_asks_nothing(tree):
    os.link(tree.root / "c/two small.jpg", tree.home / "two small.jpg")
    words = {"action": "delete", "yes": True, "protect": [tree.root / "b"]}
    assert len(apply(tree.plan, **words, confirmed=lambda number: number == 2).of("done")) == 2
    again = apply(tree.plan, **words, confirmed=lambda number: pytest.fail("nothing is left to confirm"))
    assert len(again.of("already done")) == 2 and reasons(again) == {"protected": 1}


def test_a_file_on_a_bad_sector_is_left_and_the_rest_goes_on(tree, monkeypatch):
    from dedupe.actions import checking

    bad = (tree.root / "c/two small.jpg").stat().st_ino

    def digest(file):
        if os.fstat(file).st_ino == bad:
            raise OSError(5, "Input/output error")
        return real(file)

    real = checking.digest
    monkeypatch.setattr(checking, "digest", digest)
    for yes in (False, True):
        assert reasons(apply(tree.plan, yes=yes)) == {"unreadable": 1}


def test_messages_show_names_as_the_rest_does(tree):
    for name in ("a/\x1b[31m.jpg", "b/\x1b[31m.jpg", "b/\x1b[31m.mov"):
        (tree.root / name).write_bytes(b"one picture")
    groups = tree.root / "a/\x1b[31m.jpg", [(tree.root / "b/\x1b[31m.jpg", "same-bytes")]
    said = io.StringIO()
    write_table(apply(made_plan(tree.plan, tree.root, groups)), said)
    assert "\\x1b[31m.mov belongs to it" in said.getvalue() and "\x1b" not in said.getvalue()


def test_a_link_that_was_put_there_is_done_already(tree):
    apply(tree.plan, action="symlink", yes=True)
    assert len(apply(tree.plan, action="symlink", yes=True).of("already done")) == 2


@pytest.mark.parametrize("action", ["hardlink", "symlink", "delete"])
def test_what_is_changed_before_it_is_given_up_stays_and_can_be_had_back(tree, monkeypatch, action):
    from dedupe.actions.registry import OWN

    kind, before = OWN[action], state(tree)
    commit = kind.commit

    def late(self, file, note):
        with open(os.fsdecode(note["aside"]), "ab") as stream:
            stream.write(b"!")
        commit(self, file, note)

    monkeypatch.setattr(kind, "commit", late)
    acted = apply(tree.plan, action=action, yes=True, protect=[tree.root / "b"])
    assert reasons(acted)["changed"] and not acted.of("done")
    for path in tree.root.rglob("*.dedupe-aside"):
        size = path.stat().st_size - 1
        os.truncate(path, size)
        os.utime(path, ns=(0, 1_400_000_000_987_654_321 + size))
    assert not undo(acted.journal).of("refused", "failed")
    assert state(tree) == before


@pytest.mark.parametrize("action", ["hardlink", "symlink", "delete"])
def test_nothing_is_given_up_once_the_kept_file_has_gone(tree, monkeypatch, action):
    from dedupe.actions.registry import OWN

    kind, commit = OWN[action], OWN[action].commit

    def late(self, file, note):
        (tree.root / "a/IMG_1.jpg").unlink(missing_ok=True)
        commit(self, file, note)

    monkeypatch.setattr(kind, "commit", late)
    acted = apply(tree.plan, action=action, select=["same-bytes"], yes=True, protect=[tree.root / "b"])
    assert reasons(acted) == {"changed": 1, "protected": 1}
    (aside,) = tree.root.rglob("*.dedupe-aside")
    assert aside.read_bytes() == b"one" * 50


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("cut", [b'"done"', b'"commit"', b'"end"'])
def test_a_device_has_another_number_after_a_restart(tree, action, cut):
    before = state(tree)
    apply(tree.plan, action=spec(tree, action), select=["same-bytes"], yes=True, protect=[tree.root / "b"])
    (path,) = journal.journals()
    lines = [re.sub(rb'"device":\d+', b'"device":7', line) for line in path.read_bytes().splitlines(True)]
    ends = next(at for at, line in enumerate(lines) if cut in line)
    path.write_bytes(b"".join(lines[:ends]))
    if action == "delete":
        assert reasons(undo(path.stem)) in ({"deleted": 1}, {})
    elif cut != b'"commit"':
        assert not reasons(undo())
        assert state(tree) == before


def test_roots_that_are_links_and_names_of_full_length(tree, tmp_path):
    (tmp_path / "library").symlink_to(tree.root)
    long = tmp_path / "library/c" / ("x" * 251 + ".jpg")
    shutil.copy(tree.root / "a/IMG_1.jpg", long)
    bare = tmp_path / "library/c" / ("y" * 255)
    shutil.copy(tree.root / "a/IMG_1.jpg", bare)
    before = state(tree)
    kept = tmp_path / "library/a/IMG_1.jpg"
    plan = made_plan(tree.plan, tmp_path / "library", (kept, [(long, "same-bytes"), (bare, "same-bytes")]))
    for action in ACTIONS[:4]:
        assert len(apply(plan, action=spec(tree, action), yes=True).of("done")) == 2
        assert len(undo().of("done")) == 2 and state(tree) == before


def test_a_name_that_the_trash_has_gets_another_one(tree):
    for name in ("files/two small.jpg", "info/two small.2.jpg.trashinfo"):
        (tree.home / "Trash" / name).parent.mkdir(parents=True, exist_ok=True)
        (tree.home / "Trash" / name).write_bytes(b"somebody else's")
    apply(tree.plan, yes=True)
    assert (tree.home / "Trash/files/two small.3.jpg").read_bytes() == b"two"
    undo()
    assert (tree.home / "Trash/files/two small.jpg").read_bytes() == b"somebody else's"
    assert (tree.home / "Trash/info/two small.2.jpg.trashinfo").exists()


def test_two_files_of_one_name_go_to_the_trash_at_once(tree):
    copy = tree.root / "d/one again.jpg"
    copy.parent.mkdir()
    shutil.copy(tree.root / "a/IMG_1.jpg", copy)
    kept = tree.root / "a/IMG_1.jpg"
    members = [(tree.root / "c/one again.jpg", "same-bytes"), (copy, "same-bytes")]
    assert len(apply(made_plan(tree.plan, tree.root, (kept, members)), yes=True).of("done")) == 2


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda tree: rewritten(tree.root / "c/two small.jpg", b"TWO"), "changed"),
        (lambda tree: rewritten(tree.root / "b/two.jpg", b"TWO" * 40), "kept changed"),
        (lambda tree: (tree.root / "b/two.jpg").rename(tree.root / "elsewhere.jpg"), "kept gone"),
        (lambda tree: (tree.root / "c/two small.jpg").rename(tree.root / "elsewhere.jpg"), "gone"),
        (lambda tree: linked(tree.root / "b/two.jpg", tree.root / "elsewhere.jpg"), "kept gone"),
        (lambda tree: linked(tree.root / "c/two small.jpg", tree.root / "elsewhere.jpg"), "replaced"),
        (lambda tree: linked(tree.root / "c", tree.root / "elsewhere"), "moved"),
        (lambda tree: hardlinked(tree.root / "b/two.jpg", tree.root / "c/two small.jpg"), "same file"),
    ],
    ids=["edited", "kept edited", "kept gone", "gone", "kept a link", "a link", "its folder a link", "the same inode"],
)
def test_what_was_changed_since_the_scan_is_left_and_the_rest_goes_on(tree, change, reason):
    change(tree)
    acted = apply(tree.plan, yes=True)
    assert reasons(acted)[reason] >= 1
    assert "b/IMG_1.jpg" in done(acted) and "c/two small.jpg" not in done(acted)


def rewritten(path: Path, content: bytes) -> None:
    """The same size, the time set back: only the content says so."""
    at = path.stat()
    assert len(content) == at.st_size
    shutil.copy(path, path.parents[2] / f"kept-{path.name}")
    path.write_bytes(content)
    os.utime(path, ns=(at.st_atime_ns, at.st_mtime_ns))
    (path.parents[1] / "elsewhere").mkdir(exist_ok=True)
    shutil.move(path.parents[2] / f"kept-{path.name}", path.parents[1] / "elsewhere")


def linked(path: Path, elsewhere: Path) -> None:
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def hardlinked(kept: Path, victim: Path) -> None:
    victim.rename(victim.with_name("elsewhere.jpg"))
    os.link(kept, victim)


def test_a_file_outside_of_the_roots_needs_root(tree, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    shutil.copy(tree.root / "a/IMG_1.jpg", outside / "x.jpg")
    kept = tree.root / "a/IMG_1.jpg"
    dotted = tree.root / "../../outside/x.jpg"
    for path in (outside / "x.jpg", dotted):
        plan = made_plan(tree.plan, tree.root, (kept, [(path, "same-bytes")]))
        assert reasons(apply(plan, yes=True)) == {"outside": 1}
    plan = made_plan(tree.plan, tree.root, (kept, [(outside / "x.jpg", "same-bytes")]))
    assert done(apply(plan, yes=True, root=[outside])) == ["outside/x.jpg"]


def test_references_and_protected_folders_are_never_touched(tree):
    kept, copy = tree.root / "a/IMG_1.jpg", tree.root / "c/one again.jpg"
    plan = made_plan(tree.plan, tree.root, (kept, [(copy, "same-bytes")]), references=[tree.root / "c"])
    assert reasons(apply(plan, yes=True)) == {"reference": 1}
    plan = made_plan(tree.plan, tree.root, (kept, [(copy, "same-bytes")]))
    assert reasons(apply(plan, yes=True, protect=[tree.root / "c"])) == {"protected": 1}
    assert copy.exists()


def test_a_protected_folder_that_is_not_there_is_no_protection(tree):
    for action in ("trash", "delete"):
        with pytest.raises(UsageError, match="photos/d: it is not there"):
            apply(tree.plan, action=action, protect=[tree.root / "b", tree.root / "d"], yes=True)


def test_a_protected_folder_is_so_by_each_of_its_paths(tree, tmp_path, monkeypatch):
    (tmp_path / "album").symlink_to(tree.root / "b")
    found = tree.root / "a/../b", tmp_path / "album", tmp_path / "album/.."
    for path in found:
        assert reasons(apply(tree.plan, protect=[path]))["protected"] >= 1
    (tree.root / "mounted").mkdir()
    real = fixed.Fixed._identity
    monkeypatch.setattr(fixed.Fixed, "_identity", lambda self, path: real(self, path.replace(b"/mounted", b"/b")))
    assert reasons(apply(tree.plan, protect=[tree.root / "mounted"])) == {"protected": 1}


def test_a_plan_that_removes_all_or_goes_in_circles_is_refused(tree):
    every = plans.read(tree.plan)
    plans.write(every.decided({row.id: "remove" for row in every.rows}))
    assert reasons(apply(tree.plan, yes=True)) == {"nothing kept": 5}
    a, b = tree.root / "a/IMG_1.jpg", tree.root / "c/one again.jpg"
    circle = made_plan(tree.plan, tree.root, (a, [(b, "same-bytes")]), (b, [(a, "same-bytes")]))
    assert reasons(apply(circle, yes=True)) == {"twice": 2}
    twice = made_plan(tree.plan, tree.root, (a, [(b, "same-bytes")]), (a, [(b, "same-bytes")]))
    assert reasons(apply(twice, yes=True)) == {"twice": 2}


def test_of_files_that_go_together_none_is_the_others_kept_one_by_another_name(tree):
    first, other = tree.root / "b/x.jpg", tree.root / "b/x.png"
    for path in (first, other, tree.root / "b/x.xmp"):
        path.write_bytes(b"one" * 50)
    os.link(first, tree.root / "c/x again.jpg")
    groups = (
        (tree.root / "a/IMG_1.jpg", [(first, "same-bytes")]),
        (tree.root / "c/x again.jpg", [(other, "same-bytes")]),
    )
    assert reasons(apply(made_plan(tree.plan, tree.root, *groups), yes=True)) == {"kept goes": 2}
    assert reasons(apply(made_plan(tree.plan, tree.root, *groups[::-1]), yes=True)) == {"same file": 2}


def test_an_empty_file_is_kept_for_none(tree):
    empty = tree.root / "a/empty.jpg"
    empty.touch()
    plan = made_plan(tree.plan, tree.root, (empty, [(tree.root / "c/two small.jpg", "re-encoded")]))
    assert reasons(apply(plan, yes=True)) == {"kept empty": 1}


def test_another_picture_may_be_kept_if_the_others_match_it_directly(tree):
    kept, copy, small = (tree.root / name for name in ("a/IMG_1.jpg", "c/one again.jpg", "c/two small.jpg"))
    plan = made_plan(tree.plan, tree.root, (kept, [(copy, "same-bytes"), (small, "edited")]))
    swapped = {"g1": "remove", "g1m1": "keep", "g1m2": "remove"}
    plans.write(plans.read(plan).decided(swapped))
    assert done(apply(plan, action="symlink")) == ["a/IMG_1.jpg"]
    swapped = {"g1": "remove", "g1m1": "remove", "g1m2": "keep"}
    plans.write(plans.read(plan).decided(swapped))
    acted = apply(plan, action=f"quarantine={tree.quarantine}")
    assert done(acted) == ["a/IMG_1.jpg", "c/one again.jpg"], "the small one was compared with their content"
    plan = made_plan(tree.plan, tree.root, (kept, [(small, "edited"), (tree.root / "b/two.jpg", "edited")]))
    plans.write(plans.read(plan).decided({"g1": "remove", "g1m1": "remove"}))
    assert reasons(apply(plan)) == {"nothing kept": 1}, "two members were never compared with each other"


def raw_beside_each(tree: Tree) -> tuple[Path, Path]:
    """The RAWs of two shots, in the same bytes."""
    kept, copy = tree.root / "a/IMG_1.cr2", tree.root / "b/IMG_1.cr2"
    for path in (kept, copy):
        path.write_bytes(b"raw" * 60)
    return kept, copy


def test_what_is_to_stay_does_not_go_along(tree):
    kept, copy = raw_beside_each(tree)
    jpegs = tree.root / "a/IMG_1.jpg", [(tree.root / "b/IMG_1.jpg", "same-bytes")]
    plan = made_plan(tree.plan, tree.root, jpegs, (kept, [(copy, "same-bytes")]))
    assert done(apply(plan)) == ["b/IMG_1.jpg", "b/IMG_1.cr2"]
    plans.write(plans.read(plan).decided({"g2m1": "keep"}))
    acted = apply(plan, yes=True)
    assert reasons(acted) == {"one shot": 1} and "is to stay" in acted.outcomes[0].message and copy.exists()


def test_a_raw_that_is_in_no_plan_goes_with_its_shot_and_leaves_no_sidecar_alone(tree):
    raw_beside_each(tree)
    for name, folder in itertools.product(("IMG_1.xmp", "IMG_1.mov"), "ab"):
        if not (beside := tree.root / folder / name).exists():
            beside.write_bytes(b"beside")
    plan = made_plan(tree.plan, tree.root, (tree.root / "a/IMG_1.jpg", [(tree.root / "b/IMG_1.jpg", "same-bytes")]))
    before, acted = state(tree), apply(plan, yes=True)
    assert list((tree.root / "b").glob("IMG_1.*")) == [], acted.outcomes
    undo()
    assert state(tree) == before


def test_a_folder_that_cannot_be_listed_is_left(tree, monkeypatch):
    real = os.listdir

    def listed(folder):
        if folder == os.fsencode(tree.root / "b"):
            raise PermissionError(13, "Permission denied")
        return real(folder)

    monkeypatch.setattr(os, "listdir", listed)
    acted = apply(tree.plan, yes=True)
    assert reasons(acted) == {"unreadable": 1} and len(acted.of("done")) == 2


def test_links_take_exact_copies_alone(tree):
    plans.write(plans.read(tree.plan).decided({"g2m1": "remove"}))
    for action in ("hardlink", "symlink"):
        assert reasons(apply(tree.plan, action=action)) == {"other kind": 1}


def test_a_hard_link_that_is_there_is_done_already(tree):
    apply(tree.plan, action="hardlink", yes=True)
    kept = tree.root / "a/IMG_1.jpg"
    assert kept.stat().st_nlink == 3
    acted = apply(tree.plan, action="hardlink", yes=True)
    assert len(acted.of("already done")) == 2 and not acted.of("done", "failed", "refused")
    assert len(list(tree.root.rglob("*"))) == 10


def test_undoing_a_link_makes_a_file_of_its_own_again(tree):
    copy = tree.root / "c/one again.jpg"
    copy.chmod(0o604)
    if hasattr(os, "setxattr"):
        os.setxattr(copy, "user.rating", b"5")
    before = state(tree)
    apply(tree.plan, action="hardlink", yes=True)
    with copy.open("ab") as stream:
        stream.write(b"edited after it was linked")
    assert [one.reason for one in undo().of("refused")] == ["changed"] * 2
    os.truncate(copy, 150)
    os.utime(tree.root / "a/IMG_1.jpg", ns=(0, before["a/IMG_1.jpg"][1]))
    undo()
    assert state(tree) == before


def test_an_undo_that_is_killed_while_the_link_stands_aside_is_ended(tree, monkeypatch):
    from dedupe.actions import links

    before = state(tree)
    acted = apply(tree.plan, action="hardlink", yes=True)
    real = links.rename_new

    def full(source, target):
        if target.endswith(b"one again.jpg"):
            raise OSError(28, "No space left on device")
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(links, "rename_new", full)
        assert "No space" in undo().stopped
    assert not undo(acted.journal).of("refused", "failed")
    assert state(tree) == before and not list(tree.root.rglob(".*"))


def test_a_file_with_another_name_frees_nothing(tree):
    os.link(tree.root / "c/one again.jpg", tree.root / "c/another name.jpg")
    sizes = {os.path.basename(one.path): one.size for one in apply(tree.plan).outcomes}
    assert sizes == {b"IMG_1.jpg": 346, b"one again.jpg": 0, b"two small.jpg": 3}
    assert reasons(apply(tree.plan, action="hardlink")) == {"other names": 1}, (
        "undo could not make it the same file again"
    )


def test_undo_never_overwrites_and_says_what_it_could_not(tree):
    apply(tree.plan, yes=True)
    (tree.root / "c/two small.jpg").write_bytes(b"something new")
    (tree.home / "Trash/files/one again.jpg").unlink()
    undone = undo()
    assert reasons(undone) == {"in the way": 1, "gone": 1} and len(undone.of("done")) == 2
    assert (tree.root / "c/two small.jpg").read_bytes() == b"something new"
    (tree.root / "c/two small.jpg").rename(tree.root / "c/new.jpg")
    assert done(undo()) == ["c/two small.jpg"]


def test_what_stands_for_the_info_file_holds_nothing_up(tree):
    before = state(tree)
    apply(tree.plan, yes=True)
    for at, name in enumerate(("one again.jpg", "two small.jpg")):
        info = tree.home / f"Trash/info/{name}.trashinfo"
        info.unlink()
        (info.mkdir, lambda info=info: os.mkfifo(info))[at]()
    assert not undo().of("refused", "failed") and state(tree) == before


def test_a_run_that_is_named_is_taken_back(tree):
    first = apply(tree.plan, yes=True, protect=[tree.root / "b"])
    second = apply(tree.plan, yes=True, protect=[tree.root / "c"])
    assert done(undo(first.journal)) == ["c/two small.jpg", "c/one again.jpg"]
    assert set(done(undo(second.journal))) == {"b/IMG_1.xmp", "b/IMG_1.jpg"}
    with pytest.raises(UsageError, match="no such journal"):
        undo("another")


def test_two_runs_at_once(tree):
    with journal.alone(), pytest.raises(DedupeError, match="Another dedupe is changing files"):
        apply(tree.plan, yes=True)
    assert done(apply(tree.plan, yes=True))


def test_a_folder_for_journals_that_cannot_be_locked_is_said(tree, monkeypatch):
    import fcntl

    def flock(file, how):
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(DedupeError, match=r"lock cannot be written .No locks available.*DEDUPE_DATA"):
        apply(tree.plan, yes=True)


def test_without_a_journal_nothing_is_done(tree, monkeypatch):
    before = state(tree)
    monkeypatch.setenv("DEDUPE_DATA", os.devnull)
    with pytest.raises(DedupeError, match="DEDUPE_DATA names another folder"):
        apply(tree.plan, yes=True)
    assert state(tree) == before


def test_a_folder_that_cannot_be_written_is_left(tree):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    (tree.root / "c").chmod(0o500)
    try:
        acted = apply(tree.plan, yes=True)
    finally:
        (tree.root / "c").chmod(0o700)
    assert done(acted) == ["b/IMG_1.jpg"] and len(acted.of("failed")) == 2


def test_without_a_trash_on_its_file_system_a_file_is_refused(tree, monkeypatch):
    from dedupe.actions import trash

    real = trash.device_of
    monkeypatch.setattr(trash, "device_of", lambda path: 1 if str(tree.home).encode() in path else real(path))
    monkeypatch.setattr(trash, "_own", lambda place: False)
    acted = apply(tree.plan, yes=True)
    assert reasons(acted) == {"no trash": 3} and "quarantine=DIR" in acted.outcomes[0].message


def test_the_trash_of_another_file_system_must_be_ours(tree, monkeypatch):
    from dedupe.actions import trash

    top, real = tree.root, trash.device_of
    monkeypatch.setattr(trash, "_home", lambda: b"/elsewhere/Trash")
    monkeypatch.setattr(trash, "device_of", lambda path: 1 if path.startswith(b"/elsewhere") else real(path))
    monkeypatch.setattr(trash, "_top", lambda folder, device: os.fsencode(top))
    own = top / f".Trash-{os.getuid()}"
    own.symlink_to(tree.home)
    assert reasons(apply(tree.plan, yes=True)) == {"no trash": 3}
    own.unlink()
    own.mkdir(mode=0o755)
    assert reasons(apply(tree.plan, yes=True)) == {"no trash": 3}
    own.chmod(0o700)
    (top / ".Trash").mkdir()
    apply(tree.plan, yes=True, protect=[top / "b"])
    assert "Path=c/one%20again.jpg" in (own / "info/one again.jpg.trashinfo").read_text()
    (top / ".Trash").chmod(0o1777)
    undo()
    apply(tree.plan, yes=True, protect=[top / "b"])
    assert (top / ".Trash" / str(os.getuid()) / "files/one again.jpg").is_file()
    undo()


def test_the_quarantine_has_the_whole_path_and_nothing_of_it_is_replaced(tree):
    victim = tree.root / "c/two small.jpg"
    there = Path(f"{tree.quarantine}{victim}")
    there.parent.mkdir(parents=True)
    there.write_bytes(b"something else")
    acted = apply(tree.plan, action=spec(tree, "quarantine"), yes=True)
    assert reasons(acted) == {"in the way": 1} and there.read_bytes() == b"something else"
    assert Path(f"{tree.quarantine}{tree.root / 'b/IMG_1.jpg'}").is_file()


def test_a_quarantine_that_the_next_scan_would_find_is_refused(tree):
    with pytest.raises(UsageError, match="dedupe-quarantine"):
        apply(tree.plan, action=f"quarantine={tree.root / 'old'}")
    assert done(apply(tree.plan, action=f"quarantine={tree.root / '.dedupe-quarantine'}", yes=True))
    undo()


def test_what_could_only_be_copied_to_the_quarantine_is_left(tree, monkeypatch):
    from dedupe.actions import quarantine

    monkeypatch.setattr(quarantine, "device_of", lambda path: 1)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    acted = apply(tree.plan, action=spec(tree, "quarantine"), yes=True)
    assert reasons(acted) == {"read-only": 3} and not tree.quarantine.exists()


def test_a_quarantine_without_modes_and_times_gives_them_back(tree, monkeypatch):
    from dedupe.actions import quarantine

    before = state(tree)
    monkeypatch.setattr(quarantine, "device_of", lambda path: 1)
    assert len(apply(tree.plan, action=spec(tree, "quarantine"), yes=True).of("done")) == 3
    for path in tree.quarantine.rglob("*.*"):
        path.chmod(0o777)
        os.utime(path, (0, 0))
    assert not reasons(undo()) and state(tree) == before


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSUP])
def test_a_disk_that_takes_no_modes_and_times_takes_files(tree, monkeypatch, number):
    from dedupe.actions import quarantine

    def refused(*_, **__):
        raise (
            OSError(number, os.strerror(number)) if number != 1 else PermissionError(number, "Operation not permitted")
        )

    before = state(tree)
    monkeypatch.setattr(quarantine, "device_of", lambda path: 1)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fchmod", refused)
        patch.setattr(os, "utime", refused)
        assert len(apply(tree.plan, action=spec(tree, "quarantine"), yes=True).of("done")) == 3
    assert not reasons(undo()) and state(tree) == before


def test_a_quarantine_that_can_be_no_folder_is_refused(tree, tmp_path):
    (tmp_path / "file").write_text("text")
    for wrong in (tmp_path / "file", "a\0b"):
        with pytest.raises(UsageError, match="this is no folder"):
            apply(tree.plan, action=f"quarantine={wrong}")
    if sys.platform == "linux":
        acted = apply(tree.plan, action="quarantine=/proc/dedupe", yes=True)
        assert len(acted.of("failed", "refused")) == 3 and "recursion" not in acted.outcomes[0].message


def test_a_trash_whose_folders_are_links_is_none(tree):
    (tree.home / "Trash").mkdir()
    (tree.home / "Trash/files").symlink_to(tree.root)
    assert reasons(apply(tree.plan, yes=True)) == {"no trash": 3}


def test_an_interrupt_takes_back_what_was_begun(tree, monkeypatch):
    from dedupe.actions.trash import Trash

    before, perform = state(tree), Trash.perform

    def interrupted(self, file, note):
        perform(self, file, note)
        if file.path.endswith(b"small.jpg"):
            raise KeyboardInterrupt

    monkeypatch.setattr(Trash, "perform", interrupted)
    with pytest.raises(Interrupted, match="0 files are done with, the others were not touched"):
        apply(tree.plan, yes=True)
    assert state(tree) == before and journal.killed() == []
    assert [path for path in (tree.home / "Trash").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("number", [1, 2, 3, 20, 21, 22, 23, 40, 41, 42])
def test_an_interrupt_right_after_a_folder_was_closed_is_no_failure(tree, monkeypatch, number):
    import types

    before, close, closed = state(tree), os.close, []

    def interrupted(descriptor):
        close(descriptor)
        closed.append(descriptor)
        if len(closed) == number:
            raise KeyboardInterrupt

    monkeypatch.setattr(safely, "os", types.SimpleNamespace(**vars(os) | {"close": interrupted}))
    with pytest.raises((Interrupted, KeyboardInterrupt)):
        apply(tree.plan, yes=True)
    assert state(tree) == before


def test_an_interrupted_run_says_how_many_files_are_done_with_and_how_to_go_back(tree, monkeypatch):
    from dedupe.actions import performing

    monkeypatch.setattr(performing, "BATCH", 1)
    before, told = state(tree), []

    def progress(stage, done, _):
        told.append(stage)
        if stage == "trash" and done == 1:
            raise KeyboardInterrupt

    with pytest.raises(
        Interrupted, match=r"Interrupted\. 2 files are done with, the others .* dedupe undo \S+ takes it back\."
    ):
        apply(tree.plan, yes=True, progress=progress)
    assert state(tree) != before
    undo()
    assert state(tree) == before


def test_what_nobody_has_looked_at_stays_and_is_told(tree, capsys):
    plan = made_plan(tree.plan, tree.root, (tree.root / "a/IMG_1.jpg", [(tree.root / "c/two small.jpg", None)]))
    for select in ("", "re-encoded,edited"):
        assert apply(plan, select=select).outcomes == []
        assert "1 picture stays, for nobody has looked at what kind of copies" in capsys.readouterr().err


def test_the_trash_of_macos_is_the_systems(tree, monkeypatch):
    import types

    from dedupe.actions import registry
    from dedupe.actions.system_trash import SystemTrash

    tree.quarantine.mkdir()
    moved = types.ModuleType("send2trash")
    moved.send2trash = lambda path: shutil.move(path, tree.quarantine)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "send2trash", moved)
    monkeypatch.setattr(registry, "OWN", {**registry.OWN, "trash": SystemTrash})
    acted = apply(tree.plan, yes=True, protect=[tree.root / "b"])
    assert done(acted) == ["c/one again.jpg", "c/two small.jpg"] and not acted.undoable
    with pytest.raises(UsageError, match="nothing to undo"):
        undo()
    assert reasons(undo(acted.journal)) == {"by hand": 2}


def test_where_files_cannot_be_handled_safely_nothing_is_done(tree, monkeypatch):
    monkeypatch.setattr(os, "supports_dir_fd", set())
    for call in (lambda: apply(tree.plan, yes=True), undo):
        with pytest.raises(UsageError, match="Linux and macOS"):
            call()


# --- the command line


def ran(dedupe, tree: Tree, *words: object):
    env = {name: os.environ[name] for name in ("XDG_DATA_HOME", "DEDUPE_DATA")}
    return dedupe(*words, env=env, cwd=tree.root)


@pytest.mark.parametrize("width", [30, 80])
def test_lines_are_folded_between_words_and_paths_are_never_broken(tree, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    gone, kept = tree.root / "c/a name  with blanks.jpg", tree.root / "a/IMG_1.jpg"
    (tree.root / "c/one again.jpg").rename(gone)
    monkeypatch.chdir(tree.root)
    named, stays = str(gone.relative_to(tree.root)), str(kept.relative_to(tree.root))
    plan = made_plan(tree.plan, tree.root, (kept, [(gone, "same-bytes")]))
    done = apply(plan, yes=True)
    for acted in (done, undo(done.journal), apply(plan, yes=True, protect=[tree.root])):
        text = io.StringIO()
        write_table(acted, text)
        assert named in text.getvalue()
        said = text.getvalue().replace(f"dedupe undo {done.journal}", "UNDO")
        lines = said.replace(named, "GONE").replace(stays, "KEPT").replace(str(tree.root), "ROOT").splitlines()
        assert max(map(len, lines)) <= width, lines
    write_table(done, text := io.StringIO())
    whole = " ".join(text.getvalue().split())
    assert f"move {' '.join(named.split())} to the trash; {stays} stays (same-bytes)" in whole


def test_the_words_of_a_dry_run_are_those_of_the_run(dedupe, tree):
    dry = ran(dedupe, tree, "apply", tree.plan)
    wet = ran(dedupe, tree, "apply", tree.plan, "--yes")
    assert dry.code == wet.code == 0, dry.err + wet.err
    lines = [json.loads(line) for line in (dry.out + wet.out).splitlines()]
    assert {line["state"] for line in lines if line["type"] == "outcome"} == {"would be done", "done"}
    head, total = lines[0], lines[-1]
    assert set(head) == {"type", "format", "command", "action", "dry_run"}
    assert total["done"] == 3 and total["freed"] == 0 and total["undo"] == f"dedupe undo {total['journal']}"
    listed = ran(dedupe, tree, "undo", "--list")
    assert json.loads(listed.out)["files"] == {"done": 4}
    assert ran(dedupe, tree, *total["undo"].split()[1:]).code == 0
    assert ran(dedupe, tree, "undo").code == 2


def test_the_table_says_what_is_done_and_what_is_left(tree):
    from io import StringIO

    from dedupe.report.acted import write_table

    (tree.root / "c/two small.jpg").rename(tree.root / "c/moved.jpg")
    text = StringIO()
    write_table(apply(tree.plan), text)
    assert "b/IMG_1.jpg to the trash; " in text.getvalue() and "stays (same-bytes, with 1 companion)" in text.getvalue()
    assert "left: " in text.getvalue() and "it is no longer there" in text.getvalue()
    assert "3 files, 496 B: move to the trash. Nothing was done yet; add --yes to do it." in text.getvalue()
    text = StringIO()
    write_table(apply(tree.plan, yes=True), text)
    assert (
        "in the trash; emptying it frees them." in text.getvalue()
        and "to take it back: dedupe undo " in text.getvalue()
    )
    text = StringIO()
    write_table(undo(), text)
    assert text.getvalue().splitlines()[-1] == "3 files, 496 B: brought back" and "stays" not in text.getvalue()


def test_of_many_files_the_first_are_named_and_where_all_are(tree, monkeypatch, request):
    request.addfinalizer(lambda: console.set_talk(False, False))
    monkeypatch.setenv("COLUMNS", "400")
    kept, copies = tree.root / "a/IMG_1.jpg", [tree.root / f"c/copy {number}.jpg" for number in range(1, 13)]
    for copy in copies:
        shutil.copy(kept, copy)
    plan = made_plan(tree.plan, tree.root, (kept, [(copy, "same-bytes") for copy in copies]))

    def told(acted: Acted, verbose: bool = False) -> list[str]:
        console.set_talk(False, verbose)
        text = io.StringIO()
        write_table(acted, text)
        return text.getvalue().splitlines()

    assert sum(line.startswith("move ") for line in told(apply(plan))) == 10
    assert "... 2 more files; -v names them all" in told(apply(plan))
    assert sum(line.startswith("move ") for line in told(apply(plan), verbose=True)) == 12
    protected = told(apply(plan, protect=[tree.root]))
    assert sum(line.startswith("left: ") for line in protected) == 10
    assert "... 2 more files are left; -v names them all" in protected
    done = apply(plan, yes=True)
    (where,) = (line for line in told(done) if line.startswith("... 2 more files; "))
    named = Path(where.removeprefix("... 2 more files; ").removesuffix(" names them all")).read_text()
    assert all(copy.name in named for copy in copies) and len(told(undo())) == 13


def test_exit_code_4_where_something_is_left(dedupe, tree):
    (tree.root / "c/two small.jpg").rename(tree.root / "c/moved.jpg")
    ended = ran(dedupe, tree, "apply", tree.plan, "--yes")
    assert ended.code == 4 and json.loads(ended.out.splitlines()[-1])["refused"] == {"gone": 1}


def test_delete_asks_for_the_number_of_files(dedupe, tree):
    gone = tree.root / "c/two small.jpg"
    shutil.copy(gone, tree.quarantine.parent)  # else its content, which nobody else has, would rightly be missed
    ended = ran(dedupe, tree, "apply", tree.plan, "--action", "delete", "--yes")
    assert ended.code == 4 and "--yes=2" in ended.err and gone.exists()
    ended = ran(dedupe, tree, "apply", tree.plan, "--action", "delete", "--yes=3")
    assert ended.code == 4 and gone.exists()
    ended = ran(dedupe, tree, "apply", tree.plan, "--action", "delete", "--yes=2")
    total = json.loads(ended.out.splitlines()[-1])
    assert total["freed"] == 153 and total["undo"] == "" and not gone.exists()
    assert total["refused"] == {"one shot": 1}, "a sidecar that is nowhere else stands beside the third"
    tree.quarantine.mkdir()
    (tree.quarantine.parent / "two small.jpg").rename(tree.quarantine / "two small.jpg")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--action", "burn"), "There are: delete, hardlink, quarantine"),
        (("--action", "quarantine"), "needs a folder"),
        (("--select", "alike"), "--select alike: not a kind"),
    ],
)
def test_what_makes_no_sense_is_exit_code_2(dedupe, tree, words, says):
    ended = ran(dedupe, tree, "apply", tree.plan, *words)
    assert ended.code == 2 and says in ended.err


def test_select_chooses_by_kind(tree):
    assert done(apply(tree.plan, select=["re-encoded"])) == ["c/two small.jpg"]
    plans.write(plans.read(tree.plan).decided({"g1m1": "remove"}))
    assert done(apply(tree.plan, select=["re-encoded"])) == ["b/IMG_1.jpg", "c/two small.jpg"]
