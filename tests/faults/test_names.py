"""Odd file names: bytes kept end to end, shown escaped, lossless in JSON."""

from __future__ import annotations

import base64
import contextlib
import csv
import io
import json
import os
import shutil
import subprocess
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
    b"carriage\rreturn.jpg",
    "c1 \x9b31m \x7f.jpg".encode(),
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


def on_a_terminal(*words: object) -> tuple[int, str]:
    """Exit code and what a terminal gets, its line ends as they were written."""
    terminal, ours = os.openpty()
    environment = {**os.environ, "TERM": "dumb", "COLUMNS": "2000"}
    command = [sys.executable, "-P", "-m", "dedupe", *map(str, words)]
    ran = subprocess.Popen(command, stdout=ours, stderr=subprocess.DEVNULL, env=environment)
    os.close(ours)
    out = b""
    with contextlib.suppress(OSError):  # on Linux the end is an error
        while more := os.read(terminal, 65536):
            out += more
    os.close(terminal)
    return ran.wait(60), out.decode("utf-8").replace("\r\n", "\n")


HOSTILE = """
import numpy as np
from dedupe import Decode, hookimpl

class Hostile:
    name, version, metric, threshold, decode = "hostile", "1", "hamming", 1, Decode((8, 8))

    def describe(self, images):
        if images.any():
            raise ValueError("\\x1b]0;title\\x07 \\u202e \\x9b \\x7f \\ud800 end")
        return np.zeros((len(images), 8), np.uint8)

@hookimpl
def dedupe_descriptors():
    return [Hostile]
"""


@pytest.mark.skipif(sys.platform == "win32", reason="opens a terminal as POSIX does")
@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_a_terminal_gets_no_control_character(odd, tmp_path_factory, form):
    plugin = tmp_path_factory.mktemp("plugin") / "hostile.py"
    plugin.write_text(HOSTILE)
    for words in ([], ["-d", "hostile", "--plugin", plugin]):
        code, text = on_a_terminal(
            "scan", odd, "--no-judge", "--strict", "--format", form, *words, *["-v"][: form == "table"]
        )
        assert code == bool(words) and [c for c in text if not (c.isprintable() or c == "\n")] == []
        assert ("title" in text and "end" in text) if words else "31mred.jpg" in text
        if form == "json":
            assert [json.loads(line)["type"] for line in text.splitlines()][-1] == "summary"


def test_people_see_no_control_character(dedupe, odd):
    ran = dedupe("scan", odd, "--format", "table", env={"COLUMNS": "2000"})
    assert ran.code == 0 and [c for c in ran.out if not (c.isprintable() or c == "\n")] == []
    flat = "".join(ran.out.split())
    assert "\\x1b[31mred.jpg" in flat and "[red]x[bold].jpg" in flat and "\\u202e" in flat and "\\xff\\xfe" in flat
    assert ":emoji:" in flat and "new\\x0aline" in flat


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1", "utf-16"])
@pytest.mark.parametrize("form", ["json", "csv"])
def test_what_programs_read_carries_every_name_in_any_encoding(dedupe, odd, form, encoding):
    ran = dedupe("scan", odd, "--format", form, env={"PYTHONIOENCODING": encoding})
    if form == "json":
        (group,) = ran.lines("group")
        shown = [group["keep"], *group["members"]]
        assert ran.out.isascii()
    else:
        shown = list(csv.DictReader(io.StringIO(ran.out, newline="")))
    paths = {base64.b64decode(f["path_b64"]) if f.get("path_b64") else f["path"].encode() for f in shown}
    assert ran.code == 0 and paths == {os.fsencode(path) for path in odd.iterdir()}


@pytest.mark.skipif(sys.platform == "darwin", reason="its file systems refuse what is not UTF-8")
def test_csv_carries_every_byte_of_hard_links(dedupe, tmp_path, photos):
    names = {"plain": [b"a.jpg", b"b.jpg", b"c.jpg"], "barred": [b"d.jpg", b"e|f.jpg"], "odd": [b"g.jpg", b"\xff|.jpg"]}
    for photo, (folder, linked) in zip(photos, names.items(), strict=False):
        (tmp_path / folder).mkdir()
        first, *others = [os.path.join(os.fsencode(tmp_path / folder), name) for name in linked]
        Path(os.fsdecode(first)).write_bytes(photo.read_bytes())
        for other in others:
            os.link(first, other)
        shutil.copy(os.fsdecode(first), tmp_path / folder / "z.jpg")
    rows = csv.DictReader(io.StringIO(dedupe("scan", tmp_path, "--format", "csv").out, newline=""))
    found = {Path(row["path"]).parent.name: row for row in rows if row["links"]}
    exact = {
        name: row["links_b64"] and [*map(base64.b64decode, row["links_b64"].split("|"))] for name, row in found.items()
    }
    wanted = {name: [os.path.join(os.fsencode(tmp_path / name), link) for link in names[name][1:]] for name in names}
    assert found["plain"]["links"].encode() == b"|".join(wanted["plain"]) and found["odd"]["links"].endswith(
        "\ufffd|.jpg"
    )
    assert exact == {**wanted, "plain": ""}


@pytest.mark.parametrize("name", ["r.json", "r.csv", "r.txt"])
def test_a_message_that_utf8_cannot_carry_costs_no_file(dedupe, odd, tmp_path_factory, name):
    folder = tmp_path_factory.mktemp("plugin")
    (folder / "hostile.py").write_text(HOSTILE)
    ran = dedupe("scan", odd, "-d", "hostile", "--plugin", folder / "hostile.py", "-v", "-o", folder / name)
    assert ran.code == 0 and "Traceback" not in ran.err, ran.err
    assert "\\ud800 end" in (folder / name).read_text(encoding="utf-8")


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
    ran = dedupe("scan", tmp_path, "--format", "table", "-v")
    assert ran.code == 0 and "\x1b" not in ran.out + ran.err and "x1b[31m" in ran.out


def test_stdout_that_is_not_utf8(dedupe, odd):
    ran = dedupe("scan", odd, "--format", "table", env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"})
    assert ran.code == 0 and "Traceback" not in ran.err and ran.out.isascii()
