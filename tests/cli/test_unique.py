"""What is no duplicate: --unique of scan and leak, and the rows of a scan's CSV."""

from __future__ import annotations

import csv
import io
import os
import shutil
import sys
from pathlib import Path

import pytest
from PIL import Image


@pytest.fixture
def card(tmp_path: Path, photos: list[Path]) -> tuple[Path, Path]:
    """A library of four photos, and a card: two of these, one as a copy and one smaller, and two photos that are new, one of
    them as two copies, the other with a hard link.
    """
    library, card = tmp_path / "library", tmp_path / "card"
    library.mkdir()
    card.mkdir()
    for i, photo in enumerate(photos[:4]):
        shutil.copy(photo, library / f"{i}.jpg")
    shutil.copy(photos[0], card / "copy.jpg")
    with Image.open(photos[1]) as image:
        image.resize((image.width * 2 // 3, image.height * 2 // 3)).save(card / "smaller.jpg", quality=80)
    shutil.copy(photos[5], card / "new.jpg")
    shutil.copy(photos[5], card / "new again.jpg")
    shutil.copy(photos[6], card / "other.jpg")
    os.link(card / "other.jpg", card / "same.jpg")
    return library, card


def listed(text: str) -> list[str]:
    return [Path(line).name for line in text.splitlines()]


def test_what_is_new_is_listed_one_path_a_line(dedupe, card):
    ran = dedupe("scan", card[1], "--reference", card[0], "--unique", "-q")
    assert ran.code == 0 and ran.err == ""
    assert ran.out.splitlines() == [str(card[1] / name) for name in ("new.jpg", "other.jpg")]


def test_without_a_reference_the_kept_and_those_in_no_group_are_listed(dedupe, card):
    assert listed(dedupe("scan", card[1], "--unique").out) == ["copy.jpg", "new.jpg", "other.jpg", "smaller.jpg"]
    assert listed(dedupe("scan", *card, "--unique").out) == ["new.jpg", "other.jpg", "0.jpg", "1.jpg", "2.jpg", "3.jpg"]


def test_the_list_can_be_read_back(dedupe, card):
    found = dedupe("scan", *card, "--unique", "-0")
    again = dedupe("scan", "--files-from", "-", stdin=found.out.encode())
    assert again.lines("summary")[0]["files"] == 6 and again.lines("group") == []


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are text there")
def test_paths_are_the_file_systems_bytes(dedupe, tmp_path, photos):
    names = [b"a\nb.jpg", b"caf\xe9.jpg"]
    for name, photo in zip(names, photos, strict=False):
        Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name))).write_bytes(photo.read_bytes())
    wanted = b"".join(os.path.join(os.fsencode(tmp_path), name) + b"\0" for name in names)
    assert os.fsencode(dedupe("scan", tmp_path, "--unique", "-0").out) == wanted
    dedupe("scan", tmp_path, "--unique", "-0", "-o", tmp_path / "list.txt")
    assert (tmp_path / "list.txt").read_bytes() == wanted


def test_json_has_a_line_each_with_the_fields_of_a_file(dedupe, card):
    ran = dedupe("scan", card[1], "--reference", card[0], "--unique", "--json")
    assert [line["type"] for line in ran.lines()] == ["header", "unique", "unique", "summary"]
    new, other = ran.lines("unique")
    assert new.keys() == {
        "type",
        "path",
        "bytes",
        "width",
        "height",
        "format",
        "digest",
        "links",
        "frames",
        "depth",
        "has",
        "stat",
    }
    assert other["links"] == [str(card[1] / "same.jpg")]
    assert ran.lines("summary")[0]["duplicates"] == 3


def test_check_and_the_exit_codes_are_as_without(dedupe, card):
    assert dedupe("scan", card[1], "--unique", "--check").code == 5
    (card[1] / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    ran = dedupe("scan", card[1], "--unique")
    assert ran.code == 0 and "1 file could not be used and is not listed" in ran.err and "broken" not in ran.out
    assert dedupe("scan", card[1] / "new.jpg", "--unique", "--check").code == 0


def test_what_was_not_looked_at_is_counted_of_the_scanned_folders_alone(dedupe, card):
    """Somebody who copies what is new and then wipes the card has to know of the rest."""
    for folder, count in zip(card, (2, 3), strict=True):
        for number in range(count):
            (folder / f"broken {number}.jpg").write_bytes(b"\xff\xd8\xff")
            (folder / f"film {number}.mov").write_bytes(b"film")
            (folder / f"film {number}").write_bytes(b"no suffix")
    said = dedupe("scan", card[1], "--reference", card[0], "--unique").err
    assert "dedupe: 3 files could not be used and are not listed" in said
    assert "dedupe: 6 files of other types were not looked at, so not listed" in said
    said = dedupe("leak", *card, "--unique").err
    assert "3 files could not" in said and "dedupe: 6 files of other types were not looked at" in said


def test_test_pictures_that_do_not_stand_in_train(dedupe, card):
    ran = dedupe("leak", *card, "--unique", "--check")
    assert ran.code == 5 and listed(ran.out) == ["new again.jpg", "new.jpg", "other.jpg"]
    lines = dedupe("leak", *card, "--unique", "--json").lines()
    assert [line["type"] for line in lines] == ["header", *["unique"] * 3, "summary"]
    assert lines[-1]["leaked"] == 2


@pytest.mark.parametrize("words", [["-0"], ["--unique", "-0", "--json"], ["--unique", "-0", "-o", "list.csv"]])
def test_nul_where_no_paths_are_listed_makes_no_sense(dedupe, card, words):
    ran = dedupe("scan", card[1], *words)
    assert ran.code == 2 and "-0 is for" in ran.err and ran.out == ""


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_csv_has_a_row_for_each_file(dedupe, card):
    (card[1] / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    found = rows(dedupe("scan", card[1], "--reference", card[0], "--format", "csv").out)
    roles = {Path(row["path"]).name: (row["role"], bool(row["group"])) for row in found if row["type"] == "file"}
    assert roles == {
        "0.jpg": ("keep", True),
        "1.jpg": ("keep", True),
        "2.jpg": ("reference", False),
        "3.jpg": ("reference", False),
        "copy.jpg": ("duplicate", True),
        "smaller.jpg": ("duplicate", True),
        "new.jpg": ("keep", True),
        "new again.jpg": ("duplicate", True),
        "other.jpg": ("unique", False),
    }
    assert [row["reason"] for row in found if row["type"] == "failure"] == ["truncated"]


def test_the_csv_of_a_list_has_a_row_for_each_of_it(dedupe, card):
    found = rows(dedupe("scan", card[1], "--reference", card[0], "--unique", "--format", "csv").out)
    assert [(row["role"], Path(row["path"]).name) for row in found] == [("unique", "new.jpg"), ("unique", "other.jpg")]


def test_python_gives_what_the_command_lists(card):
    import dedupe

    result = dedupe.scan([card[1]], reference=[card[0]])
    assert [Path(os.fsdecode(file.path)).name for file in result.unique()] == ["new.jpg", "other.jpg"]
    assert [file.path for file in result.alone] == [os.fsencode(card[1] / "other.jpg")]
    clean = dedupe.leak(*card).unique()
    assert [Path(os.fsdecode(file.path)).name for file in clean] == ["new again.jpg", "new.jpg", "other.jpg"]


FORMULAS = ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "'quoted", "plain"]


@pytest.mark.skipif(sys.platform == "win32", reason="names that cannot be made there")
def test_cells_that_a_spreadsheet_would_run_are_made_safe_when_asked_for(dedupe, tmp_path, photos):
    for name, photo in zip(FORMULAS, photos, strict=False):
        shutil.copy(photo, tmp_path / f"{name}.jpg")
    given = [f"{name}.jpg" for name in sorted(FORMULAS)]
    words = ["--files-from", "-", "--format", "csv"]
    for verb, more in (("scan", []), ("scan", ["--unique"])):
        plain = dedupe(verb, *words, *more, stdin="\n".join(given).encode(), cwd=tmp_path)
        safe = dedupe(verb, *words, *more, "--csv-safe", stdin="\n".join(given).encode(), cwd=tmp_path)
        assert sorted(row["path"] for row in rows(plain.out)) == given
        paths = sorted(row["path"] for row in rows(safe.out))
        assert paths == sorted(name if name == "plain.jpg" else f"'{name}" for name in given)
        assert sorted(path.removeprefix("'") for path in paths) == given, "what it adds can be taken away"


@pytest.mark.skipif(sys.platform == "win32", reason="names that cannot be made there")
@pytest.mark.parametrize(
    "words",
    ["find =a.jpg .", "compare =a.jpg =b.jpg", "describe =a.jpg", "leak =train =test", "score pairs.csv"],
)
def test_every_verb_that_writes_csv_can_make_it_safe(dedupe, tmp_path, photos, words):
    for name in ("=a.jpg", "=b.jpg", "=train/a.jpg", "=test/a.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(photos[0], tmp_path / name)
    (tmp_path / "pairs.csv").write_text("=a.jpg,=b.jpg,1\n")
    command = [*words.split(), "--format", "csv", "-d", "phash"]
    plain, safe = dedupe(*command, cwd=tmp_path), dedupe(*command, "--csv-safe", cwd=tmp_path)
    assert plain.code == safe.code == 0, safe.err
    begins = [cell[0] for row in csv.reader(io.StringIO(safe.out, newline="")) for cell in row if cell]
    assert "=" not in begins and ("=" in plain.out) == ("'=" in safe.out)


def test_safe_csv_is_csv(dedupe, card):
    ran = dedupe("scan", card[1], "--csv-safe", "--json")
    assert ran.code == 2 and "--csv-safe is for CSV" in ran.err
