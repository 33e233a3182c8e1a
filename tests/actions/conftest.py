"""A tree with duplicates, with trash, quarantine and journals of its own, and the invariant around every test."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from acted_trees import Tree, contents, environment, made_tree

if sys.platform == "win32":
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The tree; none of its contents is lost when the test ends."""
    made = made_tree(tmp_path / "tree")
    for name in ("XDG_DATA_HOME", "DEDUPE_DATA"):
        monkeypatch.setenv(name, environment(made)[name])
    before = contents(made)
    yield made
    assert before <= contents(made), "a content was lost"


@pytest.fixture
def places(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> Tree:
    """The tree, which relative paths begin in."""
    monkeypatch.chdir(tree.root)
    assert os.getcwd() == str(tree.root)
    return tree
