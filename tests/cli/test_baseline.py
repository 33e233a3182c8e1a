"""--baseline: --check fails on new duplicates only."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

pytestmark = pytest.mark.usefixtures("one_cache")


@pytest.fixture
def album(tmp_path: Path, photos: list[Path], dedupe) -> Path:
    """Two photos, one of them twice, and the baseline of both verbs beside the album."""
    for name, number in {"cat/a.jpg": 0, "cat/b.jpg": 0, "dog/c.jpg": 1}.items():
        (tmp_path / "album" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(photos[number], tmp_path / "album" / name)
    for verb in ("scan", "leak"):
        assert dedupe(verb, "album", "-o", f"{verb}.jsonl", cwd=tmp_path).code == 0
    return tmp_path / "album"


@pytest.mark.parametrize("verb", ["scan", "leak"])
def test_known_duplicates_pass_under_any_name_and_a_new_one_fails(dedupe, album, photos, verb):
    words = (verb, "album", "--check", "--baseline", f"{verb}.jsonl")
    assert dedupe(verb, "album", "--check", cwd=album.parent).code == 5
    (album / "cat" / "b.jpg").rename(album / "dog" / "moved.jpg")
    ran = dedupe(*words, "--format", "table", cwd=album.parent)
    assert ran.code == 0 and "beside the baseline: 0 new, 1 known" in ran.out, ran.err
    assert "moved.jpg" not in ran.out and "moved.jpg" in dedupe(*words, "--format", "table", "-v", cwd=album.parent).out
    shutil.copy(album / "dog" / "c.jpg", album / "cat" / "new.jpg")
    ran = dedupe(*words, "--format", "table", cwd=album.parent)
    assert ran.code == 5 and "beside the baseline: 1 new, 1 known" in ran.out, ran.err
    assert "new, same-bytes" in ran.out and "moved.jpg" not in ran.out
    (summary,) = dedupe(*words, "--json", cwd=album.parent).lines("summary")
    assert (summary["new"], summary["known"]) == (1, 1)
    assert dedupe(*words, "--unique", cwd=album.parent).code == 5


def test_each_form_says_what_is_new(dedupe, album):
    shutil.copy(album / "dog" / "c.jpg", album / "cat" / "new.jpg")

    def given(form: str) -> str:
        return dedupe("scan", "album", "--baseline", "scan.jsonl", "--format", form, cwd=album.parent).out

    members = [one for line in map(json.loads, given("json").splitlines()) for one in line.get("members", ())]
    assert sorted(one.get("known", False) for one in members) == [False, True]
    header, *rows = given("csv").splitlines()
    assert "known" in header.split(",") and [row.count(",True,") for row in rows].count(1) == 1
    results = json.loads(given("sarif"))["runs"][0]["results"]
    assert sorted(one["baselineState"] for one in results) == ["new", "unchanged"]
    tags = [sample["tags"] for sample in json.loads(given("fiftyone"))["samples"]]
    assert sorted(tag for each in tags for tag in each) == ["duplicate", "duplicate", "keep", "keep", "known", "new"]
    suite = ElementTree.fromstring(given("junit"))[0]
    counts = [suite.get(name) for name in ("tests", "failures", "errors", "skipped")]
    assert counts == ["4", "1", "0", "1"]
    assert sorted(case[0].tag for case in suite if len(case)) == ["failure", "skipped"]


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("missing.jsonl", 3, "--baseline missing.jsonl: it cannot be read (No such file or directory)."),
        ("album/cat/a.jpg", 2, "--baseline album/cat/a.jpg, line 1: this is no JSON line of a result of dedupe."),
        (
            "leak.jsonl",
            2,
            "--baseline leak.jsonl: it is a result of leak; write one with dedupe scan and -o FILE.jsonl",
        ),
        ("unique.jsonl", 2, "--baseline unique.jsonl: it was written with --unique and has no groups; write one with"),
    ],
)
def test_what_is_no_baseline_is_said_in_one_sentence_before_the_work(dedupe, album, name, code, said):
    dedupe("scan", "album", "--unique", "-o", "unique.jsonl", cwd=album.parent)
    ran = dedupe("scan", "album", "--check", "--baseline", name, cwd=album.parent)
    assert ran.code == code and said in ran.err and ran.err.count("\n") == 1 and ran.out == "", ran.err


def test_a_baseline_is_not_written_over_while_it_is_read(dedupe, album):
    ran = dedupe("scan", "album", "--baseline", "scan.jsonl", "-o", "scan.jsonl", cwd=album.parent)
    assert ran.code == 4 and "name the same file" in ran.err
