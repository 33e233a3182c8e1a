"""A tree of files, what a run without a cache gives for it, and a cache that knows it; no test may harm the tree."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cache_runs import scan


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Some files in some folders, of which some are equal and some bad, and all are old enough to be trusted."""
    for folder in ("a", "a/b", "c"):
        (tmp_path / "tree" / folder).mkdir(parents=True)
        for number in range(8):
            path = tmp_path / "tree" / folder / f"{number}.jpg"
            path.write_bytes(b"same" if number == 5 else f"{folder}{number}".encode())
            os.utime(path, ns=(10**18, 10**18))
    return tmp_path / "tree"


@pytest.fixture
def clean(tree: Path) -> dict[str, object]:
    """The result of a run without a cache."""
    run = scan(None, tree)
    assert (len(run.result), run.read, run.warnings) == (24, 24, [])
    return run.result


@pytest.fixture(autouse=True)
def nothing_is_lost(tree: Path, tmp_path: Path) -> Iterator[None]:
    """The invariant of all fault tests: no content that was reachable is missing after."""
    before = {path: path.read_bytes() for path in tree.rglob("*.jpg")}
    yield
    assert {path: path.read_bytes() for path in tree.rglob("*.jpg")} == before


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache.sqlite"


@pytest.fixture
def filled(cache: Path, tree: Path, clean: dict[str, object]) -> Path:
    """A cache that knows the tree, all in one file."""
    assert scan(cache, tree).result == clean
    again = scan(cache, tree)
    assert (again.result, again.read, again.warnings) == (clean, 0, [])
    assert sorted(each.name for each in cache.parent.iterdir()) == ["cache.sqlite", "tree"]
    return cache
