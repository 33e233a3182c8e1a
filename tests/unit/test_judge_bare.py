"""Pictures with next to nothing in them: lamps in the dark, plain skies, a page with a letterhead."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw

from dedupe.judge.kinds import judge
from looks import look, saved
from pictures import lamps, sky


def test_lamps_at_night_are_matched_though_they_are_few_and_brighter_than_all_else() -> None:
    night = lamps(0)
    half = night.resize((320, 240), Image.Resampling.LANCZOS)
    copies = look(saved(night, 70)), look(saved(night, 80, "WEBP")), look(half)
    assert {judge(look(night), copy).kind for copy in copies} <= {"re-encoded", "adjusted"}
    assert [judge(look(night), look(lamps(other))).kind for other in (1, 2, 3)] == ["different"] * 3


def test_skies_are_matched_by_their_colours_and_those_of_other_colours_stay_apart() -> None:
    for number in range(4):
        image = sky(number)
        small = image.resize((225, 150), Image.Resampling.LANCZOS)
        copies = look(saved(image, 70)), look(saved(image, 80, "WEBP")), look(small)
        assert [judge(look(image), copy).kind for copy in copies] == ["re-encoded"] * 3
        mirrored = look(image.transpose(Image.Transpose.FLIP_TOP_BOTTOM))
        assert judge(look(image), mirrored, "vflip").kind == "re-encoded"
        assert judge(look(image), look(saved(sky(number + 1), 70))).kind == "different"


@pytest.mark.parametrize("number", ["4817", "4719"])
def test_a_number_that_alone_differs_on_a_page_that_is_nearly_blank_is_seen(number: str) -> None:
    pages = []
    for words in ("4711", number):
        page = Image.new("RGB", (1240, 1754), (250, 250, 250))
        draw = ImageDraw.Draw(page)
        draw.rectangle((80, 80, 280, 140), fill=(20, 60, 140))
        draw.text((90, 90), "ACME", fill="white", font_size=40)
        draw.text((900, 100), f"No. {words}", fill="black", font_size=26)
        pages.append(look(page))
    assert judge(*pages).kind == "variant"
