"""Metrics of plugins that misbehave: no traceback, no false group, nothing on stdout."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dedupe.model import Metric
from faulty_plugins import DESCRIPTOR, groups

linux = pytest.mark.skipif(
    sys.platform != "linux", reason="a metric has a process of its own where one can be forked safely"
)


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
    "interrupts": ("raise KeyboardInterrupt", "The metric mine (loose_metric) raised KeyboardInterrupt"),
    "negative": ("return np.full((len(A), len(B)), -1, np.float32)", "gave the distance -1; a distance is 0 or more."),
    "shape": ("return np.zeros(1, np.float32)", "The metric mine (loose_metric) gave (1,) for"),
    "words": ("return np.full((len(A), len(B)), 'near')", "gave <U4, not numbers."),
    "crashes": ("import ctypes; ctypes.string_at(0)", "The metric mine (loose_metric) crashed its worker (SIGSEGV)."),
    "aborts": ("os.abort()", "The metric mine (loose_metric) crashed its worker (SIGABRT)."),
    "ends": ("os._exit(7)", "The metric mine (loose_metric) ended its worker with exit code 7."),
    "killed": ("os.kill(os.getpid(), 9)", "The metric mine (loose_metric) had its worker killed by the system"),
}


def with_metric(folder: Path, body: str) -> Path:
    """A loose plugin whose descriptor has a metric of its own that begins with the body."""
    source = DESCRIPTOR.replace('"l2", Decode', 'Metric("mine", "float32", block), Decode')
    source = source.replace("import Decode,", "import Decode, Metric,").replace("BODY", "pass")
    path = folder / "loose_metric.py"
    path.write_text(source.replace("class Fault", METRIC.replace("FAULT", body), 1))
    return path


@pytest.mark.parametrize("fault", METRIC_FAULTS)
def test_a_metric_that_fails_is_one_sentence_that_names_it(
    fault: str, folder: Path, tmp_path: Path, dedupe: Callable[..., Any]
) -> None:
    body, sentence = METRIC_FAULTS[fault]
    path = with_metric(tmp_path, body)
    ran = dedupe("scan", folder, "--json", "-d", "fault", "--cache", "none", "--plugin", path)
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.splitlines()[-1].startswith("dedupe: The metric mine (loose_metric) ") and sentence in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("fault", ["raises", "crashes"])
@pytest.mark.parametrize("words", [(), ("--turns", "flips"), ("--reference", "reference")], ids=" ".join)
def test_beside_a_metric_that_fails_the_others_give_what_they_find(
    fault: str, words: tuple[str, ...], folder: Path, tmp_path: Path, dedupe: Callable[..., Any]
) -> None:
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "known.jpg").write_bytes((folder / "1.jpg").read_bytes())
    asked = ["scan", folder, *(tmp_path / word if word == "reference" else word for word in words)]
    body, sentence = METRIC_FAULTS[fault]
    plugin = ("--cache", "none", "--plugin", with_metric(tmp_path, body))
    alone = dedupe(*asked, "-d", "phash", "-d", "dhash", "--cache", "none")
    report = tmp_path / "report.json"
    for more in ((), ("--check", "-q", "-o", report)):
        ran = dedupe(*asked, "-d", "phash", "-d", "fault", "-d", "dhash", *plugin, *more)
        if more:
            ran.out = report.read_text()
        assert ran.lines("group") == alone.lines("group") != [] and ran.code == 3
        last = ran.err.splitlines()[-1]
        assert sentence.removesuffix(".") in last and last.endswith("; the result is without fault.")
        (header,) = ran.lines("header")
        assert last.removeprefix("dedupe: ") in header["notes"] and [*header["thresholds"]] == ["phash", "dhash"]
        assert header["expected_false_pairs"] is not None and "Traceback" not in ran.err


def test_find_and_compare_give_what_the_others_find_too(
    folder: Path, tmp_path: Path, dedupe: Callable[..., Any]
) -> None:
    plugin = ("--cache", "none", "--plugin", with_metric(tmp_path, "raise RuntimeError('boom')"))
    a, b = folder / "0.jpg", folder / "0-again.jpg"
    for words, kind in ((["find", a, folder], "match"), (["compare", a, b], "comparison")):
        alone = dedupe(*words, "-d", "phash", "--cache", "none")
        ran = dedupe(*words, "-d", "fault", "-d", "phash", *plugin)
        assert ran.lines(kind) == alone.lines(kind) != []
        assert ran.code == 3 and ran.err.endswith("RuntimeError: boom; the result is without fault.\n")
        ran = dedupe(*words, "-d", "fault", *plugin)
        assert (ran.code, ran.out) == (3, "") and ran.err.endswith("raised RuntimeError: boom\n")


def test_eval_gives_what_the_others_measure(photos: list[Path], tmp_path: Path, dedupe: Callable[..., Any]) -> None:
    plugin = ("--cache", tmp_path / "cache.sqlite3", "--plugin", with_metric(tmp_path, "raise RuntimeError('boom')"))
    asked = ("eval", *photos[:30], "--json", "--distortions", "blur,hflip", *plugin)
    alone = dedupe(*asked, "-d", "phash")
    ran = dedupe(*asked, "-d", "fault", "-d", "phash", "--save", tmp_path / "raw.npz")
    assert ran.lines("result") == alone.lines("result") != [] and alone.code == 0
    assert ran.code == 3 and ran.err.endswith("RuntimeError: boom; the result is without fault.\n")
    (header,) = ran.lines("header")
    assert any("the result is without fault" in note for note in header["notes"])
    again = dedupe("eval", "--load", tmp_path / "raw.npz", "--json")
    assert again.lines("result") == alone.lines("result") and again.code == 0
    ran = dedupe(*asked, "-d", "fault")
    assert (ran.code, ran.out) == (3, "") and ran.err.endswith("raised RuntimeError: boom\n")


def test_a_metric_that_fails_on_distorted_copies_alone_loses_its_descriptor_too(
    photos: list[Path], tmp_path: Path, dedupe: Callable[..., Any]
) -> None:
    path = with_metric(tmp_path, "calls.append(1)\n    if len(calls) > 1: raise RuntimeError('boom')")
    path.write_text("calls = []\n" + path.read_text())
    asked = ("eval", *photos[:30], "--json", "--distortions", "blur,hflip", "--cache", "none", "--plugin", path)
    ran = dedupe(*asked, "-d", "fault", "-d", "phash")
    assert {each["descriptor"] for each in ran.lines("result")} == {"phash"} and ran.code == 3


def test_pairs_and_calibrations_of_the_others_are_given_too(
    photos: list[Path], strangers: Path, tmp_path: Path, dedupe: Callable[..., Any]
) -> None:
    plugin = ("--cache", "none", "--plugin", with_metric(tmp_path, "raise RuntimeError('boom')"))
    (tmp_path / "pairs.csv").write_text("".join(f"{a},{b},{int(a == b)}\n" for a in photos[:3] for b in photos[:3]))
    out = tmp_path / "calibrations"
    for words, kind in (
        (["score", tmp_path / "pairs.csv"], "verdict"),
        (["calibrate", strangers, "--into", out], "calibration"),
    ):
        ran = dedupe(*words, "--json", "-d", "fault", "-d", "pdq", *plugin)
        assert [each["descriptor"] for each in ran.lines(kind)] == ["pdq"]
        assert ran.code == 3 and ran.err.endswith("RuntimeError: boom; the result is without fault.\n")
        ran = dedupe(*words, "--json", "-d", "fault", *plugin)
        assert (ran.code, ran.out) == (3, "") and ran.err.endswith("raised RuntimeError: boom\n")
    assert [path.name.split("-")[0] for path in out.iterdir()] == ["pdq"]


def test_leak_gives_what_the_others_find(folder: Path, tmp_path: Path, dedupe: Callable[..., Any]) -> None:
    test = tmp_path / "test"
    test.mkdir()
    (test / "seen.jpg").write_bytes((folder / "1.jpg").read_bytes())
    asked = ("leak", folder, test, "--json", "--cache", "none")
    plugin = ("--plugin", with_metric(tmp_path, "raise RuntimeError('boom')"))
    for more in ((), ("--no-judge",)):
        alone = dedupe(*asked, "-d", "phash", "-d", "dhash", *more)
        ran = dedupe(*asked, "-d", "phash", "-d", "fault", "-d", "dhash", *plugin, *more)
        assert ran.code == 3 and ran.err.endswith("RuntimeError: boom; the result is without fault.\n")
        assert ran.lines("group") == alone.lines("group") != []
        ran = dedupe(*asked, "-d", "fault", *plugin, *more)
        assert (ran.code, ran.out) == (3, "") and ran.err.endswith("raised RuntimeError: boom\n")


def test_from_python_the_error_has_what_the_others_found(folder: Path, tmp_path: Path) -> None:
    import dedupe

    path = with_metric(tmp_path, "raise RuntimeError('boom')")
    with pytest.raises(dedupe.DedupeError, match="RuntimeError: boom; the result is without fault") as failed:
        dedupe.scan([folder], descriptors=["fault", "phash"], plugin_files=[path], cache="none")
    (group,) = failed.value.result  # type: ignore[attr-defined]
    assert len(group.members) == 1


def hang(A: Any, B: Any) -> Any:
    time.sleep(600 if len(A) == 2 else 0)
    return np.zeros((len(A), len(B)), np.float32)


@linux
def test_a_metric_that_hangs_is_stopped_and_the_next_block_is_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    from dedupe.errors import DedupeError
    from dedupe.metrics import distances, foreign

    monkeypatch.setattr(foreign, "SECONDS", 3.0)
    metric, rows = Metric("slow", "float32", hang), np.zeros((3, 4), np.float32)
    with pytest.raises(
        DedupeError, match=r"The metric slow \(.*test_plugin_metrics\) took longer than 3 seconds for 2 by 3"
    ):
        distances(rows[:2], rows, metric)
    assert not any(child.serves(metric) for child in foreign._children)  # other tests may have left theirs
    assert np.array_equal(distances(rows, rows, metric), np.zeros((3, 3)))


@linux
def test_metrics_that_come_and_go_leave_few_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    from dedupe.metrics import distances, foreign

    def made(number: int) -> Metric:
        return Metric(f"of {number}", "float32", lambda A, B: np.full((len(A), len(B)), number, np.float32))

    rows = np.zeros((2, 3), np.float32)
    before = len(active_children())
    for number in range(20):
        assert (distances(rows, rows, made(number)) == number).all()
    assert len(foreign._children) <= foreign.MOST and len(active_children()) <= before + foreign.MOST
    kept = made(5)
    assert {distances(rows, rows, kept)[0, 0] for _ in range(3)} == {5}
    assert sum(child.serves(kept) for child in foreign._children) == 1


@linux
def test_an_interruption_while_a_metric_works_leaves_no_answer_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    from dedupe.metrics import distances

    def slow(A: Any, B: Any) -> Any:
        time.sleep(1.0 if len(A) == 2 else 0.0)
        return np.full((len(A), len(B)), len(A), np.float32)

    metric, rows = Metric("slow", "float32", slow), np.zeros((3, 4), np.float32)
    timer = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        distances(rows[:2], rows, metric)
    timer.join()
    assert (distances(rows, rows, metric) == 3).all()
