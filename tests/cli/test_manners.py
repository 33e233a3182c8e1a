"""How the commands speak: exit codes, what is said first, 80 columns, help with examples."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest
import typer

from dedupe.cli import Dedupe, app
from dedupe.cli.examples import EXAMPLES

NARROW = {"COLUMNS": "80"}
DEEP = Path(
    "a folder with a name", "of more than eighty characters", "with all that lies in it", "in which pictures lie"
)


@pytest.fixture
def album(tmp_path: Path, photos: list[Path]) -> Path:
    """Twenty-two pictures twice each, a broken one and a text, all of them far down."""
    folder = tmp_path / DEEP
    folder.mkdir(parents=True)
    for photo in photos[:22]:
        shutil.copy(photo, folder / f"{photo.stem} first.jpg")
        shutil.copy(photo, folder / f"{photo.stem} second.jpg")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    (folder / "notes.txt").write_text("no picture")
    return folder


def test_a_broken_file_is_an_exit_code_with_strict_only(dedupe, album, tmp_path):
    photo = next(album.glob("*first.jpg"))
    for words in (
        ["scan", album],
        ["find", photo, album],
        ["describe", album],
        ["distort", album, "-o", tmp_path / "out"],
    ):
        more = ["--distortions", "hflip"] if words[0] == "distort" else []
        assert dedupe(*words, *more).code == 0
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        assert dedupe(*words, *more, "--strict").code == 1, words
    assert dedupe("scan", photo, "--strict").code == 0
    assert dedupe("scan", album, "--strict", "--check").code == 5, "what was found says more"


def test_a_broken_file_is_counted_and_named_with_v(dedupe, album):
    plain, verbose = (dedupe("scan", album, "--format", "table", *more).out for more in ([], ["-v"]))
    assert "1 file could not be used (1 " in plain
    assert "; -v names it" in plain and "broken.jpg" not in plain
    assert "broken.jpg" in verbose and "-v names" not in verbose


def test_a_table_fits_80_columns_totals_first_and_says_how_to_see_all(dedupe, album, tmp_path):
    ran = dedupe("scan", album, "--format", "table", env=NARROW, cwd=tmp_path)
    lines = ran.out.splitlines()
    assert max(map(len, lines)) <= 80 and lines[0].startswith("22 groups, 22 duplicates; removing them frees ")
    paths = [line for line in lines if line.endswith(".jpg")]
    assert len(paths) == 40 and all(line.startswith("  a folder") and "..." in line for line in paths)
    assert all(line.endswith((" first.jpg", " second.jpg")) for line in paths)
    assert lines[-1] == "2 more groups, which free less; -v shows them all."
    wide = dedupe("scan", album, "--format", "table", "-v", cwd=tmp_path).out
    assert wide.count("\ngroup ") == 22 and str(DEEP) in wide and "..." not in wide


def test_a_table_in_a_file_is_complete(dedupe, album, tmp_path):
    dedupe("scan", album, "-o", "report.txt", cwd=tmp_path)
    text = (tmp_path / "report.txt").read_text()
    assert text.count("\ngroup ") == 22 and "more groups" not in text


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such terminals")
def test_errors_are_folded_between_words_and_what_was_given_is_not(monkeypatch):
    import fcntl
    import pty
    import struct
    import termios

    from dedupe.cli import _run

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    name = "what was found among my pictures of the year 2024, all of them.docx"
    monkeypatch.setattr(sys, "argv", ["dedupe", "scan", ".", "-o", name])
    with os.fdopen(theirs, "w") as stream, monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", stream)
        assert _run() == 2
        said = os.read(ours, 10_000).decode().splitlines()
    os.close(ours)
    assert any(name in line for line in said) and max(len(line.replace(name, "")) for line in said) <= 60


def test_find_shows_twenty_matches_and_says_how_to_see_all(dedupe, photos, tmp_path):
    for number in range(22):
        shutil.copy(photos[0], tmp_path / f"{number:02}.jpg")
    asked = ("find", photos[0], tmp_path, "--format", "table")
    few, every, nearest = dedupe(*asked).out, dedupe(*asked, "-v").out, dedupe(*asked, "-n", 21).out
    assert few.count(".jpg\n") == 20 and few.endswith("\n2 more matches, which are farther; -v shows them all.\n")
    assert every.count(".jpg\n") == 22 and nearest.count(".jpg\n") == 21 and "more" not in every + nearest


def test_what_is_not_certain_of_a_threshold_shows_with_v_and_in_json(dedupe, album):
    asked = ("scan", album, "-t", "fpr=1e-9")
    said = "The false-match rate for pdq is an estimate: it was measured down to 1 in "
    assert said not in dedupe(*asked, "--format", "table").out and said in dedupe(*asked, "--format", "table", "-v").out
    (note,) = dedupe(*asked, "--json").lines("header")[0]["notes"]
    assert note.startswith(said) and note.endswith(", this run needs 1 in 1,000 million.")


def test_compare_begins_with_its_verdict(dedupe, photos):
    alike, other = (
        dedupe("compare", photos[0], photos[0], "--format", "table"),
        (photos[0], photos[1], "--format", "table"),
    )
    assert alike.out.startswith("The same file, byte for byte.\nBy distance alone they match by both ")
    different = "Not the same picture.\nBy "
    assert dedupe("compare", *other).out.startswith(f"{different}distance alone they match by neither descriptor.\n")
    assert "distance alone they match by none of " in dedupe("compare", *other, "-v").out
    one = dedupe("compare", *other, "-d", "pdq", "-t", "10").out
    assert one.startswith(f"{different}pdq alone they do not match: distance ") and "threshold 10." in one


def test_nothing_found_says_what_was_there_and_of_mirrored_copies_once(dedupe, photos, tmp_path):
    for photo in photos[:3]:
        shutil.copy(photo, tmp_path)
    scanned = dedupe("scan", tmp_path, "--format", "table").out
    assert scanned.startswith("no duplicates among 3 pictures\n") and scanned.count("--turns=flips") == 1
    found = dedupe("find", photos[9], tmp_path, "--format", "table", "-t", "30").out
    assert found.startswith("no match among 3 pictures; -n 5 shows the nearest") and found.count("--turns=flips") == 1
    assert "pairs looked at: pdq distance 30 of 256 or less" in found
    for words in (["scan", tmp_path], ["find", photos[9], tmp_path]):
        assert "--turns" not in dedupe(*words, "--turns", "flips", "--format", "table").out
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("")
    empty = dedupe("scan", tmp_path / "empty", "--format", "table").out
    assert empty.startswith("no pictures\nnot scanned: 1 .txt\n") and "false matches" not in empty


def test_files_that_are_not_scanned_are_named_by_suffix(dedupe, photos, tmp_path):
    shutil.copy(photos[0], tmp_path)
    for name in ("a.mov", "b.MOV", "c.psd", "d.with blank", *(f"{i}.kind{i}" for i in range(7))):
        (tmp_path / name).touch()
    shown = dedupe("scan", tmp_path, "--format", "table").out
    assert "not scanned: 2 .mov, 1 .kind0, " in shown and "1 .kind6, 2 files of other types\n" in shown
    assert "RAW" not in shown
    last = dedupe("scan", tmp_path, "--format", "json").lines("summary")[0]
    assert (last["others"], last["suffixes"][".mov"], last["suffixes"][".psd"]) == ({"other files": 11}, 2, 1)


def test_help_and_version_are_commands_too(dedupe):
    assert dedupe("help", "scan").out == dedupe("scan", "--help").out != ""
    assert dedupe("help", "cache", "info").out == dedupe("cache", "info", "--help").out
    assert dedupe("help").out == dedupe("--help").out
    assert dedupe("version").out == dedupe("--version").out
    assert dedupe("help", "nothing").code == 2


@pytest.mark.parametrize("verb", Dedupe.own)
def test_each_help_ends_with_two_examples_that_can_be_given(dedupe, verb):
    ran = dedupe(verb, "--help")
    assert ran.out.endswith("\n\n  Examples:\n" + "".join(f"    {one}\n" for one in EXAMPLES[verb])), ran.out
    group = typer.main.get_command(app)
    for example in EXAMPLES[verb]:
        name, *words = shlex.split(example)
        assert name == "dedupe" and words[0] in (verb, "--version") and len(EXAMPLES[verb]) == 2
        if words[0] == verb != "help":
            _, command, rest = group.resolve_command(typer.Context(group), words)
            command.make_context(verb, rest)
    assert set(EXAMPLES) == set(Dedupe.own)


HEADS = ("What to scan", "How to compare", "What to show", "How to run")


@pytest.mark.parametrize("words", ["scan", "find", "leak", "eval", "train", "distort", "calibrate", "lab classes"])
def test_options_stand_in_groups_in_one_order_and_line(dedupe, words):
    text = dedupe(*words.split(), "--help").out
    heads = re.findall(r"^([A-Z][a-z ]+):$", text, re.MULTILINE)
    shared = [head for head in heads if head in HEADS]
    assert heads[0] == "Arguments" and shared == [head for head in HEADS if head in heads] and shared[-1] == HEADS[-1]
    assert ("Options" in heads) == (words == "lab classes"), "the verbs of our own have all their options in groups"
    scanned, run = (text.partition(f"{head}:\n")[2].partition("\n\n")[0] for head in (heads[0], HEADS[-1]))
    assert "--workers" in run and "--help" in run
    columns = {
        re.match(r"  \S.*?\S  +(?=\S)", line).end()
        for line in (scanned + run).splitlines()
        if re.match(r"  -\S.{,20}  +\S", line)
    }
    assert len(columns) == 1, columns
    assert max(map(len, text.splitlines())) <= 80 and "x>=" not in text


def test_what_plugins_say_of_their_commands_is_listed(dedupe):
    assert "Experiments with hashes and labelled pictures (plugin)." in dedupe("--help").out
