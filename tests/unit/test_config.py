"""config: folders that can always be used, and what the environment says."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from dedupe import config

posix = pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DEDUPE_CACHE", "DEDUPE_DATA", "DEDUPE_PLUGINS", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))


def test_the_environment_names_the_cache_and_nothing_is_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DEDUPE_CACHE", str(tmp_path / "x" / "y"))
    assert config.cache_path() == tmp_path / "x" / "y"
    assert not (tmp_path / "x").exists()


def test_the_environment_names_the_data_folder_and_nothing_is_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DEDUPE_DATA", str(tmp_path / "x" / "y"))
    assert config.data_path() == config.data_path(make=False) == tmp_path / "x" / "y"
    assert not (tmp_path / "x").exists()


@pytest.fixture(scope="module")
def seen_by_all_tests_of_a_module() -> Path:
    return config.data_path(make=False)


def test_what_is_made_for_several_tests_does_not_see_the_users_calibrations_either(
    seen_by_all_tests_of_a_module: Path,
) -> None:
    assert seen_by_all_tests_of_a_module == Path(os.devnull)


@posix
def test_the_platform_folders_are_made_below_home(tmp_path: Path) -> None:
    said: list[str] = []
    assert tmp_path / "home" in config.cache_path(said.append).parents
    assert tmp_path / "home" in config.data_path(said.append).parents
    assert config.data_path().is_dir()
    assert said == []


@posix
@pytest.mark.parametrize("home", ["file", "missing"])
def test_without_a_usable_home_a_private_folder_stands_in(
    home: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"not a folder")
    values = {"file": str(tmp_path / "file"), "missing": "/proc/nowhere"}
    monkeypatch.setenv("HOME", values[home])
    said: list[str] = []
    path = config.cache_path(said.append)
    assert path.is_relative_to(tmp_path / "tmp")
    assert len(said) == 1
    assert str(path) in said[0]
    assert path == config.cache_path(), "the next run finds the same cache"
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    (path / "file").write_bytes(b"")


@posix
@pytest.mark.parametrize("planted", ["open", "symlink", "file"])
def test_a_planted_temporary_folder_is_not_used(planted: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", "/proc/nowhere")
    theirs = tmp_path / "tmp" / f"dedupe-images-{os.getuid()}"
    if planted == "open":
        theirs.mkdir()
        theirs.chmod(0o777)
    elif planted == "symlink":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        theirs.symlink_to(tmp_path / "elsewhere")
    else:
        theirs.write_bytes(b"")
    path = config.cache_path()
    assert not path.is_relative_to(theirs)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@posix
def test_where_nothing_can_be_written_there_is_still_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/proc/nowhere")
    monkeypatch.setattr(tempfile, "tempdir", "/proc/nowhere")
    assert config.cache_path().is_relative_to("/proc/nowhere")


@pytest.mark.parametrize(("given", "names"), [(None, None), ("", ()), ("a", ("a",)), (" a, b,,", ("a", "b"))])
def test_plugin_filter(given: str | None, names: tuple[str, ...] | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if given is not None:
        monkeypatch.setenv("DEDUPE_PLUGINS", given)
    assert config.plugin_filter() == names


def test_there_is_always_a_worker() -> None:
    assert 1 <= config.default_workers() <= (os.cpu_count() or 1)


def test_importing_it_imports_nothing_heavy() -> None:
    code = (
        "import sys, dedupe.config; print([m for m in ('numpy', 'platformdirs', 'numba', 'PIL') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
