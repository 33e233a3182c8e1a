"""Metrics of plugins that misbehave, in the program itself: no traceback, no false group, nothing on stdout."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from faulty_plugins import DESCRIPTOR, groups


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
