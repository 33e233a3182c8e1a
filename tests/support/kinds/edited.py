"""Edited: a part is cut, added, turned or put in another perspective, and the rest agrees."""

from __future__ import annotations

import numpy as np
from dedupe_distortions.geometry import Perspective, Rotate, Shear
from dedupe_distortions.overlays import Border, Sticker
from dedupe_distortions.text import Caption
from PIL import Image, ImageDraw, ImageFont, ImageOps

from kinds.files import Change, changed, distorted, sent_on
from kinds.pair import Way
from kinds.words import say

SEEN = 0.25
"""By how many levels a photo must change in the mean: black on black is no edit."""


def crop(share: float) -> Change:
    """A window of a share of each side; where it lies is drawn."""

    def change(image: Image.Image, rng: np.random.Generator) -> Image.Image:
        width, height = round(image.width * share), round(image.height * share)
        x, y = int(rng.integers(image.width - width + 1)), int(rng.integers(image.height - height + 1))
        return image.crop((x, y, x + width, y + height))

    return change


def trimmed(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """One side is cut off, a tenth to a fifth."""
    cut = rng.uniform(0.1, 0.2)
    sides = [0.0, 0.0, 1.0, 1.0]
    side = int(rng.integers(4))
    sides[side] += cut if side < 2 else -cut
    left, top, right, bottom = sides
    w, h = image.size
    return image.crop((round(left * w), round(top * h), round(right * w), round(bottom * h)))


def square(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """The middle in the shape of a square, as profile pictures have it; of a square its upper four fifths."""
    if abs(image.width - image.height) < 0.1 * max(image.size):
        return image.crop((0, 0, image.width, round(image.height * 0.8)))
    return ImageOps.fit(image, (min(image.size), min(image.size)))


def turned(how: Image.Transpose) -> Change:
    return lambda image, rng: image.transpose(how)


def bars(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Black above and below, as films have it."""
    return ImageOps.expand(image, (0, round(image.height * rng.uniform(0.06, 0.18))), "black")


def polaroid(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    edge = round(min(image.size) * 0.05)
    framed = Image.new("RGB", (image.width + 2 * edge, image.height + 5 * edge), (250, 249, 245))
    framed.paste(image, (edge, edge))
    return framed


def tilted(low: float, high: float, *, cut: bool) -> Change:
    """Turned by some degrees; the corners are cut away, or stay in a frame of black."""

    def change(image: Image.Image, rng: np.random.Generator) -> Image.Image:
        degrees = rng.uniform(low, high) * rng.choice((-1, 1))
        if cut:
            return distorted(Rotate(degrees=degrees))(image, rng)
        return image.rotate(degrees, Image.Resampling.BICUBIC, expand=True)

    return change


def letters(image: Image.Image, share: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(max(10, round(min(image.size) * share)))


def written(place: tuple[float, float], share: float) -> Change:
    """A line of text in yellow."""

    def change(image: Image.Image, rng: np.random.Generator) -> Image.Image:
        image = image.copy()
        at = image.width * place[0], image.height * place[1]
        font, words = letters(image, share), say(rng, 2)
        ImageDraw.Draw(image).text(at, words, (255, 230, 40), font, stroke_width=2, stroke_fill="black")
        return image

    return change


def dated(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """The date in a corner, as cameras print it."""
    image = image.copy()
    day = f"{rng.integers(1, 29):02} {rng.integers(1, 13):02} '{rng.integers(0, 24):02}"
    at = image.width * 0.96, image.height * 0.95
    ImageDraw.Draw(image).text(at, day, (255, 130, 20), letters(image, 0.07), "rs")
    return image


def caption_below(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A white strip with a line of text under the picture."""
    strip = round(image.height * 0.14)
    framed = ImageOps.expand(image, (0, 0, 0, strip), "white")
    at = framed.width / 2, framed.height - strip / 2
    ImageDraw.Draw(framed).text(at, say(rng, 3).upper(), "black", letters(image, 0.08), "mm")
    return framed


def watermark(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Words across the picture, half transparent, as picture agencies print them."""
    layer = Image.new("RGBA", image.size)
    draw, font, words = ImageDraw.Draw(layer), letters(image, 0.13), say(rng, 1).upper()
    for share in (0.2, 0.5, 0.8):
        draw.text((image.width * share, image.height * share), words, (255, 255, 255, 120), font, "mm")
    return Image.alpha_composite(image.convert("RGBA"), layer.rotate(20)).convert("RGB")


def logo(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A mark in a corner, an eighth to a sixth of the shorter side."""
    image = image.copy()
    side = round(min(image.size) * rng.uniform(0.125, 0.17))
    gap = round(min(image.size) * 0.03)
    x = gap if rng.random() < 0.5 else image.width - gap - side
    y = gap if rng.random() < 0.5 else image.height - gap - side
    draw = ImageDraw.Draw(image)
    draw.ellipse((x, y, x + side, y + side), tuple(rng.integers(0, 256, 3).tolist()), "white", max(2, side // 12))
    draw.text((x + side / 2, y + side / 2), say(rng, 1)[0].upper(), "white", letters(image, 0.09), "mm")
    return image


def inked(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A thing in the picture is circled by hand, in red."""
    image = image.copy()
    w, h = image.size
    x, y = rng.uniform(0.1, 0.5) * w, rng.uniform(0.1, 0.5) * h
    box = (x, y, x + 0.35 * w, y + 0.35 * h)
    ImageDraw.Draw(image).ellipse(box, outline=(230, 20, 30), width=max(3, min(image.size) // 50))
    return image


def blacked_out(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A black bar over a part, as one hides a number plate."""
    image = image.copy()
    w, h = image.size
    x, y = rng.uniform(0.1, 0.6) * w, rng.uniform(0.1, 0.8) * h
    ImageDraw.Draw(image).rectangle((x, y, x + 0.3 * w, y + 0.1 * h), "black")
    return image


def after(first: Change, then: Change) -> Change:
    return lambda image, rng: then(first(image, rng), rng)


def darker(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    return image.point(lambda level: level * 0.75)


TURNS = {
    "turned left": "ROTATE_90",
    "turned right": "ROTATE_270",
    "upside down": "ROTATE_180",
    "mirrored": "FLIP_LEFT_RIGHT",
    "flipped": "FLIP_TOP_BOTTOM",
    "transposed": "TRANSPOSE",
    "transversed": "TRANSVERSE",
}
CHANGES: dict[str, Change] = {
    **{f"crop of {share} %": crop(share / 100) for share in (60, 70, 80, 90, 95, 98)},
    "a side cut off": trimmed,
    "cut to a square": square,
    "thin border": distorted(Border(width=0.02)),
    "border": distorted(Border(width=0.1)),
    "black bars": bars,
    "frame with a broad foot": polaroid,
    **{how: turned(Image.Transpose[name]) for how, name in TURNS.items()},
    "turned by 1 to 3 degrees, cut": tilted(1, 3, cut=True),
    "turned by 4 to 15 degrees, cut": tilted(4, 15, cut=True),
    "turned by 1 to 3 degrees": tilted(1, 3, cut=False),
    "turned by 4 to 15 degrees": tilted(4, 15, cut=False),
    "shear": distorted(Shear(degrees=8, right=0, down=0)),
    "perspective": distorted(Perspective(strength=0.1)),
    "strong perspective": distorted(Perspective(strength=0.2)),
    "caption": distorted(Caption(area=0.15)),
    "large caption": distorted(Caption(area=0.3)),
    "caption below": caption_below,
    "text": written((0.08, 0.75), 0.12),
    "small text": written((0.1, 0.1), 0.06),
    "date": dated,
    "sticker": distorted(Sticker(area=0.08)),
    "large sticker": distorted(Sticker(area=0.2)),
    "watermark": watermark,
    "logo": logo,
    "circled in red": inked,
    "a part blacked out": blacked_out,
    "crop of 85 % and caption": after(crop(0.85), distorted(Caption(area=0.15))),
    "crop of 90 %, darker": after(crop(0.9), darker),
    "mirrored, with a border": after(turned(Image.Transpose.FLIP_LEFT_RIGHT), distorted(Border(width=0.05))),
    "mirrored crop of 85 %": after(crop(0.85), turned(Image.Transpose.FLIP_LEFT_RIGHT)),
}


def both(how: str, change: Change) -> tuple[Way, Way]:
    """An edited picture in good quality, and sent on after that."""
    return (
        Way(how, "edited", changed(change, least=SEEN)),
        Way(f"{how}, sent on", "edited", changed(change, least=SEEN, last=sent_on)),
    )


WAYS = tuple(way for how, change in CHANGES.items() for way in both(how, change))
