"""Plugins that misbehave: while they load, and while they describe. The others' results stay what they were."""

from __future__ import annotations

import json
import os
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

DESCRIPTOR = """
import os, subprocess, sys, time
import numpy as np
from dedupe import Decode, hookimpl

class Fault:
    name, version, metric, decode, threshold = "fault", "1", "l2", Decode((8, 8)), 1000.0
    def describe(self, images):
        X = images.reshape(len(images), 64).astype(np.float32)
        BODY
        return X

@hookimpl
def dedupe_descriptors():
    return [Fault]
"""

DARK = "dark = X.mean(axis=1) < 20"
"""Selects the one picture of the folder that is nearly black; a fault that only it causes must be blamed on it alone."""


def plugin(folder: Path, body: str, name: str = "fault") -> Path:
    """A loose plugin whose `describe` runs the body, with X at hand."""
    path = folder / f"loose_{name}.py"
    lines = textwrap.indent(textwrap.dedent(body).strip(), " " * 8).strip()
    path.write_text(DESCRIPTOR.replace("BODY", lines).replace('"fault"', f'"{name}"'))
    return path


@pytest.fixture
def folder(tmp_path: Path, photos: list[Path]) -> Iterator[Path]:
    """Three photos, one of them twice, and one nearly black picture; all of them are still there afterwards."""
    from PIL import Image

    place = tmp_path / "pictures"
    place.mkdir()
    for i, photo in enumerate(photos[::30][:3]):
        (place / f"{i}.jpg").write_bytes(photo.read_bytes())
    with Image.open(place / "0.jpg") as image:
        image.save(place / "0-again.jpg", quality=85)
        image.convert("L").point(lambda v: v // 20).save(place / "dark.png")
    before = {path: path.read_bytes() for path in place.iterdir()}
    yield place
    assert {path: path.read_bytes() for path in place.iterdir()} == before


@pytest.fixture
def site(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """Installs a distribution with one entry point where `dedupe` finds it; gives the environment to run it with."""
    place = tmp_path / "site"

    def install(name: str, source: str, version: str = "1.0") -> dict[str, str]:
        info = place / f"dedupe_{name}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: dedupe-{name}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[dedupe]\n{name} = installed_{name}\n")
        (place / f"installed_{name}.py").write_text(textwrap.dedent(source))
        return {"PYTHONPATH": os.pathsep.join(filter(None, [str(place), os.environ.get("PYTHONPATH", "")]))}

    return install


def groups(ran: Any) -> list[set[str]]:
    return [{Path(f["path"]).name for f in (g["keep"], *g["members"])} for g in ran.lines("group")]


# -- while loading

MISTAKES = {
    "missing module": ("import no_such_module_at_all", "ModuleNotFoundError"),
    "syntax": ("def f(:", "SyntaxError"),
    "raises": ("raise RuntimeError('out of luck')", "RuntimeError: out of luck"),
    "many lines": ("raise RuntimeError('one\\ntwo\\x1b[31m')", "RuntimeError: one two"),
    "exits": ("import sys; sys.exit(0)", "it called exit(0)"),
    "no Exception": ("class Mine(BaseException): pass\nraise Mine('mine')", "Mine: mine"),
    "unprintable": ("class Mine(Exception):\n    def __str__(self): 1 / 0\nraise Mine()", "Mine"),
    "hook raises": (
        "import dedupe\n@dedupe.hookimpl\ndef dedupe_descriptors(): raise KeyError('lost')",
        "KeyError: 'lost'",
    ),
    "hook exits": ("import dedupe\n@dedupe.hookimpl\ndef dedupe_descriptors(): raise SystemExit", "it called exit"),
    "no list": ("import dedupe\n@dedupe.hookimpl\ndef dedupe_descriptors(): return 7", "returned an int, not a list"),
    "misspelt": (
        "import dedupe\n@dedupe.hookimpl\ndef dedupe_descriptor(): return []",
        "Did you mean 'dedupe_descriptors'?",
    ),
}


def test_installed_plugins_that_fail_to_load_cost_one_line_each_and_nothing_else(
    site: Callable[..., dict[str, str]], dedupe: Callable[..., Any]
) -> None:
    names = {mistake: f"bad{i:02d}" for i, mistake in enumerate(MISTAKES)}
    for mistake, name in names.items():
        env = site(name, MISTAKES[mistake][0], "2.5")
    ran = dedupe("plugins", "--json", env=env)
    rows = {row["name"]: row for row in ran.lines("plugin")}
    assert len(ran.err.splitlines()) == len(MISTAKES)
    assert "\x1b" not in ran.err
    for mistake, name in names.items():
        cause = MISTAKES[mistake][1]
        (line,) = [line for line in ran.err.splitlines() if name in line]
        assert f"{name} (dedupe-{name} 2.5) could not be loaded: " in line
        assert cause in line
        assert (rows[name]["status"], rows[name]["distribution"]) == ("failed", f"dedupe-{name}")
        assert cause in rows[name]["error"]
    assert rows["hashes"]["status"] == "loaded"
    assert "phash" in rows["hashes"]["provides"]["descriptors"]


def test_a_scan_beside_a_failed_plugin_gives_the_same(
    site: Callable[..., dict[str, str]], folder: Path, dedupe: Callable[..., Any]
) -> None:
    alone = dedupe("scan", folder, "--json", "-d", "phash")
    beside = dedupe("scan", folder, "--json", "-d", "phash", env=site("unlucky", "raise RuntimeError('out of luck')"))
    assert groups(alone) == groups(beside) == [{"0.jpg", "0-again.jpg"}]
    assert beside.code == alone.code == 0
    assert len([line for line in beside.err.splitlines() if "unlucky" in line]) == 1


def test_asking_for_what_the_failed_plugin_would_have_provided_is_an_error_that_says_so(
    site: Callable[..., dict[str, str]], folder: Path, dedupe: Callable[..., Any]
) -> None:
    ran = dedupe("scan", folder, "-d", "fancy", env=site("unlucky", "raise RuntimeError('out of luck')"))
    assert ran.code == 2
    assert ran.out == ""
    assert "'fancy' is not a descriptor" in ran.err
    assert "The plugin unlucky (dedupe-unlucky 1.0) failed to load: RuntimeError: out of luck" in ran.err


def test_one_name_from_two_plugins_is_refused(
    site: Callable[..., dict[str, str]], folder: Path, tmp_path: Path, dedupe: Callable[..., Any]
) -> None:
    source = plugin(tmp_path, "pass", "phash").read_text()
    env = site("thief", source)
    ran = dedupe("scan", folder, "-d", "phash", env=env)
    assert ran.code == 2
    assert "'phash': hashes (dedupe-images" in ran.err
    assert "and thief (dedupe-thief 1.0)" in ran.err
    assert dedupe("scan", folder, "-d", "phash", env={**env, "DEDUPE_PLUGINS": "hashes,heif"}).code == 0
    assert dedupe("scan", folder, "-d", "phash", env={**env, "DEDUPE_PLUGINS": "thief"}).code == 0


def test_a_loose_file_that_fails_is_a_usage_error(folder: Path, tmp_path: Path, dedupe: Callable[..., Any]) -> None:
    path = tmp_path / "loose_broken.py"
    path.write_text("\n1 / 0\n")
    ran = dedupe("scan", folder, "--plugin", path)
    assert ran.code == 2
    assert "ZeroDivisionError: division by zero (loose_broken.py, line 2)" in ran.err
    assert "Traceback" not in ran.err


NOISE = """
print("noise of print")
os.write(1, b"noise of write\\n")
subprocess.run([sys.executable, "-c", "print('noise of a child')"])
import ctypes
ctypes.CDLL(None).puts(b"noise of C")
"""


@pytest.mark.skipif(os.name == "nt", reason="there is no C library to load as CDLL(None)")
def test_what_a_plugin_writes_to_stdout_does_not_reach_the_result(
    folder: Path, tmp_path: Path, dedupe: Callable[..., Any]
) -> None:
    path = plugin(tmp_path, NOISE)
    quiet_hook = "def dedupe_descriptors():\n"
    noisy_hook = quiet_hook + textwrap.indent(NOISE, "    ")
    path.write_text(path.read_text().replace(quiet_hook, noisy_hook) + NOISE)
    ran = dedupe("scan", folder, "--json", "-d", "fault", "--plugin", path)
    assert "noise" not in ran.out
    assert [json.loads(line)["type"] for line in ran.out.splitlines()][-1] == "summary"
    for kind in ("print", "write", "a child", "C"):
        assert f"noise of {kind}" in ran.err


# -- while describing


HEALTHY = [{"0.jpg", "0-again.jpg"}]
"""The groups that the descriptor finds when nothing is wrong with it."""


def test_the_descriptor_without_a_fault_finds_the_group(
    folder: Path, tmp_path: Path, dedupe: Callable[..., Any]
) -> None:
    ran = dedupe("scan", folder, "--json", "-d", "fault", "-t", "100", "--plugin", plugin(tmp_path, "pass"))
    assert ran.code == 0, ran.err
    assert groups(ran) == HEALTHY


FAULTS = {
    "raises": f"{DARK}\nif dark.any(): raise ValueError('too dark')",
    "exits": f"{DARK}\nif dark.any(): sys.exit(0)",
    "NaN": f"{DARK}\nX[dark] = np.nan",
    "infinite": f"{DARK}\nX[dark] = np.inf",
    "too few rows": f"{DARK}\nX = X[~dark]",
    "no array": f"{DARK}\nif dark.any(): X = None",
    "three axes": f"{DARK}\nif dark.any(): X = X[..., None]",
    "other dtype": f"{DARK}\nif dark.any(): X = X.astype(np.float64)",
    "dies": f"{DARK}\nif dark.any(): os.abort()",
    "hangs": f"{DARK}\nif dark.any(): time.sleep(600)",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_descriptor_that_fails_on_one_picture_costs_that_picture_only(
    fault: str, folder: Path, tmp_path: Path, dedupe: Callable[..., Any]
) -> None:
    ran = dedupe(
        "scan", folder, "--json", "-d", "fault", "-t", "100", "--cache", "none", "--file-timeout", "2",
        "--plugin", plugin(tmp_path, FAULTS[fault]),
    )  # fmt: skip
    failed = {Path(line["path"]).name for line in ran.lines("failure")}
    assert failed == {"dark.png"}, ran.err
    assert ran.code == 1
    assert groups(ran) == HEALTHY
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("fault", ["raise ValueError('never')", "X[:] = np.nan", "X = X[:0]"])
def test_a_descriptor_that_always_fails_groups_nothing(
    fault: str, folder: Path, tmp_path: Path, dedupe: Callable[..., Any]
) -> None:
    ran = dedupe("scan", folder, "--json", "-d", "fault", "--cache", "none", "--plugin", plugin(tmp_path, fault))
    assert ran.code == 1
    assert groups(ran) == []
    assert {Path(line["path"]).name for line in ran.lines("failure")} == {path.name for path in folder.iterdir()}


def test_another_descriptor_beside_a_failing_one_still_finds_its_groups(
    folder: Path, tmp_path: Path, dedupe: Callable[..., Any]
) -> None:
    path = plugin(tmp_path, "raise ValueError('never')")
    ran = dedupe("scan", folder, "--json", "-d", "phash", "-d", "fault", "--cache", "none", "--plugin", path)
    assert groups(ran) == [{"0.jpg", "0-again.jpg"}]
    assert ran.code == 1


def test_nan_is_never_near(folder: Path, tmp_path: Path, dedupe: Callable[..., Any]) -> None:
    source = DESCRIPTOR.replace('"l2", Decode', 'Metric("nowhere", "float32", nowhere), Decode')
    source = source.replace("import Decode,", "import Decode, Metric,").replace("BODY", "pass")
    source = source.replace(
        "class Fault", "def nowhere(A, B): return np.full((len(A), len(B)), np.nan, np.float32)\n\nclass Fault"
    )
    path = tmp_path / "loose_nowhere.py"
    path.write_text(source)
    ran = dedupe("scan", folder, "--json", "-d", "fault", "--cache", "none", "--plugin", path)
    assert groups(ran) == []


def test_what_a_metric_prints_goes_to_stderr(folder: Path, tmp_path: Path, dedupe: Callable[..., Any]) -> None:
    source = DESCRIPTOR.replace('"l2", Decode', 'Metric("loud", "float32", loud), Decode')
    source = source.replace("import Decode,", "import Decode, Metric,").replace("BODY", "pass")
    loud = """
def loud(A, B):
    import os
    print("from Python")
    os.write(1, b"past Python\\n")
    return np.abs(A[:, None] - B[None]).max(axis=2).astype(np.float32)

class Fault"""
    path = tmp_path / "loose_loud.py"
    path.write_text(source.replace("class Fault", loud, 1))
    for where in ((), ("-o", tmp_path / "result.json")):
        ran = dedupe("scan", folder, "--json", "-d", "fault", "--cache", "none", "--plugin", path, *where)
        assert "from Python" in ran.err and "past Python" in ran.err
        assert "from Python" not in ran.out and "past Python" not in ran.out and ran.code == 0


METRIC = """
def block(A, B):
    FAULT
    return np.abs(A[:, None] - B[None]).max(axis=2).astype(np.float32)

class Fault"""

METRIC_FAULTS = {
    "raises": ("raise RuntimeError('boom')", "The metric mine (loose_metric) raised RuntimeError: boom"),
    "exits": ("sys.exit(9)", "The metric mine (loose_metric) raised SystemExit: 9"),
    "negative": ("return np.full((len(A), len(B)), -1, np.float32)", "gave the distance -1; a distance is 0 or more."),
    "shape": ("return np.zeros(1, np.float32)", "The metric mine (loose_metric) gave (1,) for"),
}


@pytest.mark.parametrize("fault", METRIC_FAULTS)
def test_a_metric_that_fails_is_one_sentence_that_names_it(
    fault: str, folder: Path, tmp_path: Path, dedupe: Callable[..., Any]
) -> None:
    body, sentence = METRIC_FAULTS[fault]
    source = DESCRIPTOR.replace('"l2", Decode', 'Metric("mine", "float32", block), Decode')
    source = source.replace("import Decode,", "import Decode, Metric,").replace("BODY", "pass")
    path = tmp_path / "loose_metric.py"
    path.write_text(source.replace("class Fault", METRIC.replace("FAULT", body), 1))
    ran = dedupe("scan", folder, "--json", "-d", "fault", "--cache", "none", "--plugin", path)
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.splitlines()[-1].startswith("dedupe: The metric mine (loose_metric) ") and sentence in ran.err
    assert "Traceback" not in ran.err


def test_what_a_plugin_prints_at_the_very_end_goes_to_stderr(
    folder: Path, tmp_path: Path, dedupe: Callable[..., Any]
) -> None:
    path = plugin(tmp_path, "pass")
    path.write_text(path.read_text() + "import atexit\natexit.register(print, 'bye')\n")
    ran = dedupe("scan", folder, "--json", "-d", "fault", "-t", "100", "--cache", "none", "--plugin", path)
    assert ran.lines()[-1]["type"] == "summary" and groups(ran) == HEALTHY
    assert ran.err.splitlines()[-1] == "bye"
