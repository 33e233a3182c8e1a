"""scan -o FILE.html: the page as it lies in the file; what it does in a browser is in tests/browser."""

from __future__ import annotations

import io
import os
import shutil
import sys
from pathlib import Path

import pytest
from PIL import Image

from dedupe import scan
from dedupe.previews import life
from dedupe.report import groups_page
from html_pages import Page, checked, pictures_of
from pictures import photo


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """A photo that says where and when it was taken, an equal file and a smaller copy in a folder below."""
    folder = tmp_path / "album"
    (folder / "copies").mkdir(parents=True)
    exif = Image.Exif()
    exif[0x010F], exif[0x0132] = "SECRET camera", "2019:05:02 10:11:12"
    exif.get_ifd(0x8769)[0x9003] = "2019:05:02 10:11:12"
    photo(640, 480).save(folder / "photo.jpg", quality=95, exif=exif, comment=b"SECRET comment")
    shutil.copy(folder / "photo.jpg", folder / "copies" / "equal.jpg")
    photo(640, 480).resize((320, 240)).save(folder / "copies" / "small.jpg", quality=85)
    return folder


def written(*roots: Path, **options: object) -> tuple[Page, object]:
    found = scan(roots, descriptor="pdq", judge=True, cache="none", **options)
    return page_of(found), found


def page_of(found: object) -> Page:
    stream = io.StringIO()
    groups_page.write_scan(found, stream)
    return checked(stream.getvalue())


def by_name(page: Page) -> dict[str, dict]:
    return {each["name"]: each for group in page.data["groups"] for each in group["pictures"]}


def test_the_page_says_what_each_picture_is_and_takes_no_metadata_along(dedupe, album):
    ran = dedupe("scan", album, "-d", "pdq", "--judge", "-o", "report.html", cwd=album.parent)
    assert ran.code == 0 and "1 group" in ran.out and "The result is in report.html" in ran.err, ran.err
    page = checked((album.parent / "report.html").read_text())
    shown = by_name(page)
    assert [each["name"] for each in page.data["groups"][0]["pictures"]] == ["photo.jpg", "equal.jpg", "small.jpg"]
    assert (shown["equal.jpg"]["kind"], shown["small.jpg"]["kind"]) == ("same-bytes", "re-encoded")
    assert shown["small.jpg"]["folder"] == "album/copies" and "50 % of the size" in shown["small.jpg"]["why"]
    assert shown["photo.jpg"]["date"] == "taken 2019-05-02 10:11" and shown["small.jpg"]["date"].startswith(
        "file dated"
    )
    assert shown["small.jpg"]["distance"].startswith("pdq ") and not shown["small.jpg"]["alike"], "it was looked at"
    first, second = pictures_of(page)
    assert shown["photo.jpg"]["picture"] == shown["equal.jpg"]["picture"] == 0, "equal files share one"
    for jpeg in (first, second):
        with Image.open(io.BytesIO(jpeg)) as small:
            assert (
                small.format == "JPEG"
                and max(small.size) <= 480
                and not small.getexif()
                and "comment" not in small.info
            )
    assert b"SECRET" not in first and "SECRET" not in page.text


def test_a_picture_that_has_changed_is_not_shown_as_what_was_scanned(album):
    _, found = written(album)
    photo(640, 480).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(album / "copies" / "small.jpg")
    (album / "photo.jpg").unlink()
    shown = by_name(page_of(found))
    assert shown["small.jpg"]["note"] == "It changed after it was scanned."
    assert shown["photo.jpg"]["note"] == "It is no longer there."


@pytest.mark.skipif(sys.platform != "linux", reason="children are forked on Linux alone")
def test_a_picture_that_kills_what_reads_it_leaves_the_others(album, monkeypatch):
    usual = life._encoded

    def deadly(image, side, quality):
        if image.width == 320:
            os._exit(7)
        return usual(image, side, quality)

    monkeypatch.setattr(life, "_encoded", deadly)
    page, _ = written(album)
    shown = by_name(page)
    assert "Reading or decoding it" in shown["small.jpg"]["note"] and shown["photo.jpg"]["note"] == ""
    assert len(pictures_of(page)) == 1


def test_what_lies_in_a_reference_cannot_be_chosen(album):
    (album / "own").mkdir()
    (album / "photo.jpg").rename(album / "own" / "photo.jpg")
    page, _ = written(album / "own", reference=album / "copies")
    assert {name: each["fixed"] for name, each in by_name(page).items()} == {"equal.jpg": "reference", "photo.jpg": ""}


def test_the_more_pictures_the_smaller_they_are(monkeypatch, album):
    from dedupe.previews import making

    monkeypatch.setattr(making, "ROOM", 6_000)
    page, _ = written(album)
    assert all(len(each) <= 3_000 for each in pictures_of(page))
    monkeypatch.setattr(making, "ROOM", making.LEAST)
    page, _ = written(album)
    assert len(pictures_of(page)) == 1, "what there is no room for is not shown"


def test_where_nothing_was_found_the_page_says_so(tmp_path):
    photo(64, 64).save(tmp_path / "a.png")
    page, _ = written(tmp_path)
    assert "No duplicates among 1 picture." in page.text and not pictures_of(page)


def test_what_a_plugin_reads_is_shown_too(tmp_path):
    heif = pytest.importorskip("pillow_heif", reason="needs the extra [heif]")
    picture = photo(640, 480)
    heif.from_pillow(picture).save(tmp_path / "a.heic", quality=90)
    picture.resize((320, 240)).save(tmp_path / "b.jpg", quality=85)
    page, _ = written(tmp_path)
    assert {each["note"] for each in by_name(page).values()} == {""} and len(pictures_of(page)) == 2
