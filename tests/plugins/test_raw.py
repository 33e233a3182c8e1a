"""Cameras' RAW files: the largest preview is read, upright; without rawpy they are counted, with what to install."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dedupe_raw import decoder as raw
from dedupe_raw.decoder import SUFFIXES, RawDecoder
from PIL import Image

from dedupe.decode.exif import camera_raw
from dedupe.decode.reading import read_by, read_picture
from dedupe.errors import PictureError
from dedupe.magic import CAMERA_RAW
from dedupe.model import DecodedInfo
from pictures import CAP, encoded, photo
from raw_files import CR2, jpeg, raw_file

PHOTO = photo(640, 480)
LARGE, SMALL = jpeg(PHOTO), jpeg(PHOTO.resize((160, 120)))
BITMAP = np.asarray(PHOTO.resize((160, 120)))
TAKEN = 1577934245
needs_rawpy = pytest.mark.skipif(not RawDecoder().suffixes, reason="the extra [raw] is not installed")


def read(data: bytes, full: bool = True) -> Any:
    return read_picture(data, (RawDecoder(),), rgb=True, full=full, pixel_cap=CAP)


def refused(data: bytes, decoders: tuple[Any, ...] = (RawDecoder(),)) -> PictureError:
    with pytest.raises(PictureError) as caught:
        read_picture(data, decoders, rgb=True, full=False, pixel_cap=CAP)
    return caught.value


@needs_rawpy
@pytest.mark.parametrize("mark", [b"", CR2], ids=["begins as a TIFF", "begins as a CR2"])
@pytest.mark.parametrize("previews", [[SMALL, LARGE], [LARGE, SMALL], [BITMAP, LARGE]], ids=["last", "first", "jpeg"])
def test_the_largest_preview_is_read(previews: Any, mark: bytes) -> None:
    found = read(raw_file(previews, mark=mark))
    assert found.info == DecodedInfo(640, 480, "RAW", TAKEN)
    assert np.array_equal(found.rgb, np.asarray(Image.open(io.BytesIO(LARGE))))


@needs_rawpy
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["jpeg", "bitmap"])
def test_previews_are_upright(orientation: int, kind: str) -> None:
    methods = (None, 0, 3, 1, 5, 2, 6, 4)
    method = methods[orientation - 1]
    stored = photo(320, 200) if method is None else photo(320, 200).transpose(method)
    found = read(raw_file([jpeg(stored) if kind == "jpeg" else np.asarray(stored)], orientation))
    turned = np.asarray(photo(320, 200))
    assert found.rgb.shape == turned.shape and (found.info.width, found.info.height) == (320, 200)
    assert np.abs(found.rgb.astype(int) - turned).mean() < 4


@needs_rawpy
def test_what_cannot_be_read_is_a_sentence() -> None:
    data = raw_file([SMALL, LARGE])
    for part in (0.5, 0.9, 0.99):
        assert refused(data[: int(len(data) * part)]).reason in ("truncated", "not_supported")
    assert refused(data[: len(data) - 100]).reason == "truncated"
    none = refused(raw_file([]))
    assert none.reason == "not_supported" and "no preview" in str(none)
    assert refused(CR2.join([b"II*\0\x10\0\0\0", bytes(500)])).reason == "not_supported"
    alone = refused(data, ())
    assert alone.reason == "not_supported" and "without the plugin" in str(alone)


def test_without_rawpy_a_file_that_is_named_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rawpy", None)
    monkeypatch.setattr(raw, "_library", lambda: "")
    found = refused(raw_file([LARGE]))
    assert found.reason == "codec_missing" and ".[raw]" in str(found)
    assert (RawDecoder().suffixes, RawDecoder().version) == ((), "1+none")


def test_other_tiffs_are_the_hosts_and_raw_files_the_plugins() -> None:
    mine = RawDecoder()
    assert read_by(raw_file([LARGE]), (mine,)) == read_by(raw_file([LARGE], mark=CR2), (mine,)) != 0
    assert read_by(encoded(PHOTO, "TIFF"), (mine,)) == 0
    pages = encoded(PHOTO, "TIFF", save_all=True, append_images=[PHOTO.resize((64, 48))])
    assert not camera_raw(pages) and not camera_raw(b"") and not camera_raw(b"II*\0") and not camera_raw(LARGE)
    nikon = raw_file([LARGE]).replace(b"\x12\xc6\1\0", b"\x11\xc6\1\0")  # no DNG: a thumbnail with more below it
    assert camera_raw(nikon) and read_by(nikon, (mine,)) != 0
    for head in (b"IIRO\x08\0\0\0", b"IIU\0\x08\0\0\0", b"\0\0\0\x18ftypcrx \0\0\0\1crx isom"):
        assert mine.matches(head.ljust(64, b"\0"))
    assert frozenset(SUFFIXES) == CAMERA_RAW


@needs_rawpy
def test_a_raw_file_is_in_the_group_of_its_jpeg(dedupe: Any, tmp_path: Path) -> None:
    (tmp_path / "IMG_1.JPG").write_bytes(jpeg(PHOTO, optimize=True))
    (tmp_path / "IMG_1.DNG").write_bytes(raw_file([SMALL, LARGE]))
    (tmp_path / "IMG_2.cr2").write_bytes(raw_file([SMALL, LARGE], mark=CR2)[:-50])
    ran = dedupe("scan", tmp_path, "--cache", "none")
    (group,) = ran.lines("group")
    assert {group["keep"]["format"], group["members"][0]["format"]} == {"JPEG", "RAW"}
    assert [line["reason"] for line in ran.lines("failure")] == ["truncated"]
    assert "unexpected end" not in ran.err.lower()


def test_without_rawpy_they_are_counted_with_what_to_install(dedupe: Any, tmp_path: Path, photos: Any) -> None:
    hidden = tmp_path / "hidden"
    (hidden / "rawpy").mkdir(parents=True)
    (hidden / "sitecustomize.py").write_text(
        "import sys\n\nclass Hide:\n    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'rawpy':\n            raise ModuleNotFoundError(name)\n\nsys.meta_path.insert(0, Hide())\n"
    )
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(photos[0].read_bytes())
    for name in ("b.NEF", "c.nef", "d.cr3", "e.mov"):
        (folder / name).write_bytes(raw_file([LARGE]))
    ran = dedupe("scan", folder, "--format", "table", "--cache", "none", env={"PYTHONPATH": str(hidden)})
    text = " ".join(ran.out.split())
    assert "not scanned: 2 .nef, 1 .cr3, 1 .mov" in text
    assert "To scan the previews in .cr3, .nef: pip install '.[raw]'" in text
    assert "could not be used" not in text
