"""Odd file names: bytes kept end to end, shown escaped, lossless in JSON."""

from __future__ import annotations

import base64
import os
import sys
from pathlib import Path

import pytest
from PIL import Image

NAMES = [
    b"new\nline.jpg",
    b"tab\t.jpg",
    b"esc\x1b[31mred.jpg",
    b"osc\x1b]0;title\x07.jpg",
    "rtl\u202egpj.jpg".encode(),
    b"[red]x[bold].jpg",
    b"'quote\".jpg",
    b"$(touch pwned).jpg",
    b"-rf.jpg",
    b"\xff\xfe.jpg",
    "café \U0001f600.jpg".encode(),
    b"a" * 251 + b".jpg",
    b"back\\slash.jpg",
    b"percent%20.jpg",
    b":emoji:.jpg",
]


@pytest.fixture
def odd(tmp_path: Path, photos: list[Path]) -> Path:
    """One photo under many names and one smaller version."""
    for name in NAMES:
        try:
            Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(photos[0].read_bytes())
        except OSError:
            assert sys.platform == "darwin"  # which refuses what is not UTF-8
    with Image.open(photos[0]) as image:
        image.resize((image.width // 2, image.height // 2)).save(tmp_path / "small.jpg")
    return tmp_path


def test_json_carries_every_byte(dedupe, odd):
    (group,) = dedupe("scan", odd).lines("group")
    shown = [group["keep"], *group["members"]]
    paths = {base64.b64decode(f["path_b64"]) if "path_b64" in f else f["path"].encode() for f in shown}
    assert paths == {os.fsencode(path) for path in odd.iterdir()}
    assert sum("path_b64" in f for f in shown) == 1


@pytest.mark.parametrize("form", ["table", "csv"])
def test_people_see_no_control_character(dedupe, odd, form):
    ran = dedupe("scan", odd, "--format", form, env={"COLUMNS": "2000"})
    text = ran.out if form == "table" else ran.out.replace('"', "")
    shown = [c for c in text if not (c.isprintable() or c == "\n")]
    assert ran.code == 0 and (form == "csv" or not shown), shown
    if form == "table":
        flat = "".join(text.split())
        assert "\\x1b[31mred.jpg" in flat and "[red]x[bold].jpg" in flat and "\\u202e" in flat and "\\xff\\xfe" in flat
        assert ":emoji:" in flat and "new\\x0aline" in flat


def test_files_from_takes_any_name(dedupe, odd):
    paths = b"\0".join(os.fsencode(path) for path in sorted(odd.iterdir()))
    ran = dedupe("scan", "--files-from", "-", stdin=paths)
    assert ran.lines("summary")[0]["files"] == len(list(odd.iterdir()))


def test_a_name_that_looks_like_an_option_is_a_file(dedupe, odd):
    ran = dedupe("describe", "--", "-rf.jpg", cwd=odd)
    assert ran.code == 0 and ran.lines("descriptor")


def test_errors_show_names_escaped(dedupe, tmp_path):
    name = os.fsdecode(b"\x1b[31m\xff.jpg")
    ran = dedupe("scan", tmp_path / name)
    assert ran.code == 3 and "\x1b" not in ran.err
    (tmp_path / name).write_bytes(b"no picture")
    ran = dedupe("scan", tmp_path, "--format", "table")
    assert ran.code == 1 and "\x1b" not in ran.out + ran.err


def test_stdout_that_is_not_utf8(dedupe, odd):
    ran = dedupe("scan", odd, "--format", "table", env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"})
    assert ran.code == 0 and "Traceback" not in ran.err and ran.out.isascii()
