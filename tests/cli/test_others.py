"""plugins, cache, version, completion, and scans in poor surroundings."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def album(tmp_path: Path, photos: list[Path]) -> Path:
    folder = tmp_path / "album"
    folder.mkdir()
    for photo in photos[:5]:
        shutil.copy(photo, folder)
        os.utime(folder / photo.name, (1e9, 1e9))
    shutil.copy(photos[0], folder / "copy.jpg")
    return folder


def test_plugins_lists_what_ships(dedupe):
    rows = {row["name"]: row for row in dedupe("plugins", "--json").lines("plugin")}
    assert {"hashes", "heif"} <= set(rows)
    assert "pdq" in rows["hashes"]["provides"]["descriptors"] and rows["hashes"]["error"] is None
    assert rows["hashes"]["distribution"] == "dedupe-images" and rows["hashes"]["status"] == "loaded"


def test_a_failed_plugin_is_listed_and_the_rest_works(dedupe, tmp_path, album):
    bad = tmp_path / "bad.py"
    bad.write_text("raise RuntimeError('no luck')\n")
    ran = dedupe("scan", album, "--plugin", bad)
    assert ran.code == 2 and "no luck" in ran.err
    only = dedupe("plugins", "--json", env={"DEDUPE_PLUGINS": "heif"})
    assert {row["name"]: row["status"] for row in only.lines("plugin")} == {
        "cnn": "not loaded",
        "hashes": "not loaded",
        "heif": "loaded",
        "lab": "not loaded",
    }
    ran = dedupe("scan", album, env={"DEDUPE_PLUGINS": "heif"})
    assert ran.code == 2 and "hashes" in ran.err


def test_cache_info_prune_and_clear(dedupe, album, own_cache):
    dedupe("scan", album)
    (line,) = dedupe("cache", "info", "--json").lines("cache")
    assert line["files"] == 6 and line["contents"] == 5 and list(line["keys"].values()) == [5]
    shutil.rmtree(album)
    assert "6 files" in dedupe("cache", "prune").out
    assert dedupe("cache", "info").lines("cache")[0]["contents"] == 0
    assert dedupe("cache", "clear").code == 2, "nobody to ask"
    assert dedupe("cache", "clear", "--yes").code == 0
    assert not list(own_cache.glob("*.sqlite3")) and "no cache" in dedupe("cache", "clear", "--yes").out


def test_tables_at_80_columns_lose_nothing(dedupe, album):
    (album / ("not a picture " * 8 + ".jpg")).write_bytes(b"nothing")
    ran = dedupe("scan", album, "--format", "table", env={"COLUMNS": "80"})
    flat = "".join(ran.out.split())
    assert max(map(len, ran.out.splitlines())) <= 80 and "\u2026" not in ran.out
    assert "unrecognised" in ran.out and "1 unrecognised" in ran.out
    assert all(word in flat for word in ("copy.jpg", "keep", "same-bytes", "pdq"))


def test_many_descriptors_leave_room_for_the_picture(dedupe, album):
    names = ("phash", "dhash", "ahash", "pdq", "whash", "bmb")
    ran = dedupe("scan", album, "--format", "table", *(f"-d{name}" for name in names), env={"COLUMNS": "60"})
    assert max(map(len, ran.out.splitlines())) <= 60 and "picture" in ran.out
    assert all(f"{name} 0" in ran.out for name in names), ran.out


def test_another_cache_and_none(dedupe, album, own_cache, tmp_path):
    dedupe("scan", album, "--cache", "none")
    assert not list(own_cache.iterdir())
    dedupe("scan", album, "--cache", tmp_path / "mine.sqlite")
    assert (tmp_path / "mine.sqlite").exists() and not list(own_cache.iterdir())
    assert dedupe("scan", album, "--cache", tmp_path / "mine.sqlite").lines("summary")[0]["described"] == 0


def test_version_and_completion(dedupe):
    assert dedupe("--version").out.startswith("dedupe ")
    assert "dedupe" in dedupe("--show-completion", "bash").out + dedupe("--help").out


def test_an_unwritable_install_without_home_still_scans(dedupe, album, tmp_path):
    """Where __pycache__ is a file nobody can make a folder of that name, not even root."""
    site = tmp_path / "site"
    for package in (ROOT / "dedupe", *(ROOT / "plugins").glob("dedupe_*")):
        shutil.copytree(package, site / package.name, ignore=shutil.ignore_patterns("__pycache__", "*.jpg"))
    for folder in [folder for folder in site.rglob("*") if folder.is_dir()]:
        (folder / "__pycache__").write_text("")
    bare = {
        "PYTHONPATH": str(site),
        "HOME": "",
        "XDG_CACHE_HOME": "",
        "DEDUPE_CACHE": "",
        "TMPDIR": str(tmp_path / "tmp"),
    }
    (tmp_path / "tmp").mkdir()
    ran = dedupe("scan", album, env={**bare, "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"})
    assert ran.code == 0 and len(ran.lines("group")) == 1, ran.err
    assert "Traceback" not in ran.err


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX folders")
def test_a_read_only_cache_folder_costs_one_warning(dedupe, album, tmp_path):
    (tmp_path / "file").write_text("")
    ran = dedupe("scan", album, env={"DEDUPE_CACHE": str(tmp_path / "file" / "below")})
    assert ran.code == 0 and len(ran.lines("group")) == 1
    assert len([line for line in ran.err.splitlines() if "cache" in line]) == 1
