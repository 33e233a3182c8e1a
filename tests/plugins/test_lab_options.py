"""What the lab's commands take besides their own: a form, silence, loose plugins."""

from __future__ import annotations

import base64
import csv
import json
import os
from pathlib import Path

import pytest
from PIL import Image

from html_pages import checked

PLUGIN = """
import numpy as np
from dedupe import Decode, hookimpl

class Bars:
    name, version, metric, threshold = "bars", "1", "hamming", 3.0
    decode = Decode((9, 1), "L")
    def describe(self, images):
        return np.packbits(images[:, 0, 1:] > images[:, 0, :-1], axis=1)

class Darker:
    name, version = "darker", "1"
    def apply(self, image, rng):
        return image // 2

@hookimpl
def dedupe_descriptors():
    return [Bars]

@hookimpl
def dedupe_distortions():
    return [Darker]
"""


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    path = tmp_path / "bars.py"
    path.write_text(PLUGIN)
    return path


@pytest.fixture
def classes(tmp_path: Path, photos: list[Path]) -> Path:
    for number, photo in enumerate(photos[:6]):
        (tmp_path / "set" / "ab"[number % 2]).mkdir(parents=True, exist_ok=True)
        with Image.open(photo) as opened:
            opened.save(tmp_path / "set" / "ab"[number % 2] / f"{number}.png")
    return tmp_path / "set"


def test_every_form_can_be_named_and_written(dedupe, classes, tmp_path):
    for words in (["classes", classes, "-n", 3], ["robustness", classes / "a" / "0.png"]):
        lines = dedupe("lab", *words).lines()
        shown = dedupe("lab", *words, "--format", "table")
        assert shown.code == 0 and "phash" in shown.out and not shown.out.startswith("{")
        assert dedupe("lab", *words, "--format", "json").lines() == lines
        rows = list(csv.DictReader(dedupe("lab", *words, "--format", "csv").out.splitlines()))
        assert [row["type"] for row in rows] == [line["type"] for line in lines if line["type"] != "summary"]
        assert "phash" in {row["hash"] for row in rows} and set(rows[0]) >= set(lines[0])
        page = dedupe("lab", *words, "--format", "html")
        assert page.code == 0 and checked(page.out).named("table")
        for name in ("r.json", "r.csv", "r.txt", "r.html"):
            assert dedupe("lab", *words, "-o", tmp_path / name).code == 0
        assert [json.loads(line) for line in (tmp_path / "r.json").read_text().splitlines()] == lines
        assert (tmp_path / "r.html").read_text() == page.out
        for wrong in (["--format", "pdf"], ["--format", "table", "--json"], ["-o", tmp_path / "sheet.png"]):
            refused = dedupe("lab", *words, *wrong)
            assert refused.code == 2 and refused.out == "", refused.err


def test_notes_can_be_kept_back_and_failures_are_counted_and_named_with_v(dedupe, classes):
    (classes / "a" / "link.png").symlink_to(classes / "b" / "1.png")
    assert "symlink" in dedupe("lab", "classes", classes, "-n", 2).err
    assert dedupe("lab", "classes", classes, "-n", 2, "-q").err == ""
    (classes / "a" / "!broken.png").write_bytes(b"no picture")
    words = ("lab", "classes", classes, "-n", 0, "--format", "table")
    plain, verbose = dedupe(*words), dedupe(*words, "-v")
    assert "1 file could not be used (unrecognised" in plain.out.replace("(1 ", "(") and "broken" not in plain.out
    assert "!broken.png" in verbose.out
    assert (plain.code, dedupe(*words, "--strict").code) == (0, 1)


KERNEL = """
from dedupe import kernel

@kernel("void(u1[:,::1])")
def inverted(X):
    for i in range(X.size):
        X.flat[i] ^= 255
"""


def test_notes_kept_back_are_those_of_kernels_too(dedupe, classes, plugin):
    plugin.write_text(PLUGIN + KERNEL)
    words = ["classes", classes, "-n", 0, "-d", "bars", "--plugin", plugin, "--cache", "none"]
    ran = dedupe("lab", *words, "-q")
    assert (ran.code, ran.err) == (0, "")
    for compiled in (plugin.parent / "__pycache__").iterdir():
        compiled.unlink()
    assert "compiling kernels" in dedupe("lab", *words).err


def test_a_failure_names_its_file_by_bytes(dedupe, classes):
    odd = os.path.join(os.fsencode(classes / "a"), b"\xff.png")
    with open(odd, "wb") as file:
        file.write(b"no picture")
    (failure,) = dedupe("lab", "classes", classes, "-n", 0).lines("failure")
    assert base64.b64decode(failure["path_b64"]) == odd and failure["stage"] == "decode"


def test_loose_plugins_serve_the_lab(dedupe, classes, plugin, tmp_path):
    words = ["-d", "bars", "--plugin", plugin]
    found = dedupe("lab", "classes", classes, "-n", 3, *words)
    assert found.code == 0 and {line["hash"] for line in found.lines("classes")} == {"bars"}
    sheet = dedupe("lab", "robustness", classes / "a" / "0.png", *words, "--distortions", "darker")
    assert sheet.code == 0 and {line["version"] for line in sheet.lines()} == {"original", "darker", "unrelated"}
    database = tmp_path / "images.sqlite"
    assert dedupe("lab", "images", classes, "--db", database, *words).code == 0
    near = dedupe("lab", "images", "--db", database, "--near", classes / "a" / "0.png", *words)
    assert near.lines("image")[0]["bars"] and near.lines("image")[0]["ImageAddr"].endswith("0.png")
    assert "bars" in dedupe("lab", "classes", classes, "-n", 3, "-d", "bars").err, (
        "without the file there is no such descriptor"
    )
