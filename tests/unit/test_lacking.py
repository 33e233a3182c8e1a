"""What one of two pictures lacks that the other one has, whichever of them comes first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from dedupe.judge.kinds import judge
from dedupe.judge.life import PairTask, Source, told, understood
from dedupe.judge.look import Look
from dedupe.model.judgement import Judgement, Lack
from looks import look, saved, sized
from pictures import photo

BICUBIC, LANCZOS = Image.Resampling.BICUBIC, Image.Resampling.LANCZOS
EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "photos" / "zoo"


def written_on(image: Image.Image) -> Image.Image:
    copy = image.copy()
    size = copy.height // 8
    ImageDraw.Draw(copy).text(
        (size, size // 4), "WHEN YOU SEE IT", "white", font_size=size, stroke_width=3, stroke_fill="black"
    )
    return copy


def toned(image: Image.Image) -> Image.Image:
    """In sepia, as photo programs do it."""
    return image.convert("RGB", (0.393, 0.769, 0.189, 0, 0.349, 0.686, 0.168, 0, 0.272, 0.534, 0.131, 0))


def barred(image: Image.Image) -> Image.Image:
    copy = image.copy()
    ImageDraw.Draw(copy).rectangle((0, copy.height * 6 // 7, copy.width, copy.height), fill="black")
    return copy


def on_a_screen(image: Image.Image) -> Image.Image:
    """With bars above and below that hold text."""
    high, size = image.height // 5, image.height // 12
    copy = ImageOps.expand(image, (0, high), "white")
    for y in (high // 4, copy.height - high * 3 // 4):
        ImageDraw.Draw(copy).text((0, y), "12:40 Photos and more to see", "black", font_size=size, stroke_width=1)
    return copy


def cut(image: Image.Image) -> Image.Image:
    w, h = image.size
    return image.crop((w // 10, h // 12, w - w // 12, h - h // 10))


def pasted(image: Image.Image) -> Image.Image:
    """Somewhere in a photo with more pixels."""
    other = Image.open(EXAMPLES / "lemurs.jpg").convert("RGB").resize((image.width * 3 // 2, image.height * 3 // 2))
    other.paste(sized(image, 0.6), (image.width // 3, image.height // 4))
    return other


def in_a_collage(image: Image.Image) -> Image.Image:
    """The upper left one of four."""
    w, h = image.width * 2 // 3, image.height * 2 // 3
    sheet = Image.new("RGB", (2 * w, 2 * h))
    for index, name in enumerate(("", "lemurs.jpg", "hedgehog.jpg", "lemurs.jpg")):
        one = Image.open(EXAMPLES / name).convert("RGB") if name else image
        sheet.paste(one.resize((w, h), LANCZOS), (index % 2 * w, index // 2 * h))
    return saved(sheet, 90)


ORIGINAL = saved(photo(), 92)
LARGE = saved(Image.open(EXAMPLES / "koala.jpg").convert("RGB"), 92)
"""One that has more pixels than are looked at first."""

WORSE = {
    "1.5 times, bicubic": (lambda image: saved(sized(image, 1.5, BICUBIC), 92), "enlarged"),
    "1.5 times, Lanczos": (lambda image: saved(sized(image, 1.5), 92), "enlarged"),
    "twice, bicubic": (lambda image: sized(image, 2, BICUBIC), "enlarged"),
    "twice, Lanczos": (lambda image: saved(sized(image, 2), 95), "enlarged"),
    "half": (lambda image: sized(image, 0.5), "detail"),
    "half, then enlarged": (lambda image: sized(image, 0.5).resize(image.size, BICUBIC), "detail"),
    "blurred": (lambda image: image.filter(ImageFilter.GaussianBlur(1.5)), "detail"),
    "very blurred": (lambda image: image.filter(ImageFilter.GaussianBlur(3)), "detail"),
    "JPEG 40, then 100": (lambda image: saved(saved(image, 40), 100), "detail"),
    "cut": (cut, "cut"),
    "cut, then enlarged": (lambda image: cut(image).resize(image.size, BICUBIC), "cut"),
    "with a border": (lambda image: ImageOps.expand(image, image.width // 15, "white"), "framed"),
    "on a screen": (on_a_screen, "framed"),
    "pasted into another one": (pasted, "detail"),
    "in a collage": (in_a_collage, "detail"),
    "written on": (written_on, "covered"),
    "partly hidden": (barred, "covered"),
    "grey": (ImageOps.grayscale, "colour"),
    "sepia": (toned, "hues"),
}
NO_WORSE = {
    "JPEG 80": lambda image: saved(image, 80),
    "sharpened": lambda image: image.filter(ImageFilter.UnsharpMask(2, 80, 0)),
    "brighter": lambda image: image.point(lambda level: min(255, level * 1.15)),
    "mirrored": ImageOps.mirror,
}


def lacks(a: Look, b: Look) -> tuple[str, str] | None:
    found = judge(a, b).lacks
    return found and (found.side, found.what)


@pytest.mark.parametrize("image", [ORIGINAL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("how", WORSE)
def test_a_worse_copy_lacks_what_its_original_has(how: str, image: Image.Image) -> None:
    change, what = WORSE[how]
    original, copy = look(image), look(change(image))
    assert lacks(original, copy) == ("b", what)
    assert lacks(copy, original) == ("a", what)


@pytest.mark.parametrize("how", NO_WORSE)
def test_what_is_only_another_lacks_nothing(how: str) -> None:
    original, copy = look(ORIGINAL), look(NO_WORSE[how](ORIGINAL))
    assert lacks(original, copy) is None and lacks(copy, original) is None


def test_of_two_that_each_lack_something_neither_counts() -> None:
    whole, part = look(sized(LARGE, 0.4)), look(cut(LARGE))
    assert judge(whole, part).kind == "edited" and lacks(whole, part) is None


def test_what_the_file_has_counts_too() -> None:
    assert lacks(look(ORIGINAL), look(ORIGINAL, alpha=True)) == ("a", "transparency")
    assert lacks(look(ORIGINAL, depth=16), look(ORIGINAL)) == ("b", "depth")


def test_camera_data_speak_for_an_original() -> None:
    large = sized(ORIGINAL, 2)
    assert lacks(look(ORIGINAL, camera=True), look(large, camera=True)) == ("b", "enlarged")
    assert lacks(look(ORIGINAL), look(large, camera=True)) is None


def test_smooth_pictures_of_two_sizes_hold_the_same_and_camera_data_decide() -> None:
    smooth = photo(80, 60).resize((800, 600), BICUBIC)
    half = sized(smooth, 0.5)
    assert lacks(look(smooth), look(half)) is None
    assert lacks(look(smooth), look(half, camera=True)) == ("a", "enlarged")


@pytest.mark.parametrize("lack", [None, Lack("a", "cut", 1.5), Lack("b", "detail", 0.25)])
def test_what_a_child_says_arrives(lack: Lack | None) -> None:
    said = Judgement("edited", "cropped", 0.9, lacks=lack)
    task = PairTask((0,), *(Source(name, (0, 0), bytes(32)) for name in (b"a", b"b")), "none")
    assert understood(told(said, False), task) == said
    with pytest.raises(ValueError, match="lacked"):
        understood(told(Judgement("edited", "cropped", 0.9, lacks=Lack("a", "taste")), False), task)


def test_strong_noise_drowns_detail() -> None:
    noise = np.random.default_rng(3).normal(0, 30, (ORIGINAL.height, ORIGINAL.width, 3))
    noisy = Image.fromarray(np.clip(np.asarray(ORIGINAL) + noise, 0, 255).astype(np.uint8))
    assert lacks(look(ORIGINAL), look(noisy)) == ("b", "detail")
    assert lacks(look(noisy), look(ORIGINAL)) == ("a", "detail")


@pytest.mark.parametrize("share", [1 / 4, 1 / 3, 1 / 2, 0.77])
def test_a_drawing_is_no_enlargement_of_what_was_made_smaller_out_of_it(share: float) -> None:
    drawing = Image.new("RGB", (900, 900), "white")
    draw = ImageDraw.Draw(drawing)
    for n in range(10):
        at, width = 30 + 93 * n, 6 if n % 3 == 0 else 2
        draw.line((30, at, 867, at), "black", width)
        draw.line((at, 30, at, 867), "black", width)
    for n in range(27):
        at = 76 + 93 * (n * 5 % 9), 76 + 93 * (n // 3)
        draw.text(at, str(1 + n * 7 % 9), "black", font_size=52, anchor="mm")
    for smaller in (
        sized(drawing, share),
        saved(sized(drawing, share), 85),
        sized(drawing, share, Image.Resampling.BOX),
    ):
        lack = judge(look(drawing), look(smaller)).lacks
        assert lack is None or (lack.side, lack.what) == ("b", "detail")
    for kernel in (BICUBIC, LANCZOS):
        lack = judge(look(saved(sized(drawing, 2, kernel), 92)), look(drawing)).lacks
        assert lack is not None and (lack.side, lack.what) == ("a", "enlarged")
