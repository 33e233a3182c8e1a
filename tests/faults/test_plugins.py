"""Plugins that misbehave: while they load, and while they describe. The others' results stay what they were."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from faulty_plugins import DARK, HEALTHY, groups, plugin

# -- while loading

MISTAKES = {
    "missing module": ("import no_such_module_at_all", "ModuleNotFoundError"),
    "syntax": ("def f(:", "SyntaxError"),
    "raises": ("raise RuntimeError('out of luck')", "RuntimeError: out of luck"),
    "too large": (
        "raise ImportError('libonnx.so: failed to map segment from shared object')",
        "there is not enough memory for it",
    ),
    "many lines": ("raise RuntimeError('one\\ntwo\\x1b[31m')", "RuntimeError: one two"),
    "exits": ("import sys; sys.exit(0)", "it called exit(0)"),
    "interrupts": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "no Exception": ("class Mine(BaseException): pass\nraise Mine('mine')", "Mine: mine"),
    "unprintable": ("class Mine(Exception):\n    def __str__(self): 1 / 0\nraise Mine()", "Mine"),
    "hook raises": (
        "import dedupe\n@dedupe.hookimpl\ndef dedupe_descriptors(): raise KeyError('lost')",
        "KeyError: 'lost'",
    ),
    "hook exits": ("import dedupe\n@dedupe.hookimpl\ndef dedupe_descriptors(): raise SystemExit", "it called exit"),
    "hook interrupts": (
        "import dedupe\n@dedupe.hookimpl\ndef dedupe_descriptors(): raise KeyboardInterrupt('mine')",
        "KeyboardInterrupt: mine",
    ),
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


@pytest.mark.parametrize("mistake", ["RuntimeError('out of luck')", "KeyboardInterrupt", "SystemExit(130)"])
def test_a_scan_beside_a_failed_plugin_gives_the_same(
    mistake: str, site: Callable[..., dict[str, str]], folder: Path, dedupe: Callable[..., Any]
) -> None:
    alone = dedupe("scan", folder, "--json", "-d", "phash")
    beside = dedupe("scan", folder, "--json", "-d", "phash", env=site("unlucky", f"raise {mistake}"))
    assert groups(alone) == groups(beside) == [{"0.jpg", "0-again.jpg"}]
    assert beside.code == alone.code == 0
    assert len([line for line in beside.err.splitlines() if "unlucky" in line]) == 1


SLOW = """
import sys, time
print("loading", file=sys.stderr, flush=True)
try:
    for _ in range(600):  # one long sleep would miss a signal that comes after the last instruction before it
        time.sleep(0.1)
except BaseException as error:
    AFTER
"""


@pytest.mark.skipif(os.name == "nt", reason="a child process is sent no SIGINT there")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("after", ["raise", "pass", "raise RuntimeError('instead') from None"])
def test_the_users_own_interruption_ends_the_run_whatever_the_plugin_makes_of_it(
    after: str, number: int, code: int, site: Callable[..., dict[str, str]], folder: Path
) -> None:
    env = {**os.environ, **site("slow", SLOW.replace("AFTER", after))}
    command = [sys.executable, "-P", "-m", "dedupe", "scan", str(folder), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, text=True) as running:
        assert running.stderr and running.stderr.readline() == "loading\n"
        running.send_signal(number)
        out, err = running.communicate(timeout=30)
    assert (running.returncode, out, err) == (code, "", "")


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


def test_what_a_plugin_prints_at_the_very_end_goes_to_stderr(
    folder: Path, tmp_path: Path, dedupe: Callable[..., Any]
) -> None:
    path = plugin(tmp_path, "pass")
    path.write_text(path.read_text() + "import atexit\natexit.register(print, 'bye')\n")
    ran = dedupe("scan", folder, "--json", "-d", "fault", "-t", "100", "--cache", "none", "--plugin", path)
    assert ran.lines()[-1]["type"] == "summary" and groups(ran) == HEALTHY
    assert ran.err.splitlines()[-1] == "bye"


# -- while describing


def test_the_descriptor_without_a_fault_finds_the_group(
    folder: Path, tmp_path: Path, dedupe: Callable[..., Any]
) -> None:
    ran = dedupe("scan", folder, "--json", "-d", "fault", "-t", "100", "--plugin", plugin(tmp_path, "pass"))
    assert ran.code == 0, ran.err
    assert groups(ran) == HEALTHY


FAULTS = {
    "raises": f"{DARK}\nif dark.any(): raise ValueError('too dark')",
    "unprintable": f"{DARK}\nif dark.any(): raise type('Mine', (Exception,), {{'__str__': lambda self: 1 / 0}})()",
    "exits": f"{DARK}\nif dark.any(): sys.exit(0)",
    "NaN": f"{DARK}\nX[dark] = np.nan",
    "infinite": f"{DARK}\nX[dark] = np.inf",
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
    assert ran.code == 0
    assert groups(ran) == HEALTHY
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    "fault",
    [
        f"{DARK}\nX = X[~dark]",
        f"{DARK}\nif dark.any(): X = None",
        f"{DARK}\nif dark.any(): X = X[..., None]",
        f"{DARK}\nif dark.any(): X = X.astype(np.float64)",
        "X = X[:0]",
    ],
)
def test_another_dtype_or_shape_is_one_error_of_the_plugin(
    fault: str, folder: Path, tmp_path: Path, dedupe: Callable[..., Any]
) -> None:
    ran = dedupe("scan", folder, "--json", "-d", "fault", "--cache", "none", "--plugin", plugin(tmp_path, fault))
    assert ran.code == 3 and not ran.out
    assert ran.err.count("The descriptor fault") == 1 and "That is a mistake of the plugin" in ran.err


@pytest.mark.parametrize("fault", ["raise ValueError('never')", "X[:] = np.nan"])
def test_a_descriptor_that_always_fails_groups_nothing(
    fault: str, folder: Path, tmp_path: Path, dedupe: Callable[..., Any]
) -> None:
    ran = dedupe("scan", folder, "--json", "-d", "fault", "--cache", "none", "--plugin", plugin(tmp_path, fault))
    assert ran.code == 0
    assert groups(ran) == []
    assert {Path(line["path"]).name for line in ran.lines("failure")} == {path.name for path in folder.iterdir()}


@pytest.mark.parametrize(("fault", "reason"), [("time.sleep(600)", "timeout"), ("os.abort()", "crashed")])
def test_a_descriptor_that_cannot_even_be_tried_is_listed_as_what_it_did(
    fault: str, reason: str, folder: Path, tmp_path: Path, dedupe: Callable[..., Any]
) -> None:
    asked = ["-d", "fault", "--cache", "none", "--file-timeout", "0.2", "--plugin", plugin(tmp_path, fault)]
    ran = dedupe("describe", folder / "0.jpg", "--json", *asked)
    assert ran.code == 0 and [line["reason"] for line in ran.lines("failure")] == [reason], ran.err


def test_another_descriptor_beside_a_failing_one_still_finds_its_groups(
    folder: Path, tmp_path: Path, dedupe: Callable[..., Any]
) -> None:
    path = plugin(tmp_path, "raise ValueError('never')")
    ran = dedupe("scan", folder, "--json", "-d", "phash", "-d", "fault", "--cache", "none", "--plugin", path)
    assert groups(ran) == [{"0.jpg", "0-again.jpg"}]
    assert ran.code == 0
