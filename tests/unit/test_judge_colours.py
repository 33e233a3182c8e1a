"""What two photos are to each other that differ in their colours, or in none though a codec had more."""

from __future__ import annotations

import io

import numpy as np
from blake3 import blake3
from PIL import Image, ImageEnhance, ImageOps

from dedupe.judge.reading import Opened, judge_files, opened
from dedupe.model.judgement import Judgement
from pictures import encoded, photo

CAP = 1_000_000
PHOTO = photo(640, 480)


def said(a: bytes, b: bytes) -> Judgement:
    def read(data: bytes) -> Opened:
        return opened(data, blake3(data).digest(), (), CAP)

    return judge_files(read(a), read(b), "none", (), CAP)


def test_a_photo_in_shades_of_one_colour_is_adjusted_and_says_so() -> None:
    tones = [("#201008", "#fff0d8"), ("#101040", "#ffd0d0"), ("#001830", "#e8f8ff")]
    toned = [ImageOps.colorize(ImageOps.grayscale(PHOTO), *both) for both in tones]
    found = [said(encoded(PHOTO), encoded(image, "JPEG", quality=85)) for image in toned]
    back = said(encoded(toned[0]), encoded(PHOTO))
    assert [one.kind for one in (*found, back)] == ["adjusted"] * 4
    assert ["in shades of one colour" in one.why for one in (*found, back)] == [True] * 3 + [False]
    assert "in full colour" in back.why


def test_a_photo_with_other_colours_all_over_has_not_lost_any() -> None:
    pale, warm = ImageEnhance.Color(PHOTO).enhance(0.4), PHOTO.convert("RGB", (1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0.75, 0))
    for a, b in (PHOTO, pale), (pale, PHOTO), (PHOTO, warm):
        found = said(encoded(a), encoded(b))
        assert found.kind == "adjusted" and "shades" not in found.why and "full" not in found.why


def test_pixels_that_are_equal_are_known_whatever_colours_the_codec_had() -> None:
    colours = np.kron(np.random.default_rng(0).integers(0, 2, (20, 20, 3)) * 255, np.ones((16, 16, 1)))
    saturated = Image.fromarray(colours.astype(np.uint8))
    first = encoded(saturated, "JPEG", quality=60)
    with Image.open(io.BytesIO(first)) as image:
        others = [encoded(image.convert("RGB")), first[:2] + b"\xff\xfe\0\7again" + first[2:]]
    found = [said(first, other) for other in [*others, encoded(saturated, "JPEG", quality=80)]]
    assert [one.kind for one in found] == ["same-pixels", "same-pixels", "re-encoded"]
