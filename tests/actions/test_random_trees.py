"""Random trees with links, companions and copies, random groups and decisions: what may never go stays, undo is the identity."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acted_trees import Tree, contents, environment, state
from dedupe.actions import apply, undo
from dedupe.actions import plan as plans
from made_plans import made_plan

FOLDERS, STEMS = ("a", "b", "c"), ("1", "2")
SUFFIXES = (".jpg", ".jpg", ".JPG", ".cr2", ".heic", ".png", ".mov", ".xmp", ".jpg.xmp", ".jpg.json", ".txt")
PICTURES = (".jpg", ".cr2", ".heic", ".png")
KINDS = ("same-pixels", "re-encoded", "adjusted", "edited", "variant", "similar", None)
ACTIONS = ("trash", "quarantine", "hardlink", "symlink", "delete")

names = st.tuples(st.sampled_from(FOLDERS), st.sampled_from(STEMS), st.sampled_from(SUFFIXES)).map(
    lambda parts: f"{parts[0]}/{parts[1]}{parts[2]}"
)
trees = st.dictionaries(
    names, st.tuples(st.integers(0, 2), st.sampled_from(["file", "file", "file", "hard", "soft"])), max_size=14
)


@contextmanager
def tree_of(files: dict[str, tuple[int, str]]) -> Iterator[Tree]:
    """The files made: those that are links lead to an earlier one of their content."""
    with tempfile.TemporaryDirectory() as where:
        place = Path(os.path.realpath(where))
        tree = Tree(place / "photos", place / "plan.jsonl", place / "home", place / "quarantine")
        tree.home.mkdir()
        first: dict[int, Path] = {}
        for at, (name, (content, kind)) in enumerate(files.items()):
            path = tree.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if kind == "hard" and content in first:
                os.link(first[content], path)
            elif kind == "soft" and content in first:
                path.symlink_to(first[content])
            else:
                path.write_bytes(b"content %d" % content)
                path.chmod(0o600 + at)
                os.utime(path, ns=(10**18 + at, 10**18 - at))
                first.setdefault(content, path)
        before = {name: os.environ.get(name) for name in ("XDG_DATA_HOME", "DEDUPE_DATA")}
        os.environ.update({name: environment(tree)[name] for name in before})
        try:
            yield tree
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                if value is not None:
                    os.environ[name] = value


@st.composite
def plans_of(draw: st.DrawFn, files: dict[str, tuple[int, str]]) -> list[tuple[str, list[tuple[str, str | None]]]]:
    """Groups of some pictures; a file may stand in two, as in a plan that somebody has edited."""
    pictures = [name for name in files if name.lower().endswith(PICTURES)]
    groups = []
    for _ in range(draw(st.integers(0, 3)) if len(pictures) > 1 else 0):
        kept, *members = draw(st.lists(st.sampled_from(pictures), min_size=2, max_size=5, unique=True))
        content = files[kept][0]
        kinds = [(one, "same-bytes" if files[one][0] == content else draw(st.sampled_from(KINDS))) for one in members]
        groups.append((kept, kinds))
    return groups


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data(), trees, st.sampled_from(ACTIONS))
def test_nothing_goes_that_must_stay(data: st.DataObject, files: dict[str, tuple[int, str]], action: str) -> None:
    groups = data.draw(plans_of(files))
    references, protect = (data.draw(st.lists(st.sampled_from(FOLDERS), max_size=1)) for _ in range(2))
    with tree_of(files) as tree:
        made = [(tree.root / kept, [(tree.root / one, kind) for one, kind in members]) for kept, members in groups]
        made_plan(tree.plan, tree.root, *made, references=[tree.root / name for name in references])
        plan = plans.read(tree.plan)
        rows = [row.id for row in plan.rows]
        edits = data.draw(st.dictionaries(st.sampled_from(rows), st.sampled_from(["keep", "remove"]))) if rows else {}
        plans.write(plan.decided(edits))
        before, held = state(tree), contents(tree)
        spec = f"quarantine={tree.quarantine}" if action == "quarantine" else action
        fixed = [tree.root / name for name in protect]
        for folder in fixed:
            folder.mkdir(parents=True, exist_ok=True)
        dry = apply(tree.plan, action=spec, protect=fixed)
        assert state(tree) == before
        acted = apply(tree.plan, action=spec, protect=fixed, yes=True)
        after = state(tree)
        assert [one.path for one in dry.of("would be done")] == [one.path for one in acted.of("done")]
        check_that_what_must_stay_does(tree, acted, before, after, {*references, *protect})
        if action != "delete":
            assert held <= contents(tree)
            undone = undo() if acted.of("done") else acted
            assert not (undone.of("refused", "failed") and undone is not acted)
            assert state(tree) == before


def check_that_what_must_stay_does(tree: Tree, acted, before: dict, after: dict, fixed: set[str]) -> None:
    """A fixed file is as it was; for each picture that went one stays with which it was compared; nothing else is gone."""
    gone = {name for name, was in before.items() if after.get(name) != was}
    for name in before:
        if name.split("/")[0] in fixed:
            assert after[name][:3] == before[name][:3], "a protected file was touched"
    by_path = {os.fsencode(row.file.path): row for row in plans.read(tree.plan).rows}
    for one in acted.of("done"):
        kept = os.path.relpath(os.fsdecode(one.kept), tree.root)
        assert after[kept][2] == before[kept][2], "the picture that stays is gone"
        assert by_path[one.path].action == "remove"
    pictures = {os.path.relpath(os.fsdecode(one.path), tree.root) for one in acted.of("done")}
    along = {name for name in gone - pictures if after.get(name, (None, None, None))[2:3] != before[name][2:3]}
    assert len(along) <= sum(one.companions for one in acted.of("done"))
    for name in along:
        if name.lower().endswith((".mov", ".cr2", ".heic", ".jpg")):
            assert before[name][2] in {one[2] for one in after.values() if len(one) > 1}, (
                "a clip's last copy went along"
            )
