"""Variants: one layout and other content."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from dedupe_distortions.text import Caption
from PIL import Image, ImageFilter

from kinds.files import distorted, opened, save
from kinds.layouts import LAYOUTS, LINES, Layout, number
from kinds.pair import Way
from kinds.words import say

ONE_LINE = ("receipt", "form", "slide", "chat", "settings", "ticket", "page")
"""Layouts in which one line alone may differ."""


def lines(rng: np.random.Generator) -> list[str]:
    return [say(rng, int(rng.integers(2, 4))) for _ in range(LINES)]


def printed(layout: Layout, seed: int, contents: list[str], stem: Path, suffix: str) -> Path:
    options = {"quality": 85} if suffix.endswith(".jpg") else {}
    return save(layout(np.random.default_rng(seed), contents), stem, suffix, **options)


def two(layout: Layout, _photo: Path, stem: Path, rng: np.random.Generator) -> tuple[Path, Path]:
    """Two of one layout with contents of their own."""
    seed, suffix = int(rng.integers(1 << 30)), (".png", ".jpg")[int(rng.integers(2))]
    return (
        printed(layout, seed, lines(rng), stem, f".a{suffix}"),
        printed(layout, seed, lines(rng), stem, f".b{suffix}"),
    )


def one_line(layout: Layout, _photo: Path, stem: Path, rng: np.random.Generator) -> tuple[Path, Path]:
    """Two that differ in one line, and in what follows from it."""
    seed, suffix, contents = int(rng.integers(1 << 30)), (".png", ".jpg")[int(rng.integers(2))], lines(rng)
    other = list(contents)
    at = int(rng.integers(3))
    while number(other[at], 100) == number(contents[at], 100):
        other[at] = say(rng, 2)
    return printed(layout, seed, contents, stem, f".a{suffix}"), printed(layout, seed, other, stem, f".b{suffix}")


def other_caption(photo: Path, stem: Path, rng: np.random.Generator) -> tuple[Path, Path]:
    """One photo with two captions, as memes have them."""
    image, caption = opened(photo), distorted(Caption(area=0.2))
    return save(caption(image, rng), stem, ".a.jpg", quality=88), save(caption(image, rng), stem, ".b.jpg", quality=88)


def dyed(photo: Path, stem: Path, rng: np.random.Generator) -> tuple[Path, Path] | None:
    """A thing on its white ground in another colour, the ground as it was; None for photos without such a thing."""
    image = opened(photo)
    hsv = np.array(image.convert("HSV"))
    hue, deep, light = (hsv[..., each] for each in range(3))
    white, coloured = (deep < 45) & (light > 170), (deep > 90) & (light > 50)
    edge = max(2, min(image.size) // 20)
    white[edge:-edge, edge:-edge] = False
    if white.sum() < 0.6 * 2 * edge * sum(image.size) or coloured.mean() < 0.08:
        return None
    turn = np.where(coloured, int(rng.integers(60, 196)), 0).astype(np.uint8)
    other = Image.merge("HSV", [Image.fromarray(each) for each in (hue + turn, deep, light)]).convert("RGB")
    soft = Image.fromarray((coloured * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(1))
    return photo, save(Image.composite(other, image, soft), stem, ".jpg", quality=90)


ALL_NEW = ("chat", "page")
"""Layouts of which so little is left under other content that two of them are `different`, too."""

WAYS = (
    *(
        Way(f"{name}: other content", "variant", partial(two, layout), ("different",) if name in ALL_NEW else ())
        for name, layout in LAYOUTS.items()
    ),
    *(Way(f"{name}: one line", "variant", partial(one_line, LAYOUTS[name])) for name in ONE_LINE),
    Way("other caption on one photo", "variant", other_caption),
    Way("a thing in another colour", "variant", dyed),
)
