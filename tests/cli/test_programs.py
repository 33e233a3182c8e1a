"""Results for code hosts, CI and FiftyOne: SARIF, JUnit XML and a data set in JSON."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from dedupe.report.sarif import RULES
from dedupe.results import Failure, File, Group, Header, Member, Scan, Summary

pytestmark = pytest.mark.usefixtures("one_cache")


@pytest.fixture
def album(tmp_path: Path, photos: list[Path]) -> Path:
    """A photo three times, one alone, and a broken file, in a folder whose name a URI cannot have as it is."""
    for name, number in {"a.jpg": 0, "b c/b#.jpg": 0, "b c/é%.jpg": 0, "alone.jpg": 1}.items():
        (tmp_path / "my album" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(photos[number], tmp_path / "my album" / name)
    (tmp_path / "my album" / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    return tmp_path / "my album"


@pytest.fixture
def classes(tmp_path: Path, photos: list[Path]) -> tuple[Path, Path]:
    """A training and a test set with one photo in common, under another label, and copies of it on both sides."""
    for name, number in {"train/cat/a.jpg": 0, "train/cat/b.jpg": 0, "test/dog/c.jpg": 0, "test/dog/d.jpg": 2}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(photos[number], tmp_path / name)
    return tmp_path / "train", tmp_path / "test"


def what_code_scanning_needs(log: dict) -> list[dict]:
    """The results of a SARIF log that has all that GitHub's "SARIF support for code scanning" marks as required."""
    assert log["$schema"].startswith("https://") and log["$schema"].endswith("sarif-2.1.0.json")
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"]
    for rule in rules:
        assert rule["id"] and all(rule[name]["text"] for name in ("shortDescription", "fullDescription", "help"))
        assert rule["defaultConfiguration"]["level"] in ("note", "warning", "error")
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"] and result["partialFingerprints"]["primaryLocationLineHash"]
        for place in (*result["locations"], *result["relatedLocations"]):
            where = place["physicalLocation"]
            assert where["artifactLocation"]["uri"]
            assert all(where["region"][name] >= 1 for name in ("startLine", "startColumn", "endLine", "endColumn"))
    return run["results"]


def paths(results: list[dict]) -> list[str]:
    return [unquote(one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]) for one in results]


def test_sarif_has_a_result_a_duplicate_with_a_path_from_the_folder(dedupe, album):
    ran = dedupe("scan", album.name, "--judge", "-o", "result.sarif", cwd=album.parent)
    assert ran.code == 0 and "1 group" in ran.out, ran.err
    text = (album.parent / "result.sarif").read_text()
    log = json.loads(text)
    results = what_code_scanning_needs(log)
    assert paths(results) == ["my album/b c/b#.jpg", "my album/b c/é%.jpg"]
    assert {one["ruleId"] for one in results} == {"same-bytes"}
    assert results[0]["message"]["text"].startswith("Is a duplicate of my album/a.jpg (same-bytes")
    marks = [one["partialFingerprints"]["primaryLocationLineHash"] for one in results]
    assert len(set(marks)) == 2 and len({mark.split(":")[0] for mark in marks}) == 1
    base = {one["locations"][0]["physicalLocation"]["artifactLocation"]["uriBaseId"] for one in results}
    assert base <= set(log["runs"][0]["originalUriBaseIds"]) and str(album.parent) not in text
    (done,) = log["runs"][0]["invocations"]
    (told,) = done["toolExecutionNotifications"]
    assert told["descriptor"]["id"] == "truncated" and told["message"]["text"]


def test_sarif_has_whole_paths_of_what_lies_elsewhere_and_its_own_rule_without_the_judge(dedupe, album, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    ran = dedupe("scan", album, "--no-judge", "-d", "phash", "--format", "sarif", cwd=tmp_path / "elsewhere")
    results = what_code_scanning_needs(json.loads(ran.out))
    assert paths(results)[0] == (album / "b c" / "b#.jpg").as_uri().replace("%20", " ").replace("%23", "#")
    assert {one["ruleId"] for one in results} == {"same-bytes"}, "equal bytes need no look"


def test_every_kind_has_a_rule():
    from dedupe.model.judgement import LISTED

    assert set(RULES) == {*LISTED, "near"}


def test_a_leak_says_where_and_under_which_label(dedupe, classes):
    ran = dedupe("leak", *classes, "--format", "sarif", cwd=classes[0].parent)
    results = what_code_scanning_needs(json.loads(ran.out))
    assert paths(results) == ["test/dog/c.jpg"] * 2, "a result for each training picture"
    texts = [one["message"]["text"].partition(" (")[0] for one in results]
    assert texts == [
        f"Is a duplicate of the training picture train/cat/{name}.jpg, under the label cat" for name in "ab"
    ]


def cases(text: str) -> dict[str, str | None]:
    """The files of a JUnit report, and how each fails; the counts are checked."""
    root = ElementTree.fromstring(text)
    (suite,) = root.findall("testsuite")
    found = {case.get("file"): case[0].tag if len(case) else None for case in suite.findall("testcase")}
    assert len(found) == len(suite.findall("testcase")), "a file once"
    for each in (root, suite):
        assert int(each.get("tests")) == len(found)
        for name in ("failure", "error"):
            assert int(each.get(f"{name}s")) == list(found.values()).count(name)
    return found


def test_junit_has_a_case_a_file(dedupe, album):
    ran = dedupe("scan", album.name, "--judge", "-o", "result.junit.xml", cwd=album.parent)
    assert ran.code == 0, ran.err
    text = (album.parent / "result.junit.xml").read_text()
    found = {Path(name).name: how for name, how in cases(text).items()}
    assert found == {"a.jpg": None, "alone.jpg": None, "b#.jpg": "failure", "é%.jpg": "failure", "broken.jpg": "error"}
    assert 'type="same-bytes" message="Is a duplicate of my album/a.jpg (same-bytes' in text


def test_junit_of_a_leak_has_the_test_pictures_once(dedupe, classes):
    found = cases(dedupe("leak", *classes, "--format", "junit", cwd=classes[0].parent).out)
    assert found == {"test/dog/c.jpg": "failure", "test/dog/d.jpg": None}
    assert list(cases(dedupe("leak", classes[0], "--format", "junit").out).values()) == ["failure", None]


def odd_names() -> Scan:
    """A result whose names and messages no XML can have."""
    kept, copy = (File(name, 1, 1, 1, "JPEG", "blake3:00") for name in (b'<"&\xff>.jpg', b"a\x01\n\xef\xbf\xbe]]>.jpg"))
    counts = Summary(2, 2, 2, 1, 1, 1, {}, {}, {"walk": 0.5})
    failed = Failure(b"\x1b[31m", "decode", "raised", "It said \x00\ud800.")
    group = Group(kept, (Member(copy, {"pdq": 4.5}, "hflip", None, "why <\x07>"),))
    return Scan(Header("scan", ("pdq@1",), {"pdq": 10.0}, folder=b"/"), [group], [failed], counts, [kept])


@pytest.mark.parametrize("form", ["sarif", "junit", "fiftyone"])
def test_any_name_can_be_carried(form):
    from io import StringIO

    from dedupe.report import PLANS

    stream = StringIO()
    PLANS.writer(form)(odd_names(), stream)
    text = stream.getvalue()
    text.encode("utf-8")
    if form == "junit":
        assert sorted(filter(None, cases(text).values())) == ["error", "failure"]
    else:
        assert json.loads(text, parse_constant=pytest.fail)


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are text there")
def test_a_name_that_is_no_text_is_a_uri_all_the_same(dedupe, tmp_path, photos):
    for name in (b"\xff.jpg", b"\xfe.jpg"):
        Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name))).write_bytes(photos[0].read_bytes())
    (one,) = what_code_scanning_needs(json.loads(dedupe("scan", ".", "--format", "sarif", cwd=tmp_path).out))
    assert one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] in ("%FF.jpg", "%FE.jpg")


FIFTYONE = {"name", "media_type", "sample_fields", "info", "samples"}
"""What `Dataset.from_dict` of FiftyOne 1.22 asks for or takes, of images."""


def test_fiftyone_has_a_sample_a_file(dedupe, album):
    ran = dedupe("scan", album.name, "--judge", "--format", "fiftyone", "-o", "samples.json", cwd=album.parent)
    assert ran.code == 0, ran.err
    made = json.loads((album.parent / "samples.json").read_text())
    assert set(made) == FIFTYONE and made["media_type"] == "image"
    tags = {Path(sample["filepath"]).name: sample["tags"] for sample in made["samples"]}
    assert tags == {"a.jpg": ["keep"], "b#.jpg": ["duplicate"], "é%.jpg": ["duplicate"], "alone.jpg": ["unique"]}
    known = {"filepath", "tags", "metadata"}
    for sample in made["samples"]:
        assert Path(sample["filepath"]).is_file() and set(sample) - known <= set(made["sample_fields"])
        assert sample["metadata"]["_cls"] == "ImageMetadata" and sample["metadata"]["width"] > 0
    copy = next(sample for sample in made["samples"] if sample["tags"] == ["duplicate"])
    assert copy["kept"] == str(album / "a.jpg") and copy["kind"] == "same-bytes" and copy["duplicate_group"] == 1
    assert {line["type"] for line in made["info"]["dedupe"]} == {"header", "summary", "failure"}
    assert all(kind.startswith("fiftyone.core.fields.") for kind in made["sample_fields"].values())


def test_fiftyone_has_the_labels_of_a_leak_check(dedupe, classes):
    made = json.loads(dedupe("leak", *classes, "--format", "fiftyone").out)
    found = [(Path(one["filepath"]).name, *one["tags"], one.get("label")) for one in made["samples"]]
    groups = [[(f"{name}.jpg", "keep", "cat"), ("c.jpg", "duplicate", "dog")] for name in "ab"]
    assert found == [*groups[0], *groups[1], ("d.jpg", "unique", None)]


@pytest.mark.parametrize("words", [["find", "a.jpg", "."], ["scan", ".", "--unique"]])
def test_they_are_forms_of_groups_alone(dedupe, album, words):
    ran = dedupe(*words, "--format", "sarif", cwd=album)
    assert ran.code == 2 and "--format sarif: not a format; choose from table, json, csv" in ran.err


def test_a_list_of_what_is_no_duplicate_goes_into_a_file(dedupe, album):
    for name, begins in {
        "list.txt": str(album / "a.jpg"),
        "list.csv": "type,",
        "list.jsonl": '{"type":"header"',
    }.items():
        ran = dedupe("scan", album, "--unique", "-o", name, cwd=album.parent)
        assert ran.code == 0 and "1 group" in ran.out and (album.parent / name).read_text().startswith(begins), ran.err
