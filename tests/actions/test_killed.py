"""FAULTS.md, Actions: killed at every system call that changes files, and with each of them failing, nothing is lost."""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from pathlib import Path

import pytest

from acted_trees import Tree, contents, copy_of, environment, injected, made_tree, moments, state
from dedupe.actions import apply, journal

FAULTS = ("KILL", "ENOSPC", "EIO", "EROFS")
ACTIONS = ("trash", "trash merged", "quarantine", "quarantine elsewhere", "hardlink", "symlink", "reflink", "delete")
SAMPLE = 40
"""Every which run is done without --full."""

pytestmark = pytest.mark.skipif(sys.platform != "linux" or shutil.which("strace") is None, reason="strace is not here")


def prepared(place: Path, action: str) -> tuple[Tree, str]:
    """A tree, and an action as --action names it; "elsewhere" is another file system."""
    elsewhere = Path("/dev/shm") / f"dedupe-test-{os.getpid()}" if action.endswith("elsewhere") else None
    if elsewhere:
        if elsewhere.parent.stat().st_dev == place.parent.stat().st_dev:
            pytest.skip("there is no other file system here")
        shutil.rmtree(elsewhere, ignore_errors=True)
    tree = copy_of(made_tree(place), place, elsewhere) if place.exists() else made_tree(place, elsewhere)
    return tree, f"quarantine={tree.quarantine}" if action.startswith("quarantine") else action


@pytest.fixture
def cleared():
    yield
    shutil.rmtree(Path("/dev/shm") / f"dedupe-test-{os.getpid()}", ignore_errors=True)


@pytest.mark.parametrize("verb", ["apply", "undo"])
@pytest.mark.parametrize("action", ACTIONS)
def test_nothing_is_lost(
    action: str, verb: str, tmp_path: Path, full: bool, monkeypatch, cleared, record_property
) -> None:
    """After the next run has recovered, each file is in its old or its new place, and undo brings back the rest."""
    if action == "delete" and verb == "undo":
        pytest.skip("what is deleted cannot be undone")
    place = tmp_path / "tree"
    tree, spec = prepared(place, action)
    for name, value in environment(tree).items():
        monkeypatch.setenv(name, value)
    before, whole = state(tree), contents(tree)
    if action == "reflink" and "refused" in run_says(tree, spec):
        pytest.skip("this file system shares no blocks")
    if action.endswith("merged"):  # the journal has what the sidecar was
        whole -= {before["a/IMG_1.xmp"][2]}
    tree, spec = fresh(place, action, verb)
    all_moments = list(moments(tree, verb, spec, tmp_path / "log"))
    assert len(all_moments) > 10
    cases = [(moment, fault) for moment in all_moments for fault in FAULTS]
    chosen = cases if full else cases[hash_of(action, verb) % SAMPLE :: SAMPLE]
    ends: Counter[str] = Counter()
    for moment, fault in chosen:
        tree, spec = fresh(place, action, verb)
        ran = injected(tree, verb, spec, moment, fault)
        what = f"{fault} at {moment}: {ran.stderr[-2000:]}"
        assert "Traceback" not in ran.stderr or "dedupe.errors" in ran.stderr, what
        check(tree, before, whole, action, what, ends)
    print(f"{action}, {verb}: {len(chosen)} of {len(cases)} runs; {dict(ends)}")
    record_property("runs", len(chosen))


def run_says(tree: Tree, spec: str) -> str:
    return " ".join(one.state for one in apply(tree.plan, action=spec, yes=True).outcomes)


def hash_of(*words: str) -> int:
    """So that actions do not all leave out the same moments."""
    return sum(map(len, words))


def fresh(place: Path, action: str, verb: str) -> tuple[Tree, str]:
    shutil.rmtree(place, ignore_errors=True)
    tree, spec = prepared(place, action)
    if verb == "undo":
        assert apply(
            tree.plan, action=spec.removesuffix(" merged"), merge_metadata=spec.endswith("merged"), yes=True
        ).of("done")
    return tree, spec


def check(tree: Tree, before, whole: set[str], action: str, what: str, ends: Counter[str]) -> None:
    """Nothing is lost before recovery and after; then every file is in one of two places, and undo brings all back."""
    from dedupe.actions import recovering, undo

    if action != "delete":
        assert whole <= contents(tree), f"lost before recovery, {what}"
    else:
        assert {one[2] for name, one in before.items() if name.startswith(("a/", "b/two"))} <= contents(tree), what
    with journal.alone():
        trouble = [sentence for one in recovering.recover() for sentence in one.trouble]
    assert trouble == [], what
    assert journal.killed() == [], what
    rest = [str(path) for path in tree.root.rglob(".*")]
    assert rest == [], f"left behind, {what}"
    after = state(tree)
    for name, was in before.items():
        if after.get(name) == was:
            ends["in its old place"] += 1
            continue
        assert action.split()[0] != "symlink" or len(after[name]) == 1, what
        ends["in its new place"] += 1
    if action == "delete":
        return
    assert whole <= contents(tree), f"lost by recovery, {what}"
    for record in map(journal.read, journal.journals()):
        if record.at(journal.DONE):
            undone = undo(record.path.stem)
            assert not undone.of("refused", "failed"), (what, undone)
    assert state(tree) == before, f"not as before after undo, {what}"
    trash = [str(path) for path in (tree.home / "Trash").rglob("*") if path.is_file()]
    assert trash == [], f"left in the trash, {what}"
