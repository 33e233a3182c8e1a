"""Parts of pictures: small crops, pictures pasted into others, collages, screens."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from dedupe_distortions.scenes import Screenshot
from PIL import Image

from dedupe import testing
from dedupe.judge import placing
from dedupe.judge.frames import unframed
from dedupe.judge.kinds import judge
from dedupe.judge.matches import Matches
from dedupe.judge.words import joined
from dedupe.model.judgement import COPIES, Judgement
from dedupe.near.why import LACKING
from dedupe.near.why import joined as with_reason
from kinds.shots import moved
from looks import look

SIZE = 400, 300


def photo(number: int) -> Image.Image:
    with Image.open(testing.photos()[number]) as image:
        return image.convert("RGB").resize(SIZE)


def cut(share: float) -> Callable[[Image.Image], Image.Image]:
    """The upper left, of such a share of each side."""
    return lambda image: image.crop((20, 15, 20 + round(share * image.width), 15 + round(share * image.height)))


def pasted(share: float, on: int = 9) -> Callable[[Image.Image], Image.Image]:
    """Onto another photo, at the lower right."""

    def paste(image: Image.Image) -> Image.Image:
        canvas, small = photo(on), image.resize((round(share * image.width), round(share * image.height)))
        canvas.paste(small, (canvas.width - small.width - 7, canvas.height - small.height - 9))
        return canvas

    return paste


def collage(across: int) -> Callable[[Image.Image], Image.Image]:
    """With others, at the lower right."""

    def paste(image: Image.Image) -> Image.Image:
        canvas = Image.new("RGB", SIZE, "white")
        wide, high = SIZE[0] // across, SIZE[1] // across
        for place in range(across * across):
            one = image if place == across * across - 1 else photo(40 + place)
            canvas.paste(one.resize((wide - 4, high - 4)), (place % across * wide, place // across * high))
        return canvas

    return paste


CASES = {
    "a quarter": (cut(0.5), ("shows 25 % of it, at the upper left", "a"), ("contains it, at the upper left", "b")),
    "a tenth": (cut(0.316), ("shows 10 % of it, at the upper left", "a"), ("contains it, at the upper left", "b")),
    "half wide": (pasted(0.5), ("contains it, at the lower right", "b"), ("shows 25 % of it, at the lower right", "a")),
    "a third wide": (
        pasted(0.35),
        ("contains it, at the lower right", "b"),
        ("shows 12 % of it, at the lower right", "a"),
    ),
    "one of four": (
        collage(2),
        ("contains it, at the lower right", "b"),
        ("shows 24 % of it, at the lower right", "a"),
    ),
    "one of nine": (
        collage(3),
        ("contains it, at the lower right", "b"),
        ("shows 10 % of it, at the lower right", "a"),
    ),
}


@pytest.mark.parametrize("number", [3, 99])
@pytest.mark.parametrize("case", CASES)
def test_of_a_part_it_is_said_which_part_it_is(case: str, number: int) -> None:
    change, *said = CASES[case]
    one, other = look(photo(number)), look(change(photo(number)))
    found = judge(one, other), judge(other, one)
    assert [each.kind for each in found] == ["edited", "edited"]
    assert [(each.why.partition(";")[0], each.contains) for each in found] == said


def test_a_screen_contains_the_picture_that_it_shows() -> None:
    screen = Image.fromarray(Screenshot().apply(np.asarray(photo(3)), np.random.default_rng(1)))
    found = judge(look(photo(3)), look(screen))
    assert (found.kind, found.contains) == ("edited", "b")


@pytest.mark.parametrize("change", [pasted(0.5), pasted(0.35), collage(2), collage(3)])
def test_no_picture_is_a_part_of_one_that_has_another(change: Callable[[Image.Image], Image.Image]) -> None:
    other = look(change(photo(3)))
    found = [judge(look(photo(number)), other) for number in (20, 60, 81)]
    assert not [each for each in found if each.kind in COPIES or each.contains]


def test_two_pictures_that_share_a_part_are_not_one() -> None:
    found = judge(look(pasted(0.5, on=9)(photo(3))), look(pasted(0.5, on=30)(photo(3))))
    assert found.kind not in COPIES and found.contains is None


def test_a_part_of_which_few_points_stand_out_is_looked_for_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = look(photo(99)), look(collage(3)(photo(99)))
    assert judge(a, b).contains == "b"
    monkeypatch.setattr(placing, "by_parts", lambda *_: [])
    assert judge(a, b).kind not in COPIES


def test_what_is_whole_contains_nothing() -> None:
    assert judge(look(photo(3)), look(photo(3).resize((300, 225)))).contains is None


def test_matches_agree_that_put_each_other_where_they_are() -> None:
    rng = np.random.default_rng(5)
    here, there = rng.uniform(0, 400, (2, 30, 2)).astype(np.float32)
    larger, turned = rng.uniform(-2, 2, 30).astype(np.float32), rng.uniform(-3, 3, 30).astype(np.float32)
    there[:6], larger[:6], turned[:6] = here[:6] / 2 + 50, -1, 0.05
    there[6], here[6], larger[6], turned[6] = there[5], here[5], -1, 0.05  # the same point again
    found = Matches(here, there, larger, turned).agreeing()
    assert sorted(map(tuple, found.here.tolist())) == sorted(map(tuple, here[:6].tolist()))
    none = np.zeros((0, 2), np.float32)
    assert not len(Matches(none, none, none[:, 0], none[:, 0]).agreeing())


def test_a_part_is_said_first_and_its_reason_once() -> None:
    said = joined(["mirrored", "shows 25 % of it, at the upper left", "in grey"])
    assert said == "shows 25 % of it, at the upper left; mirrored and in grey"
    assert with_reason(said, LACKING["cut"][1]) == said


@pytest.mark.parametrize(("contains", "holder"), [("a", "keep"), ("b", "member"), (None, None)])
def test_a_group_says_who_contains_whom(contains: str | None, holder: str | None) -> None:
    assert Judgement("edited", "", 1.0, contains=contains).holder == holder


def test_photos_alike_by_chance_are_told_apart_at_a_glance_and_cropped_ones_found() -> None:
    looks = [look(photo(number)) for number in range(60)]
    alike = sorted(combinations(looks, 2), key=lambda pair: -placing.coarse(*pair, "none"))[:8]
    assert min(placing.coarse(*pair, "none") for pair in alike) > placing.WHOLE
    fresh = [(look(Image.fromarray(a.small)), look(Image.fromarray(b.small))) for a, b in alike]
    assert not [pair for pair in fresh if judge(*pair).kind in COPIES]
    at_a_glance = [a for a, _ in fresh if "keypoints" not in vars(a)]
    assert len(at_a_glance) >= 5 and not [a for a, _ in fresh if "many_keypoints" in vars(a)]
    for number in (3, 20, 99):
        foggy = Image.blend(photo(number), Image.new("RGB", SIZE, (200, 200, 205)), 0.85)
        assert judge(look(foggy), look(foggy.crop((16, 12, 388, 292)))).kind == "edited"
        cropped = look(photo(number).crop((16, 12, 388, 292)).resize(SIZE))
        assert judge(look(photo(number)), cropped).kind == "edited"


def test_what_is_all_frame_has_nothing_inside() -> None:
    pixels = np.full((200, 200, 3), 250, np.uint8)
    pixels[100] = np.random.default_rng(1).integers(0, 255, (200, 3))
    assert unframed(look(Image.fromarray(pixels))) is None


@pytest.mark.parametrize("number", [3, 20, 60])
def test_in_a_second_shot_of_a_scene_no_part_is_looked_for(number: int) -> None:
    first, second = look(photo(number)), look(moved(photo(number), np.random.default_rng(number), 0.04))
    assert judge(first, second).kind == "similar"
    assert "keypoints" in vars(first) and "many_keypoints" not in vars(first)
