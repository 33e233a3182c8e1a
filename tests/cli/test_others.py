"""plugins, cache, version, completion, and scans in poor surroundings."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MUTANTS = ROOT / "tests" / "plugins" / "mutants"


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


def test_the_kit_runs_without_pytest(dedupe, tmp_path):
    good = "".join(line for line in (MUTANTS / "good_and_bad.py").read_text().partition("class BadContract")[0])
    hook = "from dedupe import hookimpl\n@hookimpl\ndef dedupe_descriptors(): return [{}]\n"
    (tmp_path / "kept.py").write_text(good + hook.format("Good"))
    ran = dedupe("plugins", "--check", tmp_path / "kept.py", "--json")
    checks = ran.lines("check")
    assert ran.code == 0 and {(one["kind"], one["name"], one["outcome"]) for one in checks} == {
        ("descriptor", "good", "passed")
    }
    assert {"contract", "dtype", "fresh-process", "import-time"} <= {one["check"] for one in checks}
    wrong = "class Wide(Good):\n    def describe(self, images): return super().describe(images).astype(float)\n"
    (tmp_path / "broken.py").write_text(good + wrong + hook.format("Wide"))
    ran = dedupe("plugins", "--check", tmp_path / "broken.py", "--json")
    (failed,) = (one for one in ran.lines("check") if one["outcome"] == "failed")
    assert ran.code == 1 and failed["check"] == "dtype" and "float64" in failed["message"]
    ran = dedupe("plugins", "--check", "no-such-name")
    assert ran.code == 2 and "no plugin that is loaded has that name" in ran.err


def test_a_decoder_is_checked_as_far_as_that_needs_no_file(dedupe):
    outcomes = {one["check"]: one["outcome"] for one in dedupe("plugins", "--check", "heif", "--json").lines("check")}
    assert outcomes["contract"] == outcomes["other-formats"] == "passed" and outcomes["pixels"] == "skipped"


def test_a_failed_plugin_is_listed_and_the_rest_works(dedupe, tmp_path, album):
    bad = tmp_path / "bad.py"
    bad.write_text("raise RuntimeError('no luck')\n")
    ran = dedupe("scan", album, "--plugin", bad)
    assert ran.code == 2 and "no luck" in ran.err
    only = dedupe("plugins", "--json", env={"DEDUPE_PLUGINS": "heif"})
    assert {row["name"]: row["status"] for row in only.lines("plugin")} == {
        "archives": "not loaded",
        "cnn": "not loaded",
        "distortions": "not loaded",
        "hashes": "not loaded",
        "heif": "loaded",
        "hnsw": "not loaded",
        "lab": "not loaded",
        "raw": "not loaded",
        "ray": "not loaded",
        "tables": "not loaded",
    }
    ran = dedupe("scan", album, env={"DEDUPE_PLUGINS": "heif"})
    assert ran.code == 2 and "hashes" in ran.err


COMPILED = """
import numpy as np
from dedupe import Decode, hookimpl, kernel

@kernel("void(f4[:,::1])")
def halve(X):
    for i in range(len(X)):
        for k in range(X.shape[1]):
            X[i, k] /= 2

class Halves:
    name, version, metric, decode, threshold = "halves", "1", "l2", Decode((8, 8)), 1.0
    def describe(self, images):
        X = images.reshape(len(images), 64).astype(np.float32)
        halve(X)
        return X

@hookimpl
def dedupe_descriptors():
    return [Halves]
"""


def test_quiet_leaves_results_failures_and_errors(dedupe, tmp_path, album):
    path = tmp_path / "halves.py"
    path.write_text(COMPILED)
    (album / "no.jpg").write_bytes(b"nothing")
    words = ["scan", album, "--plugin", path, "-d", "halves", "--cache", "none", "--format", "table"]
    loud = dedupe(*words)
    assert "compiling kernels" in loud.err and "not calibrated" in loud.out
    shutil.rmtree(tmp_path / "__pycache__")
    quiet = dedupe(*words, "-q")
    assert quiet.err == "" and "not calibrated" not in quiet.out
    for row in (("copy.jpg",), ("1 file could not be used", "1 unrecognised"), ("threshold: halves",)):
        assert all(word in quiet.out for word in row), quiet.out


@pytest.mark.parametrize("words", [["scan", "."], ["find", "copy.jpg", "."], ["describe", "."]], ids=" ".join)
def test_quiet_says_nothing_of_a_result_that_went_to_a_file(dedupe, album, tmp_path, words):
    path = tmp_path / "result.jsonl"
    loud = dedupe(*words, "-d", "pdq", "-o", path, cwd=album)
    assert loud.out and "The result is in" in loud.err
    quiet = dedupe(*words, "-d", "pdq", "-o", path, "-q", cwd=album)
    assert (quiet.out, quiet.err) == ("", "") and path.stat().st_size


def test_cache_info_prune_and_clear(dedupe, album, own_cache):
    dedupe("scan", album)
    (line,) = dedupe("cache", "info", "--json").lines("cache")
    assert line["files"] == 6 and line["contents"] == 5 and list(line["keys"].values()) == [5]
    shutil.rmtree(album)
    assert dedupe("cache", "prune").out == "Forgot 6 files, 5 different pictures, 5 descriptors.\n"
    assert dedupe("cache", "prune").out == "There is nothing to forget.\n"
    assert dedupe("cache", "info").lines("cache")[0]["contents"] == 0
    words = ["cache", "clear", "--cache", own_cache / "cache.sqlite3"]  # not the kernels, which all tests use
    assert dedupe(*words).code == 2, "nobody to ask"
    assert dedupe(*words, "--yes").code == 0
    assert not list(own_cache.glob("*.sqlite3")) and "no cache" in dedupe(*words, "--yes").out


@pytest.fixture
def house(tmp_path):
    """A copy of host and plugins, with machine code and other files where that is kept; the environment that runs it."""
    site = tmp_path / "site"
    for package in (ROOT / "dedupe", *(ROOT / "plugins").glob("dedupe_*")):
        ignored = shutil.ignore_patterns("__pycache__", "*.jpg", "*.onnx")
        shutil.copytree(package, site / package.name, ignore=ignored)
    key = "0123456789abcdef" * 2
    ours = [
        f"dedupe.pixels.area_kernels.average_rows-{key[:24]}.kernel",
        f"a._b.<locals>.c-{key[:24]}.{key[:12]}.kernel",
    ]
    ours.append(f".{key}.kernel.part")
    theirs = ["mine.kernel", f"average-{key[:23]}.kernel", f"average-{key[:24]}.kernel.txt", f"{key}.part", "x.pyc"]
    beside = [site / folder / "__pycache__" for folder in ("dedupe/pixels", "dedupe_hashes/kernels")]
    for place in (*beside, tmp_path / f"dedupe-kernels-{os.geteuid() if hasattr(os, 'geteuid') else ''}"):
        place.mkdir(mode=0o755)
        for name in (*ours, *theirs):
            (place / name).write_bytes(bytes(100))
    kept = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.name in theirs}
    env = {"HOME": tmp_path, "XDG_CACHE_HOME": tmp_path, "TMPDIR": tmp_path, "PYTHONPATH": site}
    env["PYTHONDONTWRITEBYTECODE"] = "1"
    return tmp_path, kept, {name: str(value) for name, value in env.items()}


def test_cache_info_counts_compiled_kernels_and_clear_removes_nothing_else(dedupe, house):
    folder, theirs, env = house

    def files():
        return {
            path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and path.read_bytes() == bytes(100)
        }

    (line,) = dedupe("cache", "info", "--json", env=env).lines("cache")
    assert (line["kernels"]["files"], line["kernels"]["bytes"], len(line["kernels"]["folders"])) == (9, 900, 3)
    named = dedupe("cache", "clear", "--yes", "--cache", folder / "named.sqlite3", env=env)
    assert "no cache" in named.out and len(files() - theirs) == 9
    ran = dedupe("cache", "clear", "--yes", env=env)
    assert ran.code == 0 and "9 compiled kernels are removed; 900 B are free." in ran.out, (ran.out, ran.err)
    assert files() == theirs and len(theirs) == 15
    assert dedupe("cache", "info", env=env).lines("cache")[0]["kernels"] == {"files": 0, "bytes": 0, "folders": []}
    assert "no cache" in dedupe("cache", "clear", "--yes", env=env).out


def test_tables_at_80_columns_lose_nothing(dedupe, album):
    (album / ("not a picture " * 8 + ".jpg")).write_bytes(b"nothing")
    ran = dedupe("scan", album, "--format", "table", "-v", env={"COLUMNS": "80"})
    assert max(map(len, ran.out.splitlines())) <= 80 and "\u2026" not in ran.out
    assert all(word in ran.out for word in ("copy.jpg", "kept", "same-bytes", "pdq", "1 unrecognised", "not a picture"))


def test_many_descriptors_leave_room_for_the_picture(dedupe, album):
    names = ("phash", "dhash", "ahash", "pdq", "whash", "bmb")
    ran = dedupe("scan", album, "--format", "table", *(f"-d{name}" for name in names), env={"COLUMNS": "60"})
    assert max(map(len, ran.out.splitlines())) <= 60
    assert all(f"{name} distance" in " ".join(ran.out.split()) for name in names), ran.out


def test_another_cache_and_none(dedupe, album, own_cache, tmp_path):
    dedupe("scan", album, "--cache", "none")
    assert not list(own_cache.iterdir())
    dedupe("scan", album, "--cache", tmp_path / "mine.sqlite")
    assert (tmp_path / "mine.sqlite").exists() and not list(own_cache.iterdir())
    assert dedupe("scan", album, "--cache", tmp_path / "mine.sqlite").lines("summary")[0]["described"] == 0


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX folders")
@pytest.mark.parametrize("verb", ["info", "prune", "clear"])
def test_what_is_no_cache_is_said_and_left_alone(dedupe, tmp_path, verb):
    text, folder, noise = tmp_path / "a.txt", tmp_path / "folder", tmp_path / "noise.db"
    text.write_text("no cache")
    noise.write_bytes(bytes(range(1, 255)) * 9)
    folder.mkdir()
    for path in (text, folder, noise):
        ran = dedupe("cache", verb, "--cache", path, *(["-y"] if verb == "clear" else []))
        assert ran.code in (3, 4) and str(path) in ran.err and ran.out == "", ran.err
    assert {path.name for path in tmp_path.iterdir()} == {"a.txt", "folder", "noise.db"}
    assert text.read_text() == "no cache"


def test_no_cache_is_made_to_look_into_it(dedupe, tmp_path):
    missing = tmp_path / "new" / "x.db"
    assert dedupe("cache", "prune", "--cache", missing).out == "There is no cache.\n"
    (line,) = dedupe("cache", "info", "--cache", missing).lines("cache")
    assert (line["path"], line["bytes"], line["keys"]) == (str(missing), 0, {}) and not missing.parent.exists()


def test_a_cache_whose_name_stdout_cannot_encode(dedupe, album, tmp_path):
    cache, ascii_ = tmp_path / "caf\xe9.db", {"PYTHONIOENCODING": "ascii"}
    dedupe("scan", album, "--cache", cache)
    assert json.loads(dedupe("cache", "info", "--cache", cache, env=ascii_).out)["path"] == str(cache)
    ran = dedupe("cache", "clear", "-y", "--cache", cache, env=ascii_)
    assert ran.code == 0 and "caf\\xe9.db is removed" in ran.out and not cache.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="bash")
@pytest.mark.parametrize(
    "words",
    [
        "scan . --format table",
        "plugins",
        "plugins --json",
        "cache info",
        "--help",
        "scan -h",
        "lab robustness a.jpg --json",
    ],
)
def test_a_closed_stdout_ends_quietly_by_sigpipe(words, tmp_path, photos):
    shutil.copy(photos[0], tmp_path / "a.jpg")
    script = '(sleep 0.1; "$@") | true; exit ${PIPESTATUS[0]}'
    command = ["bash", "-c", script, "bash", sys.executable, "-P", "-m", "dedupe", *words.split()]
    usual = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, env=usual)
    assert done.returncode == 141 and not [
        line for line in done.stderr.splitlines() if "kernels" not in line and "ready" not in line
    ]


def test_version(dedupe):
    ran = dedupe("--version")
    assert ran.code == 0 and re.fullmatch(r"dedupe \d+\.\d+.*\n", ran.out)


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash")
def test_bash_completes_verbs_and_options(tmp_path):
    command = tmp_path / "dedupe"
    command.write_text(f"#!{sys.executable} -P\nfrom dedupe.__main__ import main\nmain()\n")
    command.chmod(0o755)
    script = """
        source <(dedupe --show-completion bash)
        complete -p dedupe
        COMP_CWORD=1 COMP_WORDS=(dedupe comp); _dedupe_completion dedupe; echo "${COMPREPLY[*]}"
        COMP_CWORD=2 COMP_WORDS=(dedupe scan --min); _dedupe_completion dedupe; echo "${COMPREPLY[*]}"
    """
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(["bash", "-c", script], env={**os.environ, "PATH": path}, capture_output=True, text=True)
    assert done.stdout.split("\n")[1:] == ["compare", "--min-size --min-pixels", ""], (done.stdout, done.stderr)
    assert "_dedupe_completion dedupe" in done.stdout.split("\n")[0]


def test_an_unwritable_install_without_home_still_scans(dedupe, album, tmp_path):
    """Where __pycache__ is a file nobody can make a folder of that name, nor a home below a file, not even root."""
    site = tmp_path / "site"
    for package in (ROOT / "dedupe", *(ROOT / "plugins").glob("dedupe_*")):
        shutil.copytree(package, site / package.name, ignore=shutil.ignore_patterns("__pycache__", "*.jpg"))
    for folder in [folder for folder in site.rglob("*") if folder.is_dir()]:
        (folder / "__pycache__").write_text("")
    (tmp_path / "file").write_text("")
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    bare = {"HOME": str(tmp_path / "file" / "home"), "TMPDIR": str(temporary), "PYTHONPATH": str(site)}
    bare |= dict.fromkeys(("XDG_CACHE_HOME", "DEDUPE_CACHE", "NUMBA_CACHE_DIR"), "")
    ran = dedupe("scan", album, env={**bare, "PYTHONDONTWRITEBYTECODE": "1"})
    assert ran.code == 0 and len(ran.lines("group")) == 1, ran.err
    (instead,) = temporary.glob("dedupe-images-*")
    assert f"{instead}" in ran.err and list(instead.rglob("*.sqlite3")) and "Traceback" not in ran.err
    again = dedupe("scan", album, env={**bare, "PYTHONDONTWRITEBYTECODE": "1"})
    assert again.lines("summary")[0]["described"] == 0, "the folder that stands in is found again"


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX folders")
def test_a_read_only_cache_folder_costs_one_warning(dedupe, album, tmp_path):
    (tmp_path / "file").write_text("")
    ran = dedupe("scan", album, env={"DEDUPE_CACHE": str(tmp_path / "file" / "below")})
    assert ran.code == 0 and len(ran.lines("group")) == 1
    assert len([line for line in ran.err.splitlines() if "cache" in line]) == 1
