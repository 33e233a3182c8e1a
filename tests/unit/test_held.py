"""Results in Python's hands: short to look at, and turned into other things."""

from __future__ import annotations

import inspect
import json
import sys
from pathlib import Path

import pytest

import dedupe
from dedupe.errors import SafetyError, UsageError
from dedupe.results import Comparison, Description, File, Group, Header, Leaked, LeakGroup, Leaks, Match, Member, Scan

from dedupe.results import Compared, Described, Failure, Found, Held, LeakSummary, Pair, Summary, read  # isort: skip

NONE = Summary(2, 2, 0, 1, 1, 5, {}, {}, {})
BAD = b"\xff<b>.jpg"
KEPT, COPY = File(b"/a.jpg", 10, 2, 2, "JPEG", "blake3:0"), File(BAD, 5, 2, 2, "PNG", "blake3:1")
GROUP = Group(KEPT, (Member(COPY, {"pdq": 4.0}, "hflip", "same-bytes"),))
SCAN = Scan(
    Header("scan", ("pdq@1",), {"pdq": 10.0}), [GROUP], [Failure(b"x", "decode", "empty", "Empty.")], NONE, (KEPT,)
)


def test_a_path_is_text_too_and_names_the_same_file(tmp_path: Path):
    assert KEPT.path_str == "/a.jpg" and Path(COPY.path_str) == Path("\udcff<b>.jpg")


def test_pairs_are_what_matches():
    pair = Pair("/a.jpg", "\udcff<b>.jpg", {"pdq": 4.0}, "hflip", "same-bytes")
    assert list(SCAN.pairs()) == [pair]
    counts = LeakSummary(1, 1, 0, 1, 1, 1, 0, 1, {}, {}, {}, {})
    group = LeakGroup(KEPT, "cat", (Leaked(COPY, None, {"pdq": 4.0}, "hflip", "same-bytes"),))
    assert list(Leaks(SCAN.header, [group], [], counts).pairs()) == [pair]
    found = Found(SCAN.header, [Match(b"/a.jpg", COPY, {"pdq": 4.0})], [], NONE)
    assert list(found.pairs()) == [Pair("/a.jpg", COPY.path_str, {"pdq": 4.0})]
    rows = [Comparison(b"a", b"b", name, 3.0, 4.0, name == "pdq") for name in ("pdq", "phash")]
    assert list(Compared(SCAN.header, rows, [], NONE).pairs()) == [Pair("a", "b", {"pdq": 3.0})]


def test_a_result_is_short_to_look_at():
    assert repr(SCAN) == "<Scan: 1 groups, 1 failures, 1 kept, 0 alone, 0 references>"


def test_a_notebook_shows_a_small_table_with_everything_escaped():
    html = SCAN._repr_html_()
    assert (
        "<b>" not in html
        and "&lt;b&gt;.jpg" in html
        and "&lt;Scan: 1 groups" in html
        and "<th>distance:pdq</th>" in html
    )
    many = Scan(SCAN.header, [GROUP] * 1000, [], NONE)
    assert many._repr_html_().count("<tr>") == 21 and "The first 20 rows." in many._repr_html_()


def test_as_a_dictionary_and_as_a_file(tmp_path: Path):
    found = SCAN.to_dict()
    assert found["header"]["command"] == "scan" and found["summary"]["files"] == 2
    assert [one["members"][0]["path_b64"] for one in found["group"]] == ["/zxiPi5qcGc="]
    assert [one["reason"] for one in found["failure"]] == ["empty"]
    SCAN.to_json(str(tmp_path / "scan.jsonl"))
    assert [json.loads(line)["type"] for line in (tmp_path / "scan.jsonl").read_text().splitlines()] == [
        *("header", "group", "failure", "summary")
    ]
    assert read(tmp_path / "scan.jsonl").to_dict() == found
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0 a photo")
    with pytest.raises(SafetyError):
        SCAN.to_json(tmp_path / "photo.jpg")


def test_as_a_data_frame():
    pytest.importorskip("pandas")
    frame = SCAN.to_pandas()
    assert list(frame["role"]) == ["keep", "duplicate"] and list(frame["distance:pdq"].dropna()) == [4]


def test_without_pandas_a_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(UsageError, match="pip install pandas"):
        SCAN.to_pandas()


def test_descriptions_can_be_held_too():
    import numpy as np

    made = Described(
        Header("describe", (), {}), [Description(b"a", "k@1", np.array([1, 255], np.uint8), "k")], [], NONE
    )
    assert "<td>k@1</td>" in made._repr_html_() and repr(made) == "<Described: 1 descriptions, 0 failures>"


def test_every_result_of_a_verb_can_be_held():
    import dedupe.results as room

    verbs = ("scan", "find", "compare", "describe", "leak", "evaluate", "score", "calibrate", "distort", "train")
    given = {getattr(dedupe, name).__annotations__["return"] for name in verbs}
    assert len(given) == len(verbs) and all(issubclass(getattr(room, name), Held) for name in given)


def test_what_any_public_function_gives_is_a_public_type():
    import dedupe.results as room

    verbs = [getattr(dedupe, name) for name in dedupe.__all__ if name not in ("install_hint", "kernel", "progress")]
    given = {verb.__annotations__["return"] for verb in verbs if inspect.isfunction(verb)}
    assert {"Acted", "Import", "Scan"} < given <= set(room.__all__)
