"""Small parts of what is printed."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from dedupe.console import rich_console, shown
from dedupe.errors import UsageError
from dedupe.model import Description, File, Header, Plugin
from dedupe.model.numbers import number
from dedupe.model.paths import path_fields
from dedupe.model.records import descriptor
from dedupe.near.why import LACKING, joined
from dedupe.report import LEAKS, RESULTS, distance_text, lines, size_text
from dedupe.report.grid import table
from dedupe.report.groups_shown import alike
from dedupe.report.listing import write_table


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (b"plain name.jpg", "plain name.jpg"),
        ("café.jpg".encode(), "café.jpg"),
        (b"a\nb", "a\\x0ab"),
        (b"\x1b[31m", "\\x1b[31m"),
        (b"\xff", "\\xff"),
        ("\u202e".encode(), "\\u202e"),
        (b"back\\slash", "back\\\\slash"),
        ("\U000e0001".encode(), "\\U000e0001"),
    ],
)
def test_paths_are_shown_escaped_and_unambiguous(path, text):
    assert shown(path) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (99_499, "99.5 kB"),
        (123_456, "123 kB"),
        (3e6, "3.0 MB"),
        (5e12, "5.0 TB"),
    ],
)
def test_sizes(size, text):
    assert size_text(size) == text


def test_distances():
    assert [distance_text(value) for value in (3.0, 0.123456, 0.0)] == ["3", "0.123", "0"]
    assert number(float("nan")) is None and number(3.0) == 3 and number(float(np.float32(0.1))) == 0.1
    assert [type(number(value)) for value in (0.9999999999, 3.0, 0.5)] == [int, int, float]


def test_formats_by_option_suffix_and_terminal():
    named = RESULTS.named
    assert named("csv", Path("x.json"), terminal=True) == "csv"
    assert named(None, Path("x.JSONL"), terminal=True) == "json"
    assert (named(None, None, terminal=True), named(None, None, terminal=False)) == ("table", "json")
    assert named(None, Path("/dev/null"), terminal=False) == "json"
    for bad in (("xml", None), ("html", None), (None, Path("x.pdf")), (None, Path("x.html"))):
        with pytest.raises(UsageError, match="json"):
            named(*bad, terminal=False)
    assert LEAKS.named(None, Path("x.HTML"), terminal=False) == "html" == LEAKS.named("html", None, terminal=True)
    with pytest.raises(UsageError, match=r"\.json, \.csv, \.html, \.parquet, \.sarif or \.xml"):
        LEAKS.named(None, Path("x.pdf"), terminal=False)


@pytest.mark.parametrize("forms", [RESULTS, LEAKS])
def test_every_form_has_its_writer(forms):
    assert all(callable(forms.writer(name)) for name in forms.writers)


def test_paths_that_are_not_utf8_carry_their_bytes():
    assert path_fields(b"a.jpg") == {"path": "a.jpg"}
    assert path_fields(b"\xff.jpg") == {"path": "\ufffd.jpg", "path_b64": "/y5qcGc="}


def test_descriptors_are_hex_or_values_that_float32_survives():
    def line(values):
        return descriptor(Description(b"a", "k@1", values, "k"))

    assert line(np.array([1, 255], np.uint8)) == {
        "type": "descriptor",
        "path": "a",
        "descriptor": "k@1",
        "name": "k",
        "hex": "01ff",
    }
    values = np.random.default_rng(1).normal(size=50).astype(np.float32)
    read = np.array(line(values)["values"], np.float32)
    assert np.array_equal(read, values)
    assert line(np.array([np.nan], np.float32))["values"] == [None]


def printed(rows, width: int, monkeypatch) -> list[str]:
    monkeypatch.setenv("COLUMNS", str(width))
    stream = io.StringIO()
    rich_console(stream).print(rows)
    lines = stream.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    return lines


@pytest.mark.parametrize("width", [50, 60, 80, 120])
def test_a_table_folds_text_and_loses_nothing(monkeypatch, width):
    rows = table("picture", "size", "reason", "message", right=("size",))
    rows.add_row("p" * 300, "9" * 7, "x" * 12, "m " * 120)
    lines = printed(rows, width, monkeypatch)[2:]
    found = {char: sum(line.count(char) for line in lines) for char in "p9xm"}
    assert found == {"p": 300, "9": 7, "x": 12, "m": 120} and "\u2026" not in "".join(lines)
    assert any("9" * 7 in line and "x" * 12 in line for line in lines), "numbers and reasons keep their width"


def test_a_table_without_room_for_its_numbers_folds_them_too(monkeypatch):
    names = [f"number {i}" for i in range(6)]
    rows = table("picture", *names, right=names)
    rows.add_row("p" * 30, *("9" * 9 for _ in names))
    lines = printed(rows, 50, monkeypatch)
    assert sum(line.count("9") for line in lines) == 54 and sum(line.count("p") for line in lines[3:]) == 30


@pytest.mark.parametrize("width", [80, 120])
def test_the_list_of_plugins_says_everything(monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    provides = {"descriptors": tuple(f"descriptor{i}" for i in range(20))}
    good = Plugin("hashes", "dedupe-images", "0.1.0", "/somewhere/deep/dedupe_hashes/__init__.py", provides)
    bad = Plugin("broken", "its-distribution", "2", "broken.module", {}, "ImportError: " + "eeeeeeeeee " * 20, "failed")
    stream = io.StringIO()
    write_table([good, bad], stream)
    flat = "".join(stream.getvalue().split())
    assert max(map(len, stream.getvalue().splitlines())) <= width and flat.count("e" * 10) >= 8
    for word in ("hashes", "loaded", "dedupe-images", "descriptor19", "broken", "failed", "its-distribution"):
        assert word in stream.getvalue()


def test_a_turn_is_said_once():
    assert lines.how({"pdq": 4}, None, "hflip") == ("", "pdq 4", "hflip")
    assert lines.how({"pdq": 4}, "edited", "hflip") == ("edited", "pdq 4", "")


@pytest.mark.parametrize(
    ("distance", "words"), [({"a": 0, "b": 0}, "equal"), ({"a": 2, "b": 0}, "nearly equal"), ({"a": 12}, "alike")]
)
def test_pictures_are_equal_on_a_page_where_every_distance_is_0(distance, words):
    made = Header("scan", (), {"a": 10.0, "b": 10.0}, bits={"a": 64, "b": 64})
    assert alike(distance, made) == words


@pytest.mark.parametrize(
    ("width", "said"), [(80, "edited, mirrored; fewer bytes"), (50, "edited, mirrored"), (40, "edited")]
)
def test_where_a_line_is_short_what_a_picture_is_comes_first(width, said):
    stream = io.StringIO()
    console = rich_console(stream)
    console.width = width
    lines.picture(
        console, File(b"a.jpg", 171_000, 800, 571, "JPEG", "blake3:00"), ["edited"], why="mirrored; fewer bytes"
    )
    assert stream.getvalue().splitlines()[1].split("  ")[-1] == said


@pytest.mark.parametrize(
    ("width", "said"),
    [
        (80, "edited, copy256 0.1, shows 25 %; fewer bytes"),
        (60, "edited, shows 25 %; fewer bytes"),
        (48, "edited, shows 25 %"),
        (40, "edited, copy256 0.1"),
    ],
)
def test_where_a_line_is_short_a_reason_is_said_rather_than_a_distance(width, said):
    stream = io.StringIO()
    console = rich_console(stream)
    console.width = width
    file = File(b"a.jpg", 171_000, 800, 571, "JPEG", "blake3:00")
    lines.picture(console, file, ["edited", "copy256 0.1"], why="shows 25 %; fewer bytes", spare="copy256 0.1")
    assert " ".join(stream.getvalue().split("800x571")[1].split()) == said


def test_a_reason_is_not_said_twice():
    laid = LACKING["covered"][1]
    assert joined("captioned and darker", laid) == "captioned and darker"
    assert joined("with bars above and below", LACKING["framed"][1]) == "with bars above and below"
    assert joined("with a part changed at the top", laid) == f"with a part changed at the top; {laid}"
    assert joined("in grey", "grey") == "in grey" and joined("captioned", "fewer bytes") == "captioned; fewer bytes"
