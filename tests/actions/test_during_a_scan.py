"""A plan that is applied while a scan of the same folder runs: both end right."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dedupe import scan

PLUGIN = """
import os, time
from pathlib import Path
import numpy as np
from dedupe import DecodedInfo, hookimpl

class Held:
    name, version, suffixes = "held", "1", (".held",)

    def matches(self, head):
        return head.startswith(b"HELD")

    def decode(self, stream, want):
        Path({begun!r}).touch()
        while not os.path.exists({go!r}):
            time.sleep(0.01)
        return np.full((48, 64), 128, np.uint8), DecodedInfo(64, 48, "HELD")

@hookimpl
def dedupe_decoders():
    return [Held()]
"""


@pytest.fixture
def album(tmp_path: Path, photos: list[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A picture whose reading takes as long as a test wants, and three others, two of which have a copy."""
    folder = tmp_path / "album"
    (folder / "copies").mkdir(parents=True)
    (folder / "0.held").write_bytes(b"HELD")
    for photo in photos[:3]:
        shutil.copy(photo, folder)
    for photo in photos[:2]:
        shutil.copy(photo, folder / "copies")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    return folder


def test_a_running_scan_lists_what_has_gone_and_apply_says_what_it_did(dedupe, album, tmp_path):
    plan, begun, go = tmp_path / "plan.jsonl", tmp_path / "begun", tmp_path / "go"
    scan(album, descriptor="pdq", cache="none", exclude="*.held").to_json(plan)
    (tmp_path / "held.py").write_text(PLUGIN.format(begun=str(begun), go=str(go)))
    words = ["scan", album, "-d", "pdq", "-j", "1", "--cache", "none", "--plugin", tmp_path / "held.py", "--json"]
    before = contents_of(album)
    with subprocess.Popen([sys.executable, "-P", "-m", "dedupe", *words], stdout=subprocess.PIPE) as scanning:
        deadline = time.monotonic() + 60
        while not begun.exists() and scanning.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        ran = dedupe("apply", plan, "--yes", "--json")
        go.touch()
        lines = [json.loads(line) for line in scanning.communicate(timeout=60)[0].splitlines()]
    assert ran.code == 0 and ran.lines("summary")[0]["done"] == 2, ran.err
    assert scanning.returncode == 0 and lines[-1]["groups"] == 0
    failed = {Path(line["path"]).name: line["reason"] for line in lines if line["type"] == "failure"}
    assert failed == {Path(path["path"]).name: "vanished" for path in ran.lines("outcome")}
    assert dedupe("undo", "--json").code == 0 and contents_of(album) == before


def contents_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
