"""What two pictures are to each other, asked as verbs ask it: files, read and looked at by children."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from blake3 import blake3
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from dedupe.judge import judged
from dedupe.judge.changes import Change
from dedupe.judge.life import Source
from dedupe.judge.words import part
from dedupe.model import Failure, Run
from dedupe.model.judgement import Judgement
from dedupe.model.observed import as_line, from_line
from odd_pictures import chunk
from pictures import encoded, photo
from receipts import receipt

RUN = Run(workers=1, cache="none")


def source(content: bytes, name: str = "memory") -> Source:
    return Source(name.encode(), (-1, 0), blake3(content).digest(), content)


def asked(*pairs: tuple[bytes, bytes]) -> list[Judgement | Failure]:
    return judged([(source(a), source(b), "none") for a, b in pairs], (), RUN)


def captioned(image: Image.Image) -> Image.Image:
    copy = image.copy()
    draw = ImageDraw.Draw(copy)
    draw.rectangle((0, int(0.8 * copy.height), copy.width, copy.height), fill="black")
    draw.text((20, int(0.84 * copy.height)), "WORDS BELOW IT", fill="white", font_size=copy.height // 10)
    return copy


def cut(image: Image.Image) -> Image.Image:
    w, h = image.size
    return image.crop((w // 10, h // 12, w - w // 20, h - h // 8))


def grained(image: Image.Image) -> Image.Image:
    values = np.asarray(image) + np.random.default_rng(1).normal(0, 18, (image.height, image.width, 3))
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def turned_hues(image: Image.Image) -> Image.Image:
    hue, *rest = image.convert("HSV").split()
    return Image.merge("HSV", [hue.point(lambda value: (value + 85) % 256), *rest]).convert("RGB")


PHOTO = photo(640, 480)
COPIES: dict[str, tuple[str, Callable[[Image.Image], bytes]]] = {
    "lossless": ("same-pixels", lambda image: encoded(image, "WEBP", lossless=True)),
    "JPEG 90": ("re-encoded", lambda image: encoded(image, "JPEG", quality=90)),
    "JPEG 20": ("re-encoded", lambda image: encoded(image, "JPEG", quality=20)),
    "half": ("re-encoded", lambda image: encoded(image.resize((320, 240)), "JPEG", quality=85)),
    "quarter": ("re-encoded", lambda image: encoded(image.resize((160, 120)))),
    "enlarged": ("re-encoded", lambda image: encoded(image.resize((1200, 900)))),
    "brighter": ("adjusted", lambda image: encoded(ImageEnhance.Brightness(image).enhance(1.3))),
    "less contrast": ("adjusted", lambda image: encoded(ImageEnhance.Contrast(image).enhance(0.6))),
    "grey": ("adjusted", lambda image: encoded(image.convert("L"))),
    "more colour": ("adjusted", lambda image: encoded(ImageEnhance.Color(image).enhance(1.8))),
    "blurred": ("adjusted", lambda image: encoded(image.filter(ImageFilter.GaussianBlur(2)))),
    "grain": ("adjusted", lambda image: encoded(grained(image))),
    "mirrored": ("edited", lambda image: encoded(ImageOps.mirror(image), "JPEG", quality=80)),
    "turned": ("edited", lambda image: encoded(image.transpose(Image.Transpose.ROTATE_90))),
    "cut": ("edited", lambda image: encoded(cut(image), "JPEG", quality=80)),
    "framed": ("edited", lambda image: encoded(ImageOps.expand(image, 30, "white"))),
    "rotated": ("edited", lambda image: encoded(image.rotate(4, Image.Resampling.BICUBIC))),
    "captioned": ("edited", lambda image: encoded(captioned(image), "JPEG", quality=80)),
    "stretched": ("edited", lambda image: encoded(image.resize((640, 400)), "JPEG", quality=85)),
    "mirrored and cut": ("edited", lambda image: encoded(cut(ImageOps.mirror(image)))),
    "other hues": ("variant", lambda image: encoded(turned_hues(image))),
}


@pytest.fixture(scope="module")
def said() -> dict[str, Judgement | Failure]:
    """What is said of a photo and each of its copies."""
    return dict(zip(COPIES, asked(*((encoded(PHOTO), make(PHOTO)) for _, make in COPIES.values())), strict=True))


@pytest.mark.parametrize("how", COPIES)
def test_copies_of_a_photo_are_called_what_they_are(how: str, said: dict[str, Judgement | Failure]) -> None:
    found = said[how]
    assert isinstance(found, Judgement) and found.kind == COPIES[how][0], found


def test_words_say_what_was_done(said: dict[str, Judgement | Failure]) -> None:
    words = {how: found.why for how, found in said.items() if isinstance(found, Judgement)}
    assert words["half"] == "50 % of the size" and words["JPEG 90"] == "the same size"
    assert words["mirrored"] == "mirrored" and words["turned"] == "turned left"
    assert words["brighter"].startswith("brighter") and words["blurred"] == "blurred"
    assert words["cut"].startswith("cropped to 6") and "rotated by 4 degrees" in words["rotated"]
    assert words["captioned"] == "captioned" and words["framed"] == "with a border"


def test_what_is_changed_has_a_box(said: dict[str, Judgement | Failure]) -> None:
    found = said["captioned"]
    assert isinstance(found, Judgement) and found.box is not None
    left, top, right, bottom = found.box
    assert 0.7 < top < 0.85 and bottom > 0.95 and left < 0.1 and right > 0.6


def test_receipts_of_one_shop_are_variants_and_their_copies_are_copies() -> None:
    receipts = [receipt(number) for number in range(6)]
    contents = [encoded(each) for each in receipts]
    pairs = [(a, b) for i, a in enumerate(contents) for b in contents[:i]]
    assert {found.kind for found in asked(*pairs) if isinstance(found, Judgement)} == {"variant"}
    copies = [encoded(each, "JPEG", quality=70) for each in receipts] + [
        encoded(each.resize((210, 450), Image.Resampling.LANCZOS), "WEBP", quality=80) for each in receipts
    ]
    found = asked(*zip(contents * 2, copies, strict=True))
    assert [one.kind for one in found if isinstance(one, Judgement)] == ["re-encoded"] * 12


def scanned_form(number: int) -> Image.Image:
    """A form, filled in and scanned: its paper has grain."""
    rng = np.random.default_rng(number)
    image = Image.new("L", (827, 1169), 252)
    draw = ImageDraw.Draw(image)
    draw.rectangle((40, 40, 787, 120), fill=70)
    draw.text((60, 60), "APPLICATION FORM", fill=250, font_size=34)
    for y in range(160, 1060, 66):
        draw.text((50, y), "Address", fill=40, font_size=18)
        draw.rectangle((250, y - 8, 787, y + 40), outline=60, width=2)
        word = "".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz "), rng.integers(5, 28)))
        draw.text((262, y), word, fill=20, font_size=20)
    grain = np.asarray(image) + rng.normal(0, 3, (image.height, image.width))
    return Image.fromarray(np.clip(grain, 0, 255).astype(np.uint8))


def test_scanned_forms_that_are_filled_in_otherwise_are_variants() -> None:
    forms = [scanned_form(number) for number in range(4)]
    contents = [encoded(each) for each in forms]
    pairs = [(a, b) for i, a in enumerate(contents) for b in contents[:i]]
    assert {found.kind for found in asked(*pairs) if isinstance(found, Judgement)} == {"variant"}
    copies = [encoded(each.resize((414, 585), Image.Resampling.LANCZOS), "JPEG", quality=70) for each in forms]
    found = asked(*zip(contents, copies, strict=True))
    assert {one.kind for one in found if isinstance(one, Judgement)} <= {"re-encoded", "adjusted"}, found


def test_one_changed_line_of_a_large_screen_is_seen() -> None:
    screen = receipt(1).resize((840, 1800), Image.Resampling.BICUBIC)
    changed = screen.copy()
    draw = ImageDraw.Draw(changed)
    draw.rectangle((600, 540, 800, 580), fill="white")
    draw.text((620, 540), "12.34", fill="black", font_size=40)
    (found,) = asked((encoded(screen), encoded(changed)))
    assert isinstance(found, Judgement) and found.kind == "variant", found


def test_flat_pictures_count_by_their_shades() -> None:
    sky, dusk = (Image.linear_gradient("L").resize((300, 200)).point(lambda v, s=s: v // 4 + s) for s in (60, 120))
    same, other, blank = asked(
        (encoded(sky), encoded(sky, "JPEG", quality=90)),
        (encoded(sky), encoded(dusk)),
        (encoded(Image.new("RGB", (90, 90), "red")), encoded(Image.new("RGB", (90, 90), "green"))),
    )
    assert [one.kind for one in (same, other, blank) if isinstance(one, Judgement)] == [
        "re-encoded",
        "different",
        "different",
    ]


def test_an_animation_is_not_its_first_frame_nor_one_with_other_frames() -> None:
    frames = [PHOTO.resize((160, 120)), ImageOps.mirror(PHOTO.resize((160, 120))), cut(PHOTO).resize((160, 120))]
    whole = encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    others = encoded(frames[0], "WEBP", save_all=True, append_images=[frames[2], frames[1]], lossless=True)
    again = encoded(frames[0], "PNG", save_all=True, append_images=frames[1:])
    kinds = [
        one.kind
        for one in asked((whole, encoded(frames[0])), (whole, others), (whole, again))
        if isinstance(one, Judgement)
    ]
    assert kinds == ["similar", "variant", "same-pixels"]


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("ground", ["minisblack", "miniswhite"])
def test_pages_are_read_as_the_first_one_is_and_thumbnails_are_none(order: str, ground: str) -> None:
    import tifffile

    pages = [np.asarray(one.convert("L").resize((160, 120))).astype(np.uint16) * 257 for one in (PHOTO, cut(PHOTO))]

    def document(order: str, ground: str, **packed: object) -> bytes:
        out = io.BytesIO()
        with tifffile.TiffWriter(out, byteorder=order) as file:  # type: ignore[arg-type]
            for index, page in enumerate(pages):
                values = 65535 - page if ground == "miniswhite" else page
                file.write(values, photometric=ground, **packed)
                if packed and not index:
                    file.write(values[::4, ::4], photometric=ground, subfiletype=1)
        return out.getvalue()

    (found,) = asked((document("<", "minisblack"), document(order, ground, compression="zlib")))
    assert isinstance(found, Judgement) and found.kind == "same-pixels"


def test_frames_of_a_png_are_read_whatever_stands_beside_them() -> None:
    frames = [PHOTO.resize((160, 120)), ImageOps.mirror(PHOTO.resize((160, 120)))]
    whole = encoded(frames[0], save_all=True, append_images=frames[1:])
    (found,) = asked((whole, whole[:33] + chunk(b"pHYs", bytes(9))[:-4] + b"none" + whole[33:]))
    assert isinstance(found, Judgement) and found.kind == "same-pixels"


def test_deep_pictures_are_the_same_in_all_their_bits_and_as_they_lie() -> None:
    import tifffile

    def deep(values: np.ndarray, **options: object) -> bytes:
        out = io.BytesIO()
        tifffile.imwrite(out, values, photometric="rgb", **options)  # type: ignore[arg-type]
        return out.getvalue()

    values = np.asarray(PHOTO).astype(np.uint16) * 256
    floats = (values / 65535).astype(np.float32)
    turned = deep(np.ascontiguousarray(np.rot90(floats)), extratags=[(274, 3, 1, 6, True)])
    found = asked((deep(values), deep(values + 99)), (deep(floats), turned))
    assert [one.kind for one in found if isinstance(one, Judgement)] == ["re-encoded", "same-pixels"]


def test_no_size_is_said_with_an_exponent() -> None:
    (found,) = asked((encoded(PHOTO.resize((80, 60))), encoded(PHOTO.resize((1600, 1200)))))
    assert isinstance(found, Judgement) and found.why.endswith("2,000 % of the size"), found


def test_lost_transparency_is_more_than_another_encoding() -> None:
    icon = PHOTO.convert("RGBA")
    icon.putalpha(Image.new("L", icon.size, 255))
    icon.paste((255, 255, 255, 0), (0, 0, 200, 200))
    flat = Image.alpha_composite(Image.new("RGBA", icon.size, "white"), icon).convert("RGB")
    (found,) = asked((encoded(icon), encoded(flat)))
    assert isinstance(found, Judgement) and (found.kind, found.why) == ("adjusted", "without transparency")


def test_what_cannot_be_read_again_is_a_failure_of_its_own_pair(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.png", tmp_path / "changed.png"
    good.write_bytes(encoded(PHOTO))
    bad.write_bytes(encoded(cut(PHOTO)))
    sources = {}
    for path in (good, bad):
        stat = path.stat()
        digest = blake3(path.read_bytes()).digest()
        sources[path] = Source(bytes(path), (stat.st_dev, stat.st_ino), digest)
    bad.write_bytes(encoded(PHOTO.resize((64, 48))))
    gone = Source(bytes(tmp_path / "gone.png"), (1, 1), bytes(32))
    found = judged(
        [(sources[good], gone, "none"), (sources[good], sources[bad], "none"), (sources[good], sources[good], "none")],
        (),
        RUN,
    )
    assert [one.reason if isinstance(one, Failure) else one.kind for one in found] == [
        "vanished",
        "changed",
        "same-bytes",
    ]
    assert isinstance(found[1], Failure) and found[1].path == bytes(bad) and found[1].stage == "judge"


def test_what_was_laid_over_is_said_in_words():
    places = [(0.4, 0.8, 0.6, 1.0), (0.0, 0.0, 0.2, 0.2), (0.4, 0.4, 0.6, 0.6), (0.0, 0.7, 1.0, 0.9)]
    whole = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
    over = [(place, (0.1, 0.8), "b") for place in places] + [(places[0], (0.5, 0.1), "a"), (places[3], (0.9, 0.2), "")]
    assert [
        part(Change(box, compact=True, filled=0.5, plain=plain, edged=0.9, added=added), whole)
        for box, plain, added in over
    ] == [
        "with something added at the bottom",
        "with something added at the upper left",
        "with something added in the middle",
        "captioned",
        "with something taken away at the bottom",
        "without the caption",
    ]


def test_what_is_cut_captioned_and_framed_is_said_from_both_sides() -> None:
    edits = {
        "caption": captioned(PHOTO),
        "border": ImageOps.expand(PHOTO, 30, "white"),
        "bars": ImageOps.expand(PHOTO, (0, 40), "black"),
        "grey": PHOTO.convert("L"),
        "turned": ImageOps.mirror(PHOTO).transpose(Image.Transpose.ROTATE_90),
    }
    pairs = [(encoded(PHOTO), encoded(image)) for image in edits.values()]
    found = asked(*pairs, *((b, a) for a, b in pairs))
    assert [one.why for one in found if isinstance(one, Judgement)] == [
        "captioned",
        "with a border",
        "with bars above and below",
        "in grey",
        "mirrored and turned left",
        "without the caption",
        "without the border",
        "without the bars above and below",
        "in colour",
        "mirrored and turned left",
    ]


def test_evidence_is_given_where_it_is_asked_for_and_never_remembered(tmp_path: Path) -> None:
    run = Run(workers=1, cache=tmp_path / "cache.sqlite3")
    pair = (
        source(encoded(PHOTO, "JPEG", quality=95)),
        source(encoded(captioned(cut(PHOTO)), "JPEG", quality=60)),
        "none",
    )
    (plain,), (said,), (again,) = (judged([pair], (), run, evidence=some) for some in (False, True, False))
    assert isinstance(said, Judgement) and plain == again == replace(said, evidence=None)
    seen = said.evidence
    assert seen is not None and not seen.drawn and seen.blocks > 100 and seen.jpeg_quality == (95, 60)
    assert 0.6 < seen.shown < 0.7 and seen.beyond < 0.02 and seen.rotated < 0.2 and abs(seen.lighter) < 3
    (left, top, right, bottom), *_ = seen.boxes
    assert 0 <= left < 0.2 and 0.6 < top < 0.8 < right <= 1 and 0.8 < bottom < 0.95
    assert abs(np.array(seen.corners) - [(0.1, 1 / 12), (0.95, 1 / 12), (0.95, 7 / 8), (0.1, 7 / 8)]).max() < 0.01
    assert from_line(json.loads(json.dumps(as_line(seen)))).corners[0] == pytest.approx(seen.corners[0], abs=1e-3)


def test_a_shirt_in_other_colours_is_another_shirt() -> None:
    def shirt(colour: str) -> bytes:
        image = Image.new("RGB", (300, 300), "white")
        draw = ImageDraw.Draw(image)
        draw.polygon(
            [(90, 40), (210, 40), (270, 110), (230, 140), (220, 270), (80, 270), (70, 140), (30, 110)], fill=colour
        )
        draw.line([(150, 90), (150, 260)], fill="white", width=3)
        draw.ellipse((135, 30, 165, 60), fill="white")
        return encoded(image)

    pairs = [("navy", "firebrick"), ("navy", "black"), ("orange", "teal"), ("red", "pink")]
    found = asked(*((shirt(a), shirt(b)) for a, b in pairs), (shirt("navy"), shirt("navy")))
    assert [one.kind for one in found if isinstance(one, Judgement)] == ["variant"] * 4 + ["same-bytes"]
