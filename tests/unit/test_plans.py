"""What is decided of a scan's files: by default, in JSON lines, and in a list that a spreadsheet has saved."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest

from dedupe.actions import plan as plans
from dedupe.config import Settings
from dedupe.errors import DedupeError, UsageError
from dedupe.model.reading import read as read_result
from dedupe.report.groups_page import scan_shown
from dedupe.report.plans import write as write_list
from made_plans import made_plan
from pictures import photo

KINDS = ("same-bytes", "same-pixels", "re-encoded", "adjusted", "edited", "variant", "similar", None)


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A plan of two groups: one with a member of each kind, one with names that a spreadsheet spoils."""
    names = ["=1+1.jpg", "tab\there.jpg", os.fsdecode(b"\xff.jpg"), "'quoted'.jpg", '"a"; b, c.jpg']
    kept = tmp_path / "kept.jpg"
    for path in [kept, *(tmp_path / f"{kind}.jpg" for kind in KINDS), *(tmp_path / name for name in names)]:
        path.write_bytes(os.fsencode(path))
    members = [(tmp_path / f"{kind}.jpg", kind) for kind in KINDS]
    return made_plan(
        tmp_path / "plan.jsonl",
        tmp_path,
        (kept, members),
        (tmp_path / names[0], [(tmp_path / name, "same-bytes") for name in names[1:]]),
    )


@pytest.fixture
def sheet(plan: Path) -> Path:
    with plan.with_suffix(".tsv").open("w", encoding="utf-8", newline="") as stream:
        write_list(read_result(plan), stream)
    return plan.with_suffix(".tsv")


def removed(plan: plans.Plan) -> list[str]:
    return [row.id for row in plan.rows if row.action == plans.REMOVE]


LATER = ["g2m1", "g2m2", "g2m3", "g2m4"]


def test_by_default_only_what_loses_nothing_is_to_go(plan):
    found = plans.read(plan)
    assert removed(found) == ["g1m1", "g1m2", "g1m3", *LATER]
    assert [[row.id for row in group][:2] for group in found.groups()] == [["g1", "g1m1"], ["g2", "g2m1"]]
    assert removed(found.selected(["edited", "similar"])) == ["g1m5", "g1m7"]


def test_decisions_are_written_and_nothing_else_is_changed(plan):
    lines = [json.loads(line) for line in plan.read_text().splitlines()]
    lines[1]["keep"]["later"] = {"a": [1]}
    plan.write_text("".join(json.dumps(line) + "\n" for line in lines))
    plans.write(plans.read(plan).decided({"g1m1": "keep", "g1m5": "remove"}))
    again = [json.loads(line) for line in plan.read_text().splitlines()]
    assert [again[1]["members"][at].pop("action") for at in (0, 4)] == ["keep", "remove"]
    assert again == lines
    found = plans.read(plan)
    assert removed(found) == ["g1m2", "g1m3", "g1m5", *LATER]
    assert removed(found.selected(["same-bytes"])) == ["g1m5", *LATER], "what somebody said holds"


def test_what_is_no_row_or_decision_is_refused(plan):
    for wrong in ({"g9": "keep"}, {"g1m1": "burn"}):
        with pytest.raises(UsageError):
            plans.read(plan).decided(wrong)
    plan.write_text(plan.read_text().replace('"kind":"edited"', '"kind":"edited","action":"burn"'))
    with pytest.raises(UsageError, match="the action of g1m5 is 'burn'"):
        plans.read(plan)


def test_the_list_says_the_same_as_the_lines(plan, sheet):
    found = plans.read(sheet)
    assert found.rows == plans.read(plan).rows and found.list == sheet and found.path == plan


@pytest.mark.parametrize(
    "saved",
    [
        lambda text: ("\ufeff" + text.replace("\n", "\r\n")).encode(),
        lambda text: text.encode("utf-16"),
        lambda text: "\n".join(
            '"' + line.replace('"', '""').replace("\t", '","') + '"' for line in _plain(text)
        ).encode(),
        lambda text: "\n".join("\t".join(reversed(line.split("\t"))) for line in _plain(text)).encode(),
        lambda text: text.replace("\t'", "\t").encode(),
        lambda text: "\n".join([*_plain(text)[:1], *sorted(_plain(text)[1:])]).encode(),
        lambda text: "\n".join(line + "\tmy note" for line in _plain(text)).encode(),
        lambda text: "\n \t\t \t\t\n".join([*text.splitlines(), ""]).encode(),
    ],
    ids=["BOM, CRLF", "UTF-16", "commas", "columns turned", "apostrophes gone", "sorted", "another column", "blanks"],
)
def test_a_list_that_a_spreadsheet_has_saved_is_read(sheet, saved):
    text = sheet.read_text("utf-8").replace("g1m5\tkeep", "g1m5\tREMOVE ").replace("g1m1\tremove", "g1m1\t")
    sheet.write_bytes(saved(text))
    assert [row for row in removed(plans.read(sheet)) if row < "g2"] == ["g1m2", "g1m3", "g1m5"]


@pytest.mark.parametrize("separator", ["\t", ",", ";"])
@pytest.mark.parametrize("suffix", [".tsv", ".csv"])
@pytest.mark.parametrize("read", [csv.QUOTE_MINIMAL, csv.QUOTE_NONE])
def test_quotes_around_and_in_names_come_back(sheet, separator, suffix, read):
    with sheet.open(encoding="utf-8", newline="") as stream:  # quotes around cells are cut away, or taken for text
        rows = list(csv.reader(stream, "excel-tab", quoting=read))
    assert any('"' in cell for row in rows for cell in row) and len(rows) == 15
    saved = sheet.with_suffix(suffix)
    with saved.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=separator).writerows(rows)
    assert removed(plans.read(saved)) == ["g1m1", "g1m2", "g1m3", *LATER]


def _plain(text: str) -> list[str]:
    """The lines without the one that has a quote in it."""
    return [line for line in text.splitlines() if '"' not in line]


def test_rows_that_are_gone_from_the_list_are_kept(sheet):
    sheet.write_text("".join(line for line in sheet.read_text().splitlines(True) if not line.startswith("g2")))
    assert removed(plans.read(sheet)) == ["g1m1", "g1m2", "g1m3"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: text.replace("Action", "Do"), "no column Action"),
        (lambda text: text.replace("g1m1\tremove", "g1m1\tburn"), "line 3: 'burn' is no action"),
        (lambda text: text.replace("g1m1\tremove", 'g1m1\t"remove'), ".{20}' is no action"),
        (lambda text: text.replace("g1m1\t", "g7m1\t"), "no row 'g7m1'"),
        (lambda text: text.replace("g1m1\t", "g1m2\t"), "is another file in the plan"),
        (lambda text: text + text.splitlines()[2].replace("remove", "keep"), "stands in the list twice"),
        (lambda text: "", "no column Row"),
        (lambda text: text.replace("Path", "File"), "no column Path"),
        (lambda text: text.replace("Why", "Action"), "more than one column Action"),
        (lambda text: text.replace("g1m1\tremove", 'g1m1\t"' + "x" * 150_000), "cannot be read as a list"),
        (
            lambda text: "\n".join("\t".join(line.split("\t")[::-1]) for line in text.splitlines()) + "\nTotal",
            "no row ''",
        ),
    ],
)
def test_a_list_that_says_something_else_is_refused(sheet, change, says):
    sheet.write_text(change(sheet.read_text()))
    with pytest.raises(UsageError, match=says):
        plans.read(sheet)


def test_a_list_does_not_remove_what_a_review_has_kept_since(plan, sheet):
    plans.write(plans.read(plan).decided({"g1m2": "keep", "g1m5": "remove"}))
    with pytest.raises(UsageError, match=r"it removes g1m2, of which plan\.jsonl says since a review that it stays"):
        plans.read(sheet)
    sheet.write_text(sheet.read_text().replace("g1m2\tremove", "g1m2\tkeep"))
    assert removed(plans.read(sheet)) == ["g1m1", "g1m3", *LATER], "and keeps what it keeps"


def test_a_list_without_its_lines_says_what_is_missing(plan, sheet):
    plan.unlink()
    with pytest.raises(UsageError, match=r"plan\.jsonl, which was written with it, is not beside it"):
        plans.read(sheet)


def test_what_is_no_plan_is_refused(tmp_path):
    (tmp_path / "a.jsonl").write_text("no\n")
    with pytest.raises(UsageError):
        plans.read(tmp_path / "a.jsonl")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace('kept.jpg"', 'kept\\u0000.jpg"', 1),
        lambda text: text + '{"type":' + "[" * 100_000,
        lambda text: text.replace("JPEG", "JP\udcffEG"),
        lambda text: text.replace('"command":"scan"', '"command":{}'),
    ],
    ids=["a NUL in a path", "nested without end", "not UTF-8", "a command that is none"],
)
def test_lines_that_no_scan_wrote_are_refused_in_a_sentence(plan, change):
    plan.write_text(change(plan.read_text()), "utf-8", "surrogateescape")
    with pytest.raises(UsageError, match=r"plan\.jsonl"):
        plans.read(plan)


def test_line_separators_of_unicode_in_a_text_end_no_line(plan):
    plan.write_text(plan.read_text().replace("JPEG", "J\u2028P\x85G"), "utf-8")
    assert len(plans.read(plan).rows) == 14


def test_decisions_are_not_written_into_another_plan(plan, tmp_path):
    first = plans.read(plan)
    second = plans.write(first.decided({"g1m1": "keep"}))
    assert removed(plans.write(second.decided({"g1m2": "keep"}))) == removed(plans.read(plan))
    with pytest.raises(DedupeError, match="another program has changed it"):
        plans.write(first.decided({"g1m3": "keep"}))
    assert removed(plans.read(plan)) == ["g1m3", *LATER]


def test_a_scan_writes_the_list_and_the_lines(dedupe, tmp_path, photos):
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(photos[0].read_bytes())
    ran = dedupe("scan", ".", "-o", "plan.tsv", cwd=tmp_path)
    assert ran.code == 0, ran.err
    said = "plan.jsonl goes with it; dedupe apply plan.tsv shows what would go."
    assert ran.err.splitlines()[-2:] == ["The result is in plan.tsv.", said]
    found = plans.read(tmp_path / "plan.tsv")
    assert removed(found) == ["g1m1"] and found.header.folder == os.fsencode(tmp_path)
    stat, about = found.rows[0].file.stat, (tmp_path / "a.jpg").stat()
    assert stat is not None
    assert (stat.device, stat.inode, stat.mtime_ns) == (about.st_dev, about.st_ino, about.st_mtime_ns)
    (tmp_path / "plan.jsonl").write_text("my own notes\n")
    ran = dedupe("scan", ".", "-o", "plan.tsv", cwd=tmp_path)
    assert ran.code == 4 and "plan.jsonl" in ran.err and (tmp_path / "plan.jsonl").read_text() == "my own notes\n"


@pytest.mark.parametrize("output", ["plan.tsv", "plan.jsonl"])
def test_a_scan_replaces_no_decisions(dedupe, tmp_path, photos, output):
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (tmp_path / name).write_bytes(photos[0].read_bytes())
    lines, sheet = tmp_path / "plan.jsonl", tmp_path / "plan.tsv"

    def scan() -> None:
        assert dedupe("scan", ".", "-o", output, cwd=tmp_path).code == 0
        with sheet.open("w", encoding="utf-8", newline="") as stream:
            write_list(read_result(lines), stream)

    def refused(sentence: str) -> None:
        before = lines.read_bytes(), sheet.read_bytes()
        ran = dedupe("scan", tmp_path / "not there", "-o", output, cwd=tmp_path)
        assert ran.code == 4 and sentence in ran.err and "name another file" in ran.err, ran.err
        assert (lines.read_bytes(), sheet.read_bytes()) == before

    scan()
    scan()  # in which nobody has decided anything
    text = sheet.read_text("utf-8")
    sheet.write_text(text.replace("remove", "keep", 1), "utf-8")
    refused(f"{output}: this plan holds 1 decision of yours")
    sheet.write_text("".join(text.splitlines(True)[:-2]), "utf-8")
    refused("holds 2 decisions")
    sheet.write_text(text.replace("remove", "delete", 1), "utf-8")
    refused("'delete' is no action")
    sheet.write_text(text, "utf-8")
    saved = sheet.with_suffix(".csv")
    saved.write_text("type,path\ngroup,a.jpg\n", "utf-8")
    scan()  # beside what was asked for as CSV
    saved.write_text(text.replace("remove", "keep").replace("\t", ","), "utf-8")
    refused("holds 2 decisions")
    assert dedupe("scan", ".", "-o", "plan.json", cwd=tmp_path).code == 0
    assert dedupe("scan", ".", "-o", "plan.json", cwd=tmp_path).code == 0, "it has no list beside it"
    saved.unlink()
    sheet.unlink()
    plans.write(plans.read(lines).decided({"g1m1": "keep"}))
    sheet.write_text(text, "utf-8")
    refused("holds 1 decision")
    lines.unlink()
    scan()


def test_a_list_of_files_gives_their_folders_as_roots(tmp_path):
    from dedupe import scan

    for name in ("b/one.jpg", "a/two.jpg", "a/c/three.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        photo(64, 48).save(tmp_path / name)
    listed = iter(str(tmp_path / name) for name in ("b/one.jpg", "a/two.jpg", "a/c/three.jpg"))
    found = scan(files_from=listed, descriptor="phash", judge=False, cache="none")
    assert found.header.roots == (os.fsencode(tmp_path / "a"), os.fsencode(tmp_path / "b"))


def test_a_picture_in_a_protected_folder_is_marked_on_the_page(plan, monkeypatch):
    from dedupe import config

    folder = plan.parent / "mine"
    folder.mkdir()
    (folder / "one.jpg").write_bytes((plan.parent / "kept.jpg").read_bytes())
    made_plan(plan, plan.parent, (plan.parent / "kept.jpg", [(folder / "one.jpg", "same-bytes")]))
    monkeypatch.setattr(config, "settings", Settings(given={"protect": [folder]}))
    (group,) = scan_shown(read_result(plan), {}, {})["groups"]
    assert [one["fixed"] for one in group["pictures"]] == ["", "protected"]
