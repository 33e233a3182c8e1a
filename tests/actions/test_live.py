"""Live Photos: a clip goes with its picture, and not with one that only has its name."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest
from PIL import Image

from dedupe.actions import apply
from dedupe.actions.live import strangers
from made_plans import made_plan

ONE, OTHER = "0C9A1A5E-1111-4D6B-9C6A-0123456789AB", "7B2F6C10-2222-4D6B-9C6A-0123456789AB"


def still(path: Path, identifier: str, colour: int = 90) -> None:
    text = identifier.encode() + b"\0"
    entry = struct.pack(">HHII", 17, 2, len(text), 16 + 12 + 4)
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x927C] = b"Apple iOS\0\0\1MM" + struct.pack(">H", 1) + entry + b"\0\0\0\0" + text
    Image.new("RGB", (16, 16), (20, colour, 30)).save(path, exif=exif)


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def clip(path: Path, identifier: str) -> None:
    key = box(b"mdta", b"com.apple.quicktime.content.identifier")
    value = box(b"\0\0\0\1", box(b"data", b"\0\0\0\1\0\0\0\0" + identifier.encode()))
    meta = box(b"meta", box(b"keys", b"\0\0\0\0\0\0\0\1" + key) + box(b"ilst", value))
    path.write_bytes(box(b"ftyp", b"qt  ") + struct.pack(">I4sQ", 1, b"mdat", 16 + 9) + b"x" * 9 + box(b"moov", meta))


@pytest.mark.parametrize(("identifier", "apart"), [(ONE, False), (OTHER, True)])
def test_both_have_to_say_something_else(tmp_path, identifier, apart):
    picture, film = tmp_path / "a.jpg", tmp_path / "a.MOV"
    still(picture, ONE)
    clip(film, identifier)
    assert strangers(os.fsencode(picture), os.fsencode(film)) == apart
    Image.new("RGB", (16, 16)).save(picture)
    assert not strangers(os.fsencode(picture), os.fsencode(film))
    still(picture, ONE)
    for content in (b"", b"no clip at all", box(b"moov", b"nothing"), b"\0\0\0\1moov\xff", b"\xff" * 40):
        film.write_bytes(content)
        assert not strangers(os.fsencode(picture), os.fsencode(film))


@pytest.mark.parametrize(("identifier", "companions"), [(ONE, 1), (OTHER, 0)])
def test_a_clip_goes_with_its_own_picture_alone(tmp_path, identifier, companions):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        still(tmp_path / folder / "IMG_1.jpg", ONE)
        clip(tmp_path / folder / "IMG_1.MOV", ONE if folder == "a" else identifier)
    kept, goes = tmp_path / "a/IMG_1.jpg", tmp_path / "b/IMG_1.jpg"
    (one,) = apply(made_plan(tmp_path / "plan.jsonl", tmp_path, (kept, [(goes, "same-bytes")]))).outcomes
    assert (one.state, one.companions) == ("would be done", companions)
