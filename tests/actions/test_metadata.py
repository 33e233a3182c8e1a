"""What only a picture that goes says of itself: listed, and written beside the one that stays, byte by byte taken back."""

from __future__ import annotations

import io
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from dedupe.actions import apply, sidecar, undo, xmp
from dedupe.actions.about import about
from dedupe.errors import UsageError
from dedupe.report.acted import write_json, write_table
from made_plans import made_plan
from pictures import encoded

SIDECAR = (
    '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><!-- mine --><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description r:about="" xmlns:dt="http://darktable.sf.net/"'
    ' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmp:Rating="2" dt:history="gz12">'
    "<dc:subject><r:Bag><r:li>cat</r:li></r:Bag></dc:subject><dt:masks><dt:one/></dt:masks></r:Description></r:RDF></x:xmpmeta>"
)


@dataclass(frozen=True)
class Pair:
    """A picture that stays, one that goes, and their plan."""

    root: Path
    kept: Path
    goes: Path
    plan: Path

    def state(self) -> dict[str, tuple[object, ...]]:
        files = (path for path in self.root.rglob("*") if path.is_file())
        return {
            str(path.relative_to(self.root)): (path.read_bytes(), path.stat().st_mode, path.stat().st_mtime_ns)
            for path in files
        }


def jpeg(path: Path, *, told: bool, words: tuple[str, ...] = ("cat", "dog")) -> None:
    exif = Image.Exif()
    if told:
        exif[0x0110], exif[0x4746], exif[0x9C9E] = "Camera 3", 5, ";".join(words).encode("utf-16-le")
        exif.get_ifd(0x8769)[0x9003] = "2019:05:04 10:11:12"
        exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 30.0, 30.0), 3: "W", 4: (13.0, 24.0, 0.0)})
    path.parent.mkdir(exist_ok=True)
    Image.new("RGB", (16, 16), (20 + len(path.name), 90, 30)).save(path, exif=exif)


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pair:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DEDUPE_DATA", str(tmp_path / "data"))
    root = tmp_path / "photos"
    root.mkdir()
    kept, goes = root / "a/best.jpg", root / "b/copy one.jpg"
    jpeg(kept, told=False)
    jpeg(goes, told=True)
    return Pair(root, kept, goes, made_plan(tmp_path / "plan.jsonl", root, (kept, [(goes, "re-encoded")])))


def test_a_file_says_what_stands_in_its_exif_iptc_and_xmp(tmp_path):
    jpeg(tmp_path / "all.jpg", told=True)
    assert about(os.fsencode(tmp_path / "all.jpg")) == {
        "date": ("2019-05-04T10:11:12",),
        "gps": ("52,30.500000N", "13,24.000000W"),
        "camera": ("", "Camera 3"),
        "rating": ("5",),
        "keywords": ("cat", "dog"),
    }
    iptc = b"".join(
        b"\x1c\x02" + bytes([tag]) + len(text).to_bytes(2) + text
        for tag, text in ((25, b"tree"), (25, b"lake"), (55, b"20180102"))
    )
    app13 = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + len(iptc).to_bytes(4) + iptc + b"\0" * (len(iptc) % 2)
    packet = xmp.merged(None, {"rating": ("3",), "keywords": ("lake", "swim")})
    whole = encoded(Image.new("RGB", (8, 8)), "JPEG", xmp=packet)
    (tmp_path / "more.jpg").write_bytes(whole[:2] + b"\xff\xed" + (len(app13) + 2).to_bytes(2) + app13 + whole[2:])
    assert about(os.fsencode(tmp_path / "more.jpg")) == {
        "date": ("2018-01-02",),
        "rating": ("3",),
        "keywords": ("tree", "lake", "swim"),
    }


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff", b"II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*" + b"\xff" * 99])
def test_what_is_broken_says_nothing(tmp_path, content):
    (tmp_path / "x.jpg").write_bytes(content + b"<x:xmpmeta><!DOCTYPE a></x:xmpmeta>")
    assert about(os.fsencode(tmp_path / "x.jpg")) == {} == about(os.fsencode(tmp_path / "none.jpg"))


def test_a_dry_run_lists_it_and_nothing_is_written_without_the_option(pair):
    (one,) = apply(pair.plan).outcomes
    assert one.only == ("date", "gps", "camera", "rating", "keywords") and one.sidecar is None
    stream = io.StringIO()
    write_table(apply(pair.plan, merge_metadata=True), stream)
    assert "; only it has: date, GPS, camera, rating, keywords, written to " in stream.getvalue()
    assert "--merge-metadata" not in stream.getvalue()
    write_table(apply(pair.plan), stream)
    assert "goes with them; --merge-metadata saves it beside what stays\n" in stream.getvalue()
    stream = io.StringIO()
    write_json(apply(pair.plan, merge_metadata=True), stream)
    assert '"sidecar":"' in stream.getvalue() and not list(pair.root.rglob("*.xmp"))
    apply(pair.plan, yes=True)
    assert [path.name for path in pair.root.rglob("*") if path.is_file()] == ["best.jpg"]


def test_it_is_written_beside_the_one_that_stays_and_taken_back(pair):
    before = pair.state()
    assert apply(pair.plan, merge_metadata=True, yes=True).of("done")
    assert pair.kept.read_bytes() == before["a/best.jpg"][0] and not pair.goes.exists()
    found = xmp.said(xmp.parsed((pair.root / "a/best.xmp").read_bytes()))
    assert found["gps"] == ("52,30.500000N", "13,24.000000W") and found["keywords"] == ("cat", "dog")
    assert undo().of("done") and pair.state() == before
    assert sorted(path.name for path in (pair.root / "a").iterdir()) == ["best.jpg"]


@pytest.mark.parametrize("name", ["best.XMP", "best.jpg.xmp"])
def test_a_sidecar_keeps_its_values_and_all_that_is_unknown(pair, name):
    path = pair.root / "a" / name
    path.write_text(SIDECAR)
    path.chmod(0o600)
    os.utime(path, ns=(1_400_000_000_123_456_789,) * 2)
    before = pair.state()
    (one,) = apply(pair.plan, merge_metadata=True, yes=True).of("done")
    assert one.only == ("date", "gps", "camera", "keywords") and one.sidecar == os.fsencode(path)
    text = path.read_text()
    for kept in ("<!-- mine -->", "<?xpacket", 'dt:history="gz12"', "<dt:masks><dt:one/></dt:masks>"):
        assert kept in text
    assert path.stat().st_mode & 0o777 == 0o600
    found = xmp.said(xmp.parsed(path.read_bytes()))
    assert found["rating"] == ("2",) and found["keywords"] == ("cat", "dog") and "gps" in found
    assert undo().of("done") and pair.state() == before


def test_another_picture_of_the_name_keeps_its_sidecar(pair):
    jpeg(pair.root / "a/best.png", told=False)
    (pair.root / "a/best.xmp").write_text(SIDECAR)
    assert apply(pair.plan, merge_metadata=True, yes=True).of("done")
    assert (pair.root / "a/best.xmp").read_text() == SIDECAR and (pair.root / "a/best.jpg.xmp").exists()


@pytest.mark.parametrize(
    "content", [b"<a>" * 9_000 + b"</a>" * 9_000, b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"\0" * 50, b"<a/>"]
)
def test_what_is_no_xmp_is_not_read(content):
    with pytest.raises(ValueError, match=r"."):
        xmp.parsed(content)


def test_what_cannot_be_written_keeps_the_file_where_it_is(pair):
    (pair.root / "a/best.xmp").write_bytes(b"<not xmp")
    before = pair.state()
    (one,) = apply(pair.plan, merge_metadata=True, yes=True).of("refused")
    assert one.reason == "metadata" and "best.xmp cannot be understood" in one.message and pair.state() == before
    (pair.root / "a/best.xmp").unlink()
    (one,) = apply(pair.plan, merge_metadata=True, protect=pair.root / "a", yes=True).of("refused")
    assert "cannot be written beside the picture that stays" in one.message and pair.goes.exists()


def test_a_sidecar_that_was_changed_since_stays(pair):
    apply(pair.plan, merge_metadata=True, yes=True)
    (pair.root / "a/best.xmp").write_text(SIDECAR)
    (one,) = undo().of("refused")
    assert "it is back" in one.message and pair.goes.exists()
    assert (pair.root / "a/best.xmp").read_text() == SIDECAR


class Killed(BaseException):
    pass


@pytest.fixture
def steps_left(monkeypatch) -> list[int]:
    """After how many steps on sidecars the run is killed."""
    left = [10**9]

    def counted(real):
        def step(*given):
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return real(*given)

        return step

    for name in ("rename_new", "remove", "new_file", "sync_folder"):
        monkeypatch.setattr(sidecar, name, counted(getattr(sidecar, name)))
    return left


@pytest.mark.parametrize("verb", ["apply", "undo"])
@pytest.mark.parametrize("there", [False, True])
def test_two_copies_into_one_sidecar_and_a_kill_at_every_step(pair, steps_left, there, verb):
    again, path = pair.root / "c/again.jpg", pair.root / "a/best.xmp"
    jpeg(again, told=True, words=("bird",))
    if there:
        path.write_text(SIDECAR)
    made_plan(pair.plan, pair.root, (pair.kept, [(pair.goes, "re-encoded"), (again, "re-encoded")]))
    before = pair.state()
    for steps in range(100):
        if verb == "undo":
            assert len(apply(pair.plan, merge_metadata=True, yes=True).of("done")) == 2
            assert xmp.said(xmp.parsed(path.read_bytes()))["keywords"] == ("cat", "dog", "bird")
        steps_left[0] = steps
        with suppress(Killed):
            apply(pair.plan, merge_metadata=True, yes=True) if verb == "apply" else undo()
        ended, steps_left[0] = steps_left[0] >= 0, 10**9
        with suppress(UsageError):  # all was taken back already
            undo()
        assert pair.state() == before, steps
        if ended:
            break
    assert 5 < steps < 99
