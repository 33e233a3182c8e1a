"""What an import plans: what belongs together, where it goes, and what the library has already."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dedupe.errors import UsageError
from dedupe.importing import import_pictures
from dedupe.importing.names import PATTERN, Places, check_pattern
from dedupe.importing.shots import shots
from dedupe.model.imports import Import
from pictures import photo


@pytest.mark.parametrize(
    "pattern",
    ["{name}", PATTERN, "in/{date:%B}/{name}", "{date:%Y%m%d-%H%M%S}-{name}", "Bilder/Größe {date:%Y}/{name}"],
)
def test_a_pattern_says_where_files_go(pattern):
    check_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("", "end with {name}"),
        ("{date}", "end with {name}"),
        ("{name}/x", "end with {name}"),
        ("{name}.bak", "end with {name}"),
        ("/{name}", "inside the library"),
        ("../{name}", "inside the library"),
        ("a/./{name}", "inside the library"),
        ("a//{name}", "inside the library"),
        ("{camera}/{name}", "there is no {camera}"),
        ("{date.__class__}/{name}", "there is no {date.__class__}"),
        ("{0}/{name}", "there is no {0}"),
        ("{name", "expected '}'"),
        ("{name!z}", "Unknown conversion"),
    ],
)
def test_a_pattern_that_says_nothing_of_the_kind_is_refused(pattern, said):
    with pytest.raises(UsageError) as refused:
        check_pattern(pattern)
    assert said in str(refused.value) and "--to" in str(refused.value)


def test_what_belongs_to_a_picture_is_told_by_its_name_and_folder():
    pictures = [b"/c/IMG_1.JPG", b"/c/img_1.CR2", b"/c/IMG_2.HEIC", b"/d/IMG_1.JPG"]
    others = [
        *(b"/c/IMG_1.xmp", b"/c/IMG_1.JPG.XMP", b"/c/IMG_1.JPG.supplemental-metadata.json", b"/c/IMG_2.MOV"),
        *(b"/c/IMG_2.AAE", b"/c/IMG_3.MOV", b"/c/IMG_1.txt", b"/e/IMG_1.xmp", b"/c/.xmp", b"/c/IMG_10.xmp"),
    ]
    found = {(shot.stem, *shot.pictures): shot.companions for shot in shots(pictures, others)}
    assert found == {
        (b"IMG_1", b"/c/IMG_1.JPG", b"/c/img_1.CR2"): [
            *(b"/c/IMG_1.JPG.XMP", b"/c/IMG_1.JPG.supplemental-metadata.json", b"/c/IMG_1.xmp"),
        ],
        (b"IMG_2", b"/c/IMG_2.HEIC"): [b"/c/IMG_2.AAE", b"/c/IMG_2.MOV"],
        (b"IMG_1", b"/d/IMG_1.JPG"): [],
    }


names = st.sampled_from([b"a.jpg", b"A.JPG", b"a.cr2", b"a.xmp", b"a.jpg.xmp", b"a (1).jpg", b"a", "ä.jpg".encode()])


@given(st.lists(st.lists(names, min_size=1, max_size=4), max_size=6), st.sets(names))
def test_no_two_files_get_one_name_nor_that_of_a_file_that_is_there(asked, there):
    places, given_ = Places(b"/library", "{date:%Y}/{name}"), set[bytes]()
    places.given |= {os.fsdecode(b"/library/2020/" + name).casefold() for name in there}
    taken = set(places.given)
    for group in asked:
        for path in places.by_date(datetime(2020, 1, 1), b"a", group):
            plain = os.fsdecode(path).casefold()
            assert plain not in taken and path not in given_
            taken.add(plain)
            given_.add(path)


def test_files_of_one_shot_get_one_number(tmp_path):
    (tmp_path / "IMG_1.JPG").touch()
    places = Places(os.fsencode(tmp_path), "{name}")
    found = places.by_date(datetime(2020, 1, 1), b"IMG_1", [b"IMG_1.CR2", b"IMG_1.JPG", b"IMG_1.JPG.xmp"])
    assert [os.path.basename(path) for path in found] == [b"IMG_1 (1).CR2", b"IMG_1 (1).JPG", b"IMG_1 (1).JPG.xmp"]


@pytest.fixture
def card(tmp_path: Path) -> Path:
    (tmp_path / "card").mkdir()
    (tmp_path / "library" / "old").mkdir(parents=True)
    return tmp_path / "card"


def taken(path: Path, picture: Image.Image, date: str = "2021:05:06 23:30:00", **options) -> None:
    exif = Image.Exif()
    exif[0x9003] = date
    exif.get_ifd(0x8769)[0x9003] = date
    picture.save(path, exif=exif, **options)


def planned(card: Path, **options) -> Import:
    return import_pictures(card, card.parent / "library", **options)


def places(made: Import) -> dict[str, str]:
    library = made.library + b"/"
    return {os.path.basename(copy.source).decode(): copy.target.removeprefix(library).decode() for copy in made.copies}


def test_pictures_go_by_the_date_they_were_taken_and_companions_with_them(card):
    taken(card / "IMG_1.JPG", photo(200, 150))
    (card / "IMG_1.xmp").write_text("rating")
    photo(150, 200).transpose(Image.Transpose.FLIP_TOP_BOTTOM).save(card / "undated.png")
    os.utime(card / "undated.png", (0, datetime(2019, 3, 4, 12).timestamp()))
    assert places(planned(card)) == {
        "IMG_1.JPG": "2021/2021-05-06/IMG_1.JPG",
        "IMG_1.xmp": "2021/2021-05-06/IMG_1.xmp",
        "undated.png": "2019/2019-03-04/undated.png",
    }
    assert places(planned(card, to="{name}"))["IMG_1.JPG"] == "IMG_1.JPG"


def test_what_the_library_has_is_not_copied_again(card):
    """The same bytes, the same pixels, a worse copy; what is better, edited or only like it is copied."""
    library, picture = card.parent / "library" / "old", photo(640, 480)
    picture.save(library / "a.png")
    (card / "bytes.png").write_bytes((library / "a.png").read_bytes())
    picture.save(card / "pixels.tif")
    picture.resize((320, 240)).save(card / "smaller.jpg", quality=80)
    picture.resize((1280, 960), Image.Resampling.LANCZOS).save(card / "larger.png")
    picture.crop((6, 4, 634, 476)).save(card / "cut.jpg", quality=95)
    made = planned(card)
    held = {os.path.basename(one.path).decode(): one.kind for one in made.held}
    assert held == {"bytes.png": "same-bytes", "pixels.tif": "same-pixels", "smaller.jpg": "re-encoded"}
    assert set(places(made)) == {"larger.png", "cut.jpg"}
    likeness = {os.path.basename(one.path).decode(): (one.kind, one.place) for one in made.likenesses}
    place = os.fsencode(library / "a.png")
    assert likeness == {"larger.png": ("re-encoded", place), "cut.jpg": ("edited", place)}
    assert made.complete and not made.left
    made = planned(card, keep="smallest")
    assert "smaller.jpg" in places(made)


def test_one_of_several_equal_files_on_the_card_is_copied(card):
    for name in ("a.png", "sub/b.png"):
        (card / name).parent.mkdir(exist_ok=True)
        photo(200, 150).save(card / name)
    made = planned(card)
    assert len(made.copies) == len(made.held) == 1
    assert made.held[0].place == made.copies[0].target and made.complete


def test_what_is_broken_or_unknown_is_copied_as_a_picture(card):
    (card / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut off")
    (card / "empty.jpg").touch()
    (card / "IMG_1.CR3").write_bytes(b"something that no plugin here reads")
    (card / "page.heic").write_bytes(b"nor this")
    (card / "DSCF1.RAF").write_bytes(b"and another camera's")
    made = planned(card)
    assert set(places(made)) == {"broken.jpg", "empty.jpg", "IMG_1.CR3", "DSCF1.RAF", "page.heic"} and made.complete
    for copy in made.copies:
        target = Path(os.fsdecode(copy.target))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(Path(os.fsdecode(copy.source)).read_bytes())
    again = planned(card)
    assert not again.copies and len(again.held) == 5 and again.complete


def test_other_types_are_counted_and_copied_where_that_is_asked_for(card):
    (card / "MVI_1.MP4").write_bytes(b"video")
    (card / "notes.txt").write_text("notes")
    (card / "had.txt").write_text("the library has it")
    (card.parent / "library" / "any.doc").write_text("the library has it")
    made = planned(card)
    assert dict(made.left) == {".mp4": 1, ".txt": 1} and not made.complete and not made.copies
    assert [one.kind for one in made.held] == ["same-bytes"]
    made = planned(card, all_files=True)
    assert set(places(made)) == {"MVI_1.MP4", "notes.txt"} and made.complete


def test_companions_go_beside_a_picture_that_the_library_has_under_its_name(card):
    library = card.parent / "library" / "old"
    photo(200, 150).save(library / "beach (1).png")
    (library / "beach (1).xmp").write_text("another picture's")
    (card / "IMG_1.png").write_bytes((library / "beach (1).png").read_bytes())
    (card / "IMG_1.xmp").write_text("rating")
    (card / "IMG_1.png.json").write_text("{}")
    assert places(planned(card)) == {
        "IMG_1.xmp": "old/beach (1) (1).xmp",
        "IMG_1.png.json": "old/beach (1) (1).png.json",
    }


def test_names_that_are_taken_get_a_number_and_all_of_a_shot_the_same(card):
    library = card.parent / "library" / "2021" / "2021-05-06"
    library.mkdir(parents=True)
    (library / "img_1.jpg").write_text("another file")
    taken(card / "IMG_1.JPG", photo(200, 150))
    (card / "IMG_1.xmp").write_text("rating")
    (card / "sub").mkdir()
    taken(card / "sub" / "IMG_1.JPG", photo(150, 200))
    (library / "IMG_1.xmp").write_text("another file")
    found = sorted(copy.target.rpartition(b"/")[2].decode() for copy in planned(card).copies)
    assert found == ["IMG_1 (1).JPG", "IMG_1 (1).xmp", "IMG_1 (2).JPG"] or found == [
        *("IMG_1 (1).JPG", "IMG_1 (1).xmp", "IMG_1.JPG"),
    ]


@pytest.mark.skipif(os.name == "nt", reason="names there are text")
def test_a_name_that_is_no_text_is_kept(card):
    path = os.fsencode(card) + b"/odd\xff.jpg"
    Path(os.fsdecode(path)).write_bytes(b"\xff\xd8\xff")
    (copy,) = planned(card).copies
    assert copy.source == path and copy.target.endswith(b"/odd\xff.jpg")


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_what_is_passed_over_is_not_in_the_library(card):
    photo(200, 150).save(card / "a.png")
    (card / "link.png").symlink_to(card / "a.png")
    assert planned(card).others == {"symlinks": 1} and not planned(card).complete


def test_folders_that_hold_each_other_or_are_none_are_refused(card):
    for a, b in ((card, card), (card, card.parent), (card.parent, card), (card, card / "gone"), (__file__, card)):
        with pytest.raises(UsageError):
            import_pictures(a, b)
    with pytest.raises(UsageError, match="--to"):
        planned(card, to="{nothing}")
