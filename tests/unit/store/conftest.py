"""A store that warns of nothing, and a tree of nine files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dedupe.store import Store
from stored_files import fail, make


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "caches" / "cache.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store.open(path, fail) as opened:
        yield opened


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    make(tmp_path / "tree", *(f"{folder}/{name}.jpg" for folder in ("a", "b", "a/b") for name in "xyz"))
    return tmp_path / "tree"
