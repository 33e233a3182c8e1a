"""FAULTS.md, Cache and processes: a run that cannot write its cache says one sentence and gives the clean result."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cache_runs import beside, child, finished, posix, scan

root_only = pytest.mark.skipif(
    getattr(os, "geteuid", lambda: 1)() != 0, reason="mounting, and becoming another user, takes root"
)


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[Path]:
    """A small file system in memory."""
    folder.mkdir(exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@root_only
@pytest.mark.parametrize("state", ["filled", "missing", "empty"])
def test_a_read_only_file_system(
    state: str, filled: Path, tmp_path: Path, tree: Path, clean: dict[str, object]
) -> None:
    with mounted(tmp_path / "mount", "size=4m") as folder:
        if state != "missing":
            (folder / "cache.sqlite").write_bytes(filled.read_bytes() if state == "filled" else b"")
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        before = sorted(folder.iterdir())
        run = scan(folder / "cache.sqlite", tree)
        assert run.result == clean
        assert len(run.warnings) == 1
        assert sorted(folder.iterdir()) == before


@root_only
@pytest.mark.parametrize("room", ["0", "16", "100", "150", "200", "250"])
def test_a_full_disk(room: str, tmp_path: Path, tree: Path, clean: dict[str, object]) -> None:
    with mounted(tmp_path / "mount", "size=4m") as folder:
        (folder / "ballast").write_bytes(bytes((4096 - int(room)) * 1024))
        path = folder / "cache.sqlite"
        run = scan(path, tree, batch=1)
        assert run.result == clean
        assert len(run.warnings) <= 1
        assert run.warnings or int(room) > 200
        assert beside(path) == [], "a full disk is no damage"
        (folder / "ballast").unlink()
        scan(path, tree)
        last = scan(path, tree)
        assert (last.result, last.read, last.warnings) == (clean, 0, [])


@posix
@pytest.mark.parametrize("limit", [0, 20_000, 70_000, 120_000])
def test_a_limit_on_the_size_of_files(limit: int, cache: Path, tree: Path, clean: dict[str, object]) -> None:
    before = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))"
    run = finished(child(cache, tree, before=before, batch=1))
    assert run.result == clean
    assert len(run.warnings) == 1
    scan(cache, tree)
    last = scan(cache, tree)
    assert (last.result, last.read, last.warnings) == (clean, 0, [])


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can enter: a pytest that starts takes the way to `tmp_path` from all others, at any time."""
    place = Path(tempfile.mkdtemp(prefix="dedupe-test-")).resolve()
    place.chmod(0o755)
    try:
        if not all(folder.stat().st_mode & 0o001 for folder in place.parents):
            pytest.skip(f"other users cannot enter {place.parent}; TMPDIR names another folder")
        yield place
    finally:
        shutil.rmtree(place)


@posix
@root_only
def test_another_user_owns_it(open_folder: Path, tree: Path, clean: dict[str, object]) -> None:
    """Read-only for this user, in a folder that is read-only as well."""
    theirs, cache = shutil.copytree(tree, open_folder / "tree"), open_folder / "cache.sqlite"
    assert scan(cache, theirs).result == clean
    drop = "import os; os.setgroups([]); os.setgid(65534); os.setuid(65534)"
    run = finished(child(cache, theirs, before=drop))
    assert run.result == clean
    assert len(run.warnings) == 1
    assert beside(cache) == []


@posix
@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="nothing is read-only for root")
def test_it_is_read_only_in_a_read_only_folder(filled: Path, tree: Path, clean: dict[str, object]) -> None:
    filled.chmod(0o444)
    filled.parent.chmod(0o555)
    try:
        run = scan(filled, tree)
    finally:
        filled.parent.chmod(0o755)
    assert run.result == clean
    assert len(run.warnings) == 1
    assert beside(filled) == []


@pytest.mark.parametrize("name", [".", "/", ".."])
def test_a_folder_named_as_the_cache_costs_one_warning(
    name: str, tmp_path: Path, dedupe: Callable[..., Any], photos: list[Path]
) -> None:
    (tmp_path / "album").mkdir()
    for copy in ("a.jpg", "b.jpg"):
        shutil.copy(photos[0], tmp_path / "album" / copy)
    before = sorted(path.name for path in tmp_path.iterdir())
    for words in (["scan", "album"], ["find", "album/a.jpg", "album"]):
        ran = dedupe(*words, "--cache", name, cwd=tmp_path)
        assert ran.code == 0 and ran.lines("summary")[0]["duplicates"] == 1, ran.err
        assert ran.err.count("it is a folder") == ran.err.count("cache") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_cache_without_a_name_is_a_usage_error(tmp_path: Path, dedupe: Callable[..., Any]) -> None:
    ran = dedupe("scan", tmp_path, "--cache", "")
    assert (ran.code, ran.out) == (2, "") and "--cache" in ran.err
