"""`dedupe import`: a card into a library, and back."""

from __future__ import annotations

import os
import signal
import stat
import sys
from pathlib import Path

import pytest
from PIL import Image

from dedupe.errors import DedupeError
from pictures import photo

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="files are changed on Linux and macOS alone")


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two pictures, of which one has a companion, and a video; the library beside it has something else."""
    folder = tmp_path / "card" / "DCIM"
    folder.mkdir(parents=True)
    photo(200, 150).save(folder / "IMG_1.png")
    (folder / "IMG_1.xmp").write_text("rating")
    photo(150, 200).transpose(Image.Transpose.FLIP_TOP_BOTTOM).save(folder / "IMG_2.png")
    (folder / "MVI_3.MP4").write_bytes(b"video")
    for path in folder.iterdir():
        path.chmod(0o640)
        os.utime(path, (1.5e9, 1.5e9))
    (tmp_path / "library").mkdir()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "card"


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


THERE = ["2017/2017-07-14/IMG_1.png", "2017/2017-07-14/IMG_1.xmp", "2017/2017-07-14/IMG_2.png"]


def test_without_yes_nothing_is_done_and_with_it_what_was_said(dedupe, card, tmp_path):
    library = tmp_path / "library"
    said = dedupe("import", card, library, "--json")
    assert said.code == 0 and names(library) == [] and not (tmp_path / "data").exists()
    done = dedupe("import", card, library, "--json", "--yes")
    assert done.code == 0 and names(library) == THERE

    def copies(ran) -> list[dict]:
        return [{key: value for key, value in line.items() if key != "done"} for line in ran.lines("copy")]

    assert copies(said) == copies(done) and len(copies(said)) == 3
    before, after = said.lines("summary")[0], done.lines("summary")[0]
    assert (before["done"], after["done"]) == (None, 3) and before["journal"] is None and after["journal"]
    assert after["left"] == {".mp4": 1} and not after["complete"]
    for name in THERE:
        copy, source = library / name, card / "DCIM" / Path(name).name
        assert copy.read_bytes() == source.read_bytes()
        assert copy.stat().st_mtime == 1.5e9 and stat.S_IMODE(copy.stat().st_mode) == 0o640


def test_the_last_line_says_whether_everything_is_in_the_library(card, tmp_path):
    from io import StringIO

    from dedupe.importing import import_pictures
    from dedupe.report.imports import write_table

    def last(**options: bool) -> str:
        text = StringIO()
        write_table(import_pictures(card, tmp_path / "library", **options), text)
        return text.getvalue().splitlines()[-1]

    there = f"verything on {card} is in {tmp_path / 'library'}."
    assert last() == f"Then not e{there}"
    assert last(all_files=True) == f"Then e{there}"
    assert last(yes=True) == f"Not e{there}"
    assert last(yes=True, all_files=True) == f"E{there}"
    assert last() == f"E{there}"


def test_a_second_import_copies_nothing(dedupe, card, tmp_path):
    dedupe("import", card, tmp_path / "library", "--yes", "--all-files")
    found = names(tmp_path / "library")
    again = dedupe("import", card, tmp_path / "library", "--yes", "--all-files", "--json").lines("summary")[0]
    assert (again["copies"], again["held"], again["complete"]) == (0, 4, True)
    assert names(tmp_path / "library") == found and len(found) == 4


def undo(*words: str) -> list[tuple[str, str]]:
    from dedupe.actions import undo

    return [(Path(os.fsdecode(one.path)).name, one.reason or one.state) for one in undo(*words).outcomes]


def test_undo_moves_copies_to_the_trash(dedupe, card, tmp_path):
    dedupe("import", card, tmp_path / "library", "--yes")
    assert sorted(undo()) == [("IMG_1.png", "done"), ("IMG_1.xmp", "done"), ("IMG_2.png", "done")]
    assert names(tmp_path / "library") == []
    assert names(tmp_path / "data" / "Trash" / "files") == ["IMG_1.png", "IMG_1.xmp", "IMG_2.png"]
    assert len(names(card)) == 4


def test_the_command_that_undoes_it_is_said_and_says_what_it_did(dedupe, card, tmp_path):
    journal = dedupe("import", card, tmp_path / "library", "--yes").lines("summary")[0]["journal"]
    listed = dedupe("undo", "--list").lines("journal")
    assert [(each["journal"], each["action"]) for each in listed] == [(journal, "import")]
    ran = dedupe("undo", journal)
    assert ran.code == 0 and ran.lines("summary")[0]["done"] == 3 and names(tmp_path / "library") == []
    assert dedupe("undo", journal).lines("summary")[0]["done"] == 0


def test_an_import_of_nothing_is_the_last_run(dedupe, card, tmp_path):
    journal = dedupe("import", card, tmp_path / "library", "--yes").lines("summary")[0]["journal"]
    assert dedupe("import", card, tmp_path / "library", "--yes").lines("summary")[0]["journal"] is None
    ran = dedupe("undo")
    assert ran.code == 2 and f"(import, 3 files), type dedupe undo {journal}." in ran.err
    assert names(tmp_path / "library") == THERE and not ran.out


def test_undo_leaves_a_copy_that_was_changed_or_may_be_the_only_one(dedupe, card, tmp_path):
    dedupe("import", card, tmp_path / "library", "--yes")
    (tmp_path / "library" / THERE[1]).write_text("another rating")
    (card / "DCIM" / "IMG_2.png").unlink()
    photo(20, 20).save(card / "DCIM" / "IMG_1.png")
    assert sorted(undo()) == [("IMG_1.png", "source"), ("IMG_1.xmp", "changed"), ("IMG_2.png", "source")]
    assert names(tmp_path / "library") == THERE


@pytest.fixture
def planned(card, tmp_path):
    """What is to be done, and what does it."""
    from dedupe.importing import import_pictures
    from dedupe.importing.carrying import carry_out, settled

    plan = import_pictures(card, tmp_path / "library")

    def run():
        with settled():
            return carry_out(plan)

    return run


def refused(made) -> list[tuple[str, str]]:
    return [(Path(os.fsdecode(one.path)).name, one.reason) for one in made.failures]


def test_a_name_that_was_taken_meanwhile_stays_with_whose_it_is_and_its_shot_is_left_out(planned, tmp_path):
    taken = tmp_path / "library" / THERE[1]
    taken.parent.mkdir(parents=True)
    taken.write_text("somebody else's")
    made = planned()
    assert refused(made) == [("IMG_1.png", "in the way"), ("IMG_1.xmp", "in the way")] and not made.complete
    assert taken.read_text() == "somebody else's" and names(tmp_path / "library") == THERE[1:]


def test_a_file_that_has_come_there_with_the_same_content_is_its_owners(planned, card, tmp_path, monkeypatch):
    """It came after the look that finds names free; to take a shot back takes away nothing but what was copied for it."""
    from dedupe.actions.copying import CopyTo

    perform, mine = CopyTo.perform, tmp_path / "library" / THERE[1]

    def late(self, file, note):
        if file.path.endswith(b".xmp"):
            mine.write_bytes((card / "DCIM" / "IMG_1.xmp").read_bytes())
        perform(self, file, note)

    monkeypatch.setattr(CopyTo, "perform", late)
    assert refused(planned()) == [("IMG_1.png", "in the way"), ("IMG_1.xmp", "in the way")]
    assert names(tmp_path / "library") == THERE[1:]


def test_what_was_changed_or_taken_away_meanwhile_is_not_copied(planned, card, tmp_path):
    (card / "DCIM" / "IMG_2.png").unlink()
    with (card / "DCIM" / "IMG_1.png").open("r+b") as stream:
        stream.write(b"changed")
    made = planned()
    assert sorted(refused(made)) == [("IMG_1.png", "changed"), ("IMG_1.xmp", "changed"), ("IMG_2.png", "gone")]
    assert names(tmp_path / "library") == []


def test_what_cannot_be_read_is_named_and_the_rest_copied(dedupe, card, tmp_path):
    (card / "DCIM" / "IMG_2.png").chmod(0)
    if os.access(card / "DCIM" / "IMG_2.png", os.R_OK):
        pytest.skip("this user may read everything")
    ran = dedupe("import", card, tmp_path / "library", "--yes", "--json")
    assert ran.lines("summary")[0]["complete"] is False and names(tmp_path / "library") == THERE[:2]


def test_a_library_with_too_little_room_is_refused_before_anything_is_copied(planned, tmp_path, monkeypatch):
    import shutil

    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 5, 5))
    with pytest.raises(DedupeError, match=r"has 5 B of room and .* are needed; nothing was copied"):
        planned()
    assert names(tmp_path / "library") == []


def test_links_to_the_card_and_in_the_library_are_their_owners_word(dedupe, card, tmp_path):
    (tmp_path / "link").symlink_to(card)
    (tmp_path / "disk").mkdir()
    (tmp_path / "library" / "2017").symlink_to(tmp_path / "disk")
    ran = dedupe("import", tmp_path / "link", tmp_path / "library", "--yes", "--json")
    assert ran.code == 0 and ran.lines("summary")[0]["done"] == 3
    assert len(names(tmp_path / "disk")) == 3


def test_interrupted_it_finishes_what_it_is_at_and_the_same_command_goes_on(card, tmp_path, monkeypatch):
    from dedupe.errors import Interrupted
    from dedupe.importing import import_pictures

    def interrupt(stage: str, _done: int, _total: int) -> None:
        if stage == "copying":
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr("dedupe.importing.carrying.AT_ONCE", 1)
    with pytest.raises(Interrupted, match="2 copies stand: the same command goes on from there"):
        import_pictures(card, tmp_path / "library", yes=True, progress=interrupt)
    assert names(tmp_path / "library") == THERE[:2]
    assert len(import_pictures(card, tmp_path / "library", yes=True).done) == 1
    assert names(tmp_path / "library") == THERE


def test_two_at_once_are_not_let_in(planned, dedupe, card, tmp_path):
    from dedupe.actions.journal import alone

    with alone():
        ran = dedupe("import", card, tmp_path / "library", "--yes")
    assert ran.code == 3 and "Another dedupe is changing files" in ran.err and names(tmp_path / "library") == []


def test_ignored_pairs_are_copied(dedupe, card, tmp_path):
    small = tmp_path / "library" / "small.png"
    with Image.open(card / "DCIM" / "IMG_1.png") as picture:
        picture.save(small, compress_level=1)
    copies = dedupe("import", card, tmp_path / "library", "--json").lines("copy")
    assert not [line for line in copies if line["path"].endswith("IMG_1.png")]
    dedupe("ignore", small, card / "DCIM" / "IMG_1.png")
    copies = dedupe("import", card, tmp_path / "library", "--json").lines("copy")
    assert [line for line in copies if line["path"].endswith("IMG_1.png")]


def test_bad_requests_are_one_sentence(dedupe, card, tmp_path):
    for words in (("--to", "x"), ("--keep", "nothing"), ("--plugin", "gone.py")):
        ran = dedupe("import", card, tmp_path / "library", *words)
        assert ran.code == 2 and ran.err.count("\n") == 1, ran.err
    assert dedupe("import", card, card).code == 2
    assert dedupe("import", card).code == 2
