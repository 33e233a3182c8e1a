"""Two pictures drawn side by side: the second as it lies over the first, with what differs marked."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from dedupe.judge.kinds import judge
from dedupe.judge.look import Look
from dedupe.model import Traits
from dedupe.model.judgement import Judgement
from dedupe.model.observed import Observed
from dedupe.previews.drawing import ABSENT, Captions, drawn
from dedupe.previews.page import MARGIN, MARK
from dedupe.whole.kinds import DRAWN, DRAWN_AT
from pictures import photo

PHOTO = photo(480, 360)
WORDS = Captions("Said of both.", ("A  a.png", "B  b.png"), ("480x360", "480x360"), "Below.")


def judged(a: Image.Image, b: Image.Image) -> Judgement:
    looks = [
        Look(np.asarray(one), *one.size, size=100_000, traits=Traits(), whole=lambda one=one: np.asarray(one))
        for one in (a, b)
    ]
    return judge(*looks, evidence=True)


def pages(a: Image.Image, b: Image.Image, seen: Observed | None, words: Captions = WORDS) -> np.ndarray:
    made = drawn(np.asarray(a), np.asarray(b), seen, words)
    assert made[DRAWN_AT : DRAWN_AT + len(DRAWN)] == DRAWN
    with Image.open(io.BytesIO(made)) as image:
        image.load()
        assert image.mode == "RGB" and image.width <= 1600
        return np.asarray(image)


def panels(page: np.ndarray, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """Two panels of that size beside each other, which end 12 pixels and a line above the lower margin."""
    bottom = page.shape[0] - MARGIN - 12 - 21
    left = page.shape[1] // 2 + 12
    return page[bottom - height : bottom, MARGIN : MARGIN + width], page[bottom - height : bottom, left : left + width]


def is_colour(page: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    return np.all(page == colour, axis=-1)


def test_a_cut_and_captioned_copy_lies_on_its_original_and_is_marked_on_both() -> None:
    copy = PHOTO.crop((48, 36, 480, 360))
    draw = ImageDraw.Draw(copy)
    draw.rectangle((0, 220, 432, 280), fill="black")
    draw.text((20, 230), "WORDS UPON IT", fill="white", font_size=36)
    said = judged(PHOTO, copy)
    assert said.why == "cropped to 81 % and captioned" and said.evidence is not None
    a, b = panels(pages(PHOTO, copy, said.evidence), 480, 360)
    lines = [is_colour(one, MARK) for one in (a, b)]
    assert lines[0].sum() > 800 and np.array_equal(*lines), "one box, at the same place in both"
    rows = np.flatnonzero(lines[0].sum(axis=1) > 100)
    assert 224 <= rows.min() <= 256 and 316 <= rows.max() <= 350, "within two blocks"
    assert is_colour(b[:30], ABSENT).all() and is_colour(b[:, :42], ABSENT).all() and not is_colour(a, ABSENT).any()
    inside = np.s_[50:230, 70:440]
    assert np.abs(a[inside].astype(int) - b[inside]).mean() < 4, "both show the same at the same place"


def test_a_mirrored_copy_with_a_border_is_shown_as_the_first_lies() -> None:
    copy = ImageOps.expand(ImageOps.mirror(PHOTO), 24, "white")
    said = judged(PHOTO, copy)
    assert said.evidence is not None and said.why == "mirrored and with a border"
    a, b = panels(pages(PHOTO, copy, said.evidence), 528, 408)
    inside = np.s_[40:360, 40:480]
    assert np.abs(a[inside].astype(int) - b[inside]).mean() < 4
    assert is_colour(a[:20], ABSENT).all() and (b[4:18] > 240).all()


@pytest.mark.parametrize(
    ("a", "b"), [((16, 12), (3000, 2000)), ((3000, 2), (2, 3000)), ((2400, 300), (300, 300)), ((1, 1), (1, 1))]
)
def test_what_cannot_be_aligned_stands_side_by_side(a: tuple[int, int], b: tuple[int, int]) -> None:
    page = pages(PHOTO.resize(a), PHOTO.resize(b), None, replace(WORDS, names=("A  \u5199\u771f.png" * 40, "B  b")))
    assert page.shape[0] < 1200 and not is_colour(page, MARK).any()


def test_a_tiny_and_a_huge_copy_are_shown_at_one_size() -> None:
    tiny = PHOTO.resize((16, 12), Image.Resampling.BOX)
    seen = judged(PHOTO, PHOTO).evidence
    assert seen is not None
    for pair in ((tiny, PHOTO), (PHOTO, tiny)):
        a, b = panels(pages(*pair, seen), 480, 360)
        assert np.abs(a.astype(int) - b).mean() < 30
