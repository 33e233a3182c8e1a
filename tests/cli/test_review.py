"""dedupe review: who is let in, what is answered, what becomes of decisions. What it does in a browser is in tests/browser."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from PIL import Image

from dedupe import scan
from dedupe.actions import plan as plans
from pictures import photo
from reviews import Reviewing, reviewing

pytest.importorskip("uvicorn", reason="needs a server: pip install '.[review]'")
pytest.importorskip("starlette", reason="needs a server: pip install '.[review]'")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it is ended by SIGINT here")

SECRET = b"SECRET"


def album(folder: Path) -> Path:
    """A photo with metadata, an equal file, a smaller and a cut copy; and the plan of a scan of them."""
    folder.mkdir()
    exif = Image.Exif()
    exif[0x010F] = SECRET.decode()
    photo(1280, 960).save(folder / "photo.jpg", quality=95, exif=exif)
    shutil.copy(folder / "photo.jpg", folder / "equal.jpg")
    photo(1280, 960).resize((320, 240)).save(folder / "small.jpg", quality=85)
    photo(1280, 960).crop((24, 18, 1260, 940)).save(folder / "cut.jpg", quality=80)
    scan(folder, descriptor="pdq", judge=True, cache="none").to_json(folder.with_name("plan.jsonl"))
    return folder.with_name("plan.jsonl")


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reviewing]:
    """A review that is asked, and changes nothing."""
    folder = tmp_path_factory.mktemp("asked")
    with reviewing(album(folder / "album"), folder / "data") as running:
        yield running


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Reviewing, Path]]:
    """A review that takes decisions, and its plan."""
    folder = tmp_path_factory.mktemp("decided")
    plan = album(folder / "album")
    with reviewing(plan, folder / "data") as running:
        yield running, plan


def rows(plan: Path) -> dict[str, str]:
    return {row.id: row.action for row in plans.read(plan).rows}


def named(running: Reviewing) -> dict[str, dict]:
    data = json.loads(running.ask("/data")[1])
    return {one["name"]: one for group in data["groups"] for one in group["pictures"]}


PRIVATE = ("/data", "/small/g1", "/large/g1", "/decide", "/nothing")


@pytest.mark.parametrize("path", PRIVATE)
@pytest.mark.parametrize(
    "wrong",
    [
        {"x_dedupe_key": None},
        {"x_dedupe_key": "wrong"},
        {"x_dedupe_key": ""},
        {"host": "evil.example"},
        {"host": "localhost"},
        {"host": None},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ],
)
def test_nobody_else_is_let_in(asked, path, wrong):
    method = "POST" if path == "/decide" else "GET"
    answer, said = asked.ask(path, method, body={} if method == "POST" else None, **wrong)
    assert answer.status in (400, 403) and b"photo" not in said and len(said) < 100
    assert answer.getheader("access-control-allow-origin") is None


def test_who_changes_something_says_where_it_comes_from(asked):
    assert asked.ask("/decide", "POST", {"actions": {}, "differs": {}}, origin=None)[0].status == 403
    assert asked.ask("/decide", "POST", {"actions": {}, "differs": {}})[0].status == 200


def test_the_key_is_in_a_file_of_ones_own_and_in_no_command_line(asked):
    assert len(asked.key) >= 43, "256 bits"
    assert stat.S_IMODE(asked.door.stat().st_mode) == 0o600 and stat.S_IMODE(asked.door.parent.stat().st_mode) == 0o700
    if sys.platform == "linux":
        lines = [each.read_bytes() for each in Path("/proc").glob("[0-9]*/cmdline") if os.access(each, os.R_OK)]
        assert not any(asked.key.encode() in line for line in lines)


def test_the_page_alone_needs_no_key_and_says_nothing_of_the_plan(asked):
    answer, page = asked.ask("/", x_dedupe_key=None)
    assert answer.status == 200 and b"photo.jpg" not in page and b"plan.jsonl" not in page
    assert asked.key.encode() not in page
    policy = page.decode().partition('Content-Security-Policy" content="')[2].partition('"')[0]
    assert "default-src 'none'" in policy and "connect-src 'self'" in policy and "unsafe" not in policy
    assert answer.getheader("content-security-policy") == "frame-ancestors 'none'"
    assert asked.ask("/", x_dedupe_key=None)[1] != page, "each page has a nonce of its own"


def test_every_answer_forbids_to_keep_it_and_sets_nothing(asked):
    for path, key in (
        ("/", None),
        ("/data", asked.key),
        ("/small/g1", asked.key),
        ("/data", "wrong"),
        ("/no", asked.key),
    ):
        answer, _ = asked.ask(path, x_dedupe_key=key)
        assert answer.getheader("cache-control") == "no-store" and answer.getheader("referrer-policy") == "no-referrer"
        assert answer.getheader("x-content-type-options") == "nosniff"
        assert answer.getheader("set-cookie") is None and answer.getheader("access-control-allow-origin") is None


@pytest.mark.parametrize(
    "name",
    ["photo.jpg", "..%2Fplan.jsonl", "%2Fetc%2Fpasswd", "/etc/passwd", "../../etc/passwd", "g1m9", "g1%00", "G1", ""],
)
def test_a_path_in_place_of_an_id_is_no_picture(asked, name):
    for size in ("small", "large"):
        answer, said = asked.ask(f"/{size}/{name}")
        assert answer.status in (404, 409) and b"root:" not in said and len(said) < 100


@pytest.mark.parametrize(("size", "longest"), [("small", 480), ("large", 1280)])
def test_pictures_are_made_anew(asked, size, longest):
    answer, jpeg = asked.ask(f"/{size}/g1")
    assert answer.status == 200 and answer.getheader("content-type") == "image/jpeg" and SECRET not in jpeg
    with Image.open(io.BytesIO(jpeg)) as picture:
        assert max(picture.size) == longest and not picture.getexif()


def test_nothing_changes_by_asking(asked):
    for path in ("/decide", "/decide?actions=g1m1"):
        assert asked.ask(path)[0].status == 405
    assert asked.ask("/data", "POST", {"actions": {"g1m1": "keep"}, "differs": {}})[0].status == 405


def test_decisions_are_in_the_plan_as_they_are_made(decided):
    running, plan = decided
    row = {name: one["row"] for name, one in named(running).items()}
    assert rows(plan)[row["equal.jpg"]] == "remove" and rows(plan)[row["cut.jpg"]] == "keep"
    assert rows(plan)[row["photo.jpg"]] == "keep"
    sent = {"actions": {row["equal.jpg"]: "keep", row["cut.jpg"]: "remove"}, "differs": {}}
    assert running.ask("/decide", "POST", sent)[0].status == 200
    assert rows(plan)[row["equal.jpg"]] == "keep" and rows(plan)[row["cut.jpg"]] == "remove"
    assert named(running)["cut.jpg"]["goes"] and not named(running)["equal.jpg"]["goes"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"actions": {"g9": "remove"}, "differs": {}}, 409),
        ({"actions": {"g1m1": "delete"}, "differs": {}}, 409),
        ({"actions": {"g1m1": "keep"}, "differs": {"../x": True}}, 409),
        ({"actions": {"g1m1": 1}, "differs": {}}, 400),
        ({"actions": []}, 400),
        ([], 400),
        (b"{", 400),
        (b"\xff", 400),
        (b'"' + b"x" * (9 << 20), 400),
        (b"[" * 200_000, 400),
    ],
)
def test_what_is_no_decision_changes_nothing(decided, sent, status):
    running, plan = decided
    before = plan.read_bytes()
    assert running.ask("/decide", "POST", sent)[0].status == status
    assert plan.read_bytes() == before


def test_a_plan_that_another_program_has_changed_takes_no_decision(decided):
    running, plan = decided
    before = plan.read_bytes()
    changed = before.replace(b'"id":1', b'"id": 1')
    plan.write_bytes(changed)
    for path, sent in (
        ("/decide", {"actions": {"g1m1": "remove"}, "differs": {}}),
        ("/apply", {"action": "trash", "folder": "", "typed": 1}),
    ):
        answer, said = running.ask(path, "POST", sent)
        assert answer.status == 409 and b"another program has changed it" in said
    assert plan.read_bytes() == changed
    plan.write_bytes(before)


def test_what_is_no_duplicate_is_remembered_and_forgotten(decided):
    from dedupe.ignored.listing import pairs

    running, plan = decided
    one = named(running)["cut.jpg"]
    running.ask("/decide", "POST", {"actions": {}, "differs": {one["row"]: True}})
    assert named(running)["cut.jpg"]["differs"] and not named(running)["small.jpg"]["differs"]
    listed = (plan.parent / "data" / "ignored.jsonl").read_text()
    assert one["content"] in listed and len(listed.splitlines()) == 1 and pairs() == []
    running.ask("/decide", "POST", {"actions": {}, "differs": {one["row"]: False}})
    assert not named(running)["cut.jpg"]["differs"]


def test_a_picture_that_has_changed_or_gone_is_said_to_be(tmp_path):
    with reviewing(album(tmp_path / "album"), tmp_path / "data") as running:
        row = {name: one["row"] for name, one in named(running).items()}
        photo(320, 240).save(tmp_path / "album" / "small.jpg")
        (tmp_path / "album" / "cut.jpg").unlink()
        answer, said = running.ask(f"/small/{row['small.jpg']}")
        assert (answer.status, said) == (404, b"It changed after it was scanned.")
        assert running.ask(f"/large/{row['cut.jpg']}")[1] == b"It is no longer there."


def test_it_ends_with_a_word_and_leaves_nothing(tmp_path):
    with reviewing(album(tmp_path / "album"), tmp_path / "data") as running:
        running.ask("/data?key=a")
        running.ask("/data", x_dedupe_key="wrong")
    assert running.code == 0 and "Your decisions are in" in running.said and "dedupe apply" in running.said
    assert running.key not in running.said, "the key is in no log"
    assert not running.door.exists() and not running.door.parent.exists()


def test_its_help_does_not_say_that_nothing_is_removed(dedupe):
    said = " ".join(dedupe("review", "--help").out.split())
    assert "nothing is removed" not in said and "files go only once you type how many" in said


def test_it_ends_when_nobody_has_asked_for_long(tmp_path):
    from dedupe.model import Run
    from dedupe.review import review

    doors: list[str] = []
    plan = album(tmp_path / "album")
    serving = Thread(target=lambda: review(plan, Run(), started=doors.append, seconds=0.3))
    serving.start()
    serving.join(30)
    assert not serving.is_alive() and len(doors) == 1 and not Path(doors[0].removeprefix("file://")).exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [("{}", "no JSON line"), ('{"type":"header","format":1,"command":"find"}', "cut off")],
)
def test_what_is_no_plan_is_refused(dedupe, tmp_path, content, sentence):
    (tmp_path / "plan.jsonl").write_text(content)
    ran = dedupe("review", tmp_path / "plan.jsonl", "--no-browser")
    assert ran.code == 2 and sentence in ran.err


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {each.name: (each.read_bytes(), each.stat().st_mtime_ns) for each in folder.iterdir()}


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"action": "delete", "folder": "", "typed": 2}, 409),
        ({"action": "hardlink", "folder": "", "typed": None}, 409),
        ({"action": "quarantine", "folder": "relative", "typed": 2}, 409),
        ({"action": "quarantine", "folder": None, "typed": 2}, 409),
        ({"action": "quarantine", "folder": "/dev/shm/../q", "typed": True}, 400),
        ({"action": "quarantine", "folder": "HERE", "typed": 3}, 409),
        ({"action": "quarantine", "folder": "HERE", "typed": "2"}, 400),
        ({"action": "quarantine", "folder": "HERE"}, 400),
    ],
)
def test_only_what_can_be_taken_back_is_started_and_only_by_the_number_of_files(asked, tmp_path, sent, status):
    album = asked.plan.parent / "album"
    before, there = contents(album), str(tmp_path / "q")
    sent = {name: there if value == "HERE" else value for name, value in sent.items()}
    answer, said = asked.ask("/apply", "POST", sent)
    assert answer.status == status, said
    assert contents(album) == before and not (tmp_path / "q").exists()
    answer, said = asked.ask("/undo", "POST", {})
    assert answer.status == 409 and b"Nothing was moved here" in said


def test_what_was_chosen_goes_and_comes_back(tmp_path):
    with reviewing(album(tmp_path / "album"), tmp_path / "data") as running:
        before = contents(tmp_path / "album")
        there = {"action": "quarantine", "folder": str(tmp_path / "q")}
        would = json.loads(running.ask("/apply", "POST", {**there, "typed": None})[1])
        assert would["files"] == 2 and contents(tmp_path / "album") == before and not would["journal"]
        done = json.loads(running.ask("/apply", "POST", {**there, "typed": 2})[1])
        assert done["files"] == 2 and done["journal"] and json.loads(running.ask("/data")[1])["gone"]
        assert set(contents(tmp_path / "album")) == {"photo.jpg", "cut.jpg"}
        back = json.loads(running.ask("/undo", "POST", {})[1])
        assert back["files"] == 2 and contents(tmp_path / "album") == before
        assert running.ask("/undo", "POST", {})[0].status == 409


def test_what_only_the_picture_that_goes_says_is_saved_where_the_review_is_told_to(tmp_path):
    folder, plan = tmp_path / "an album", tmp_path / "a plan.jsonl"
    folder.mkdir()
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    photo(1280, 960).save(folder / "large.jpg", quality=95)
    photo(1280, 960).resize((320, 240)).save(folder / "small.jpg", quality=85, exif=exif)
    scan(folder, descriptor="pdq", cache="none").to_json(plan)
    sent = {"action": "quarantine", "folder": str(tmp_path / "q"), "typed": 1}
    with reviewing(plan, tmp_path / "data", "--merge-metadata") as running:
        shown = json.loads(running.ask("/data")[1])["command_line"]
        assert shown == f"dedupe apply '{plan}' --merge-metadata"
        assert json.loads(running.ask("/apply", "POST", sent)[1])["files"] == 1
        assert sorted(contents(folder)) == ["large.jpg", "large.xmp"]
        assert b"Camera" in (folder / "large.xmp").read_bytes()
        running.ask("/undo", "POST", {})
        assert sorted(contents(folder)) == ["large.jpg", "small.jpg"]
    assert running.code == 0 and f"{shown} shows what it would do." in running.said


def test_of_what_would_stay_it_is_said_why(tmp_path):
    plan = album(tmp_path / "album")
    (tmp_path / "album" / "equal.mov").write_bytes(b"a clip")
    with reviewing(plan, tmp_path / "data") as running:
        sent = {"action": "quarantine", "folder": str(tmp_path / "q"), "typed": None}
        would = json.loads(running.ask("/apply", "POST", sent)[1])
    assert (would["files"], would["left"]) == (1, 1)
    assert would["why"] == ["equal.jpg: equal.mov belongs to it, and has no copy beside the picture that stays"]
