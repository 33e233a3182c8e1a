"""What lies in a protected folder is never proposed for removal, and apply has nothing to refuse."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

import dedupe as library
from html_pages import checked

pytestmark = pytest.mark.usefixtures("one_cache")


@pytest.fixture
def album(tmp_path: Path, photos: list[Path]) -> Path:
    """Three files of one photo: the one that is kept, one in a folder of originals, and one more."""
    folder = tmp_path / "album"
    for name in ("a.jpg", "originals/photo again.jpg", "more/photo once more.jpg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(photos[0], folder / name)
    return folder


def decisions(plan: Path) -> dict[str, tuple[str, str]]:
    rows = [line.split("\t") for line in plan.read_text().splitlines()[1:]]
    return {Path(path).name: (action, why.partition(";")[0]) for _, action, why, _, path in rows}


def test_neither_a_plan_nor_a_page_nor_the_totals_propose_it(dedupe, album):
    size = (album / "a.jpg").stat().st_size
    options = ("-d", "pdq", "--protect", album / "originals")
    ran = dedupe("scan", album, *options, "-o", "plan.tsv", cwd=album.parent)
    assert ran.code == 0
    assert "1 group, 2 duplicates, 1 of them protected; removing the other frees" in " ".join(ran.out.split()), ran.out
    said = decisions(album.parent / "plan.tsv")
    assert said["photo again.jpg"] == ("keep", "protected") and said["photo once more.jpg"][0] == "remove"
    ran = dedupe("scan", album, *options, "--json")
    assert ran.lines("summary")[0]["freeable"] == size and ran.lines("summary")[0]["protected"] == 1
    assert [one.get("protected", False) for one in ran.lines("group")[0]["members"]] == [False, True]
    assert ran.lines("header")[0]["protected"] == [str(album / "originals")]
    assert dedupe("scan", album, *options, "-o", "page.html", cwd=album.parent).code == 0
    shown = checked((album.parent / "page.html").read_text()).data["groups"][0]["pictures"]
    assert [(one["fixed"], one["goes"]) for one in shown] == [("", False), ("", True), ("protected", False)]


@pytest.mark.skipif(sys.platform == "win32", reason="apply needs POSIX")
def test_apply_refuses_none_of_what_was_proposed_and_all_else(dedupe, album):
    plan = album.parent / "plan.tsv"
    assert dedupe("scan", album, "-d", "pdq", "--protect", album / "originals", "-o", plan).code == 0
    for words in ((plan,), (plan.with_suffix(".jsonl"), "--select", "same-bytes,edited")):
        ran = dedupe("apply", *words, "--json")
        assert ran.code == 0 and [Path(one["path"]).name for one in ran.lines("outcome")] == ["photo once more.jpg"]
    plan.write_text(plan.read_text().replace("keep\tprotected", "remove\tprotected"))
    ran = dedupe("apply", plan, "--yes", "--json")
    assert ran.code == 4 and ran.lines("summary")[0]["refused"] == {"protected": 1}
    assert (album / "originals" / "photo again.jpg").exists() and not (album / "more" / "photo once more.jpg").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_folder_may_have_another_path_and_one_that_is_not_there_is_said(dedupe, album):
    (album.parent / "link").symlink_to(album / "originals")
    assert library.scan(album, descriptor="pdq", protect=album.parent / "link").summary.protected == 1
    assert (
        library.scan(album, descriptor="pdq", protect=[album / "more" / "photo once more.jpg"]).summary.protected == 1
    )
    assert library.scan(album, descriptor="pdq", protect=album).summary.freeable == 0
    ran = dedupe("scan", album, "--protect", album / "nowhere")
    assert ran.code == 2 and ran.err.count("\n") == 1 and "it is not there" in ran.err
    settings = album.parent / "dedupe.toml"
    settings.write_text('protect = "album/originals"\n')
    ran = dedupe("scan", album, "-d", "pdq", "--json", "--config", settings)
    assert ran.lines("summary")[0]["protected"] == 1


def test_what_a_plan_says_is_protected_is_read_back_and_may_be_anything(album, tmp_path):
    result = library.scan(album, descriptor="pdq", protect=album / "originals")
    result.to_json(tmp_path / "plan.jsonl")
    read = library.results.read(tmp_path / "plan.jsonl")
    assert read.header.protected == (os.fsencode(album / "originals"),) and read.summary.protected == 1
    assert [one.file.protected for one in read.groups[0].members] == [False, True]
    lines = [json.loads(line) for line in (tmp_path / "plan.jsonl").read_text().splitlines()]
    lines[0].pop("protected")
    lines[-1].pop("protected")
    (tmp_path / "old.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert library.results.read(tmp_path / "old.jsonl").header.protected == ()
