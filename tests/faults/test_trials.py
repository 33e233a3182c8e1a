"""Models, heads and loose plugins that hang, eat memory or crash: a child does, and the command says so in one sentence."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dedupe_cnn.artefacts import MODELS

from dedupe.errors import UsageError
from dedupe.plugins import load
from faulty_plugins import HEALTHY, groups, plugin
from odd_models import endless, huge, made_head, written

linux = pytest.mark.skipif(
    sys.platform != "linux", reason="where processes are forked, and their memory can be limited"
)

FEATURES = ("features", "vectors", ("n", 1280))


def model(folder: Path, content: bytes) -> str:
    (folder / "m.onnx").write_bytes(content)
    return f"onnx:model={folder / 'm.onnx'},size=8"


def head(folder: Path, content: bytes) -> str:
    return str(made_head(folder / "m.onnx", content, 1280))


def test_these_models_are_small_and_sound(tmp_path: Path) -> None:
    """Else they would be refused for another reason than what they do."""
    assert max(map(len, (endless(), huge(), endless(*FEATURES), huge(*FEATURES)))) < 400
    assert load().descriptor(model(tmp_path, huge(values=1000))).name == "onnx"


@pytest.mark.parametrize(
    "made", [lambda folder: model(folder, endless()), lambda folder: head(folder, endless(*FEATURES))]
)
def test_a_model_that_never_ends_is_given_up(made: Callable[[Path], str], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"m\.onnx.* could not be made: it did not finish within 2 seconds"):
        load(seconds=2).descriptor(made(tmp_path))


@linux
@pytest.mark.parametrize("made", [lambda folder: model(folder, huge()), lambda folder: head(folder, huge(*FEATURES))])
def test_a_model_that_asks_for_too_much_is_refused(made: Callable[[Path], str], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"m\.onnx.* could not be made: it asked for more than 2 GB of memory"):
        load().descriptor(made(tmp_path))


def test_a_model_is_run_in_the_child_alone(tmp_path: Path) -> None:
    code = "import sys; from dedupe.plugins import load; load().descriptor(sys.argv[1]); print('onnxruntime' in sys.modules)"
    written(tmp_path / "m.onnx")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", code, f"onnx:model={tmp_path / 'm.onnx'},size=8"],
        capture_output=True, text=True, env=environment, check=True,
    )  # fmt: skip
    assert done.stdout == "False\n"


def test_shipped_descriptors_need_no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a child was started")

    monkeypatch.setattr("dedupe.plugins.attempt", refuse)
    loaded = load()
    for name in loaded.complete():
        loaded.descriptor(name)
    with pytest.raises(AssertionError, match="a child was started"):
        loaded.descriptor(f"head:model={MODELS / 'pca512.onnx'}")


MODULE = """
import os, time
import numpy as np
from dedupe import Decode, hookimpl
IMPORT
class Fault:
    name, version, decode, threshold = "fault", "1", Decode((8, 8)), 1.0
    def __init__(self, x: int = 0):
        self.x = x
        if x:
            MADE
    @property
    def metric(self):
        ASKED
        return "l2"
    def check(self):
        CHECKED
    def describe(self, images): ...
@hookimpl
def dedupe_descriptors():
    HOOK
    return [Fault]
"""
PLACES = ("IMPORT", "HOOK", "MADE", "ASKED", "CHECKED")
FAULTS = {
    "hangs": ("time.sleep(600)", "it did not finish within 1 seconds"),
    "eats": ("bytearray(3 << 30)", "it asked for more than 2 GB of memory"),
    "aborts": ("os.abort()", r"it crashed its worker \(SIGABRT\)"),
    "ends": ("os._exit(7)", "it ended its worker with exit code 7"),
}


@linux
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_loose_plugin_that_fails_anywhere_is_one_sentence(fault: str, place: str, tmp_path: Path) -> None:
    body, sentence = FAULTS[fault]
    source = MODULE
    for each in PLACES:
        source = source.replace(each, body if each == place else "pass")
    path = tmp_path / f"loose_{fault}_{place.lower()}.py"
    path.write_text(source)
    with pytest.raises(UsageError, match=sentence) as refused:
        load([path], (), seconds=1).descriptor("fault:x=1")
    assert ("fault:x=1" if place in ("MADE", "CHECKED") else str(path)) in str(refused.value)
    if place == "CHECKED":
        assert load([path], (), seconds=1).complete() == []


def test_a_sound_loose_plugin_is_used(folder: Path, tmp_path: Path, dedupe: Callable[..., Any]) -> None:
    ran = dedupe("scan", folder, "--json", "-d", "fault", "-t", "100", "--plugin", plugin(tmp_path, "pass"))
    assert groups(ran) == HEALTHY


@linux
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("what", ["a model", "a plugin"])
def test_an_interruption_ends_the_command_at_once(
    what: str, number: int, code: int, folder: Path, tmp_path: Path
) -> None:
    path = tmp_path / "loose_slow.py"
    path.write_text("import time\ntime.sleep(600)\n")
    asked = ["-d", model(tmp_path, endless())] if what == "a model" else ["--plugin", str(path)]
    command = [sys.executable, "-P", "-m", "dedupe", "scan", str(folder), *asked]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        child = first_child(running.pid)
        time.sleep(0.5)
        before = time.monotonic()
        running.send_signal(number)
        out, err = running.communicate(timeout=30)
    assert (running.returncode, out, err) == (code, "", "") and time.monotonic() - before < 10
    assert not Path(f"/proc/{child}").exists()


def first_child(pid: int) -> int:
    """The first process that another one starts, once it has."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if found := Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            return int(found[0])
        time.sleep(0.02)
    raise AssertionError("it has started no child")


def test_a_timeout_that_is_none_is_refused_first(tmp_path: Path, folder: Path, dedupe: Callable[..., Any]) -> None:
    path = plugin(tmp_path, "pass")
    for text in ("0", "-1", "nan"):
        ran = dedupe("scan", folder, "--plugin", path, "--file-timeout", text)
        assert ran.code == 2 and "give a number of seconds above 0" in ran.err
    ran = dedupe("scan", folder, "--json", "-d", "fault", "-t", "100", "--plugin", path, "--file-timeout", "inf")
    assert groups(ran) == HEALTHY


@pytest.mark.parametrize("fault", ["", "time.sleep(600)"])
def test_a_trial_can_start_afresh(fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it does where processes cannot be forked safely."""
    spawning = multiprocessing.get_context("spawn")
    monkeypatch.setattr("multiprocessing.get_context", lambda _: spawning)
    name = "begun_afresh" + "_hanging" * bool(fault)
    path = plugin(tmp_path, "pass", name)
    path.write_text(path.read_text() + fault)
    if fault:
        with pytest.raises(UsageError, match="it did not finish within 2 seconds"):
            load([path], (), seconds=2)
        return
    assert load([path], ()).descriptor(name).name == name
    written(tmp_path / "m.onnx")
    assert load().descriptor(f"onnx:model={tmp_path / 'm.onnx'},size=8").name == "onnx"
