"""What becomes of photos on the web: each photo of a set and one picture that somebody made of it, among other photos."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from kinds.files import opened
from sets import edits, frames, writing
from sets.truth import Change, Made, save

Several = Callable[[Sequence[Image.Image], np.random.Generator], Image.Image]

ONE: dict[str, Change] = {
    "meme": writing.meme,
    "bar-above": writing.bar_above,
    "quote": writing.quote,
    "watermark": writing.watermark,
    "mirrored": edits.mirrored,
    "mirrored-cut": edits.mirrored_cut,
    "cut": edits.cut,
    "filter": edits.filtered,
    "tilted": edits.tilted,
    "stickers": edits.stickers,
    "border": frames.border,
    "poster": frames.poster,
    "telephone": frames.telephone,
    "browser": frames.browser,
    "slide": frames.slide,
    "meme-mirrored": lambda image, rng: writing.meme(edits.mirrored_cut(image, rng), rng),
    "cut-filter": lambda image, rng: edits.filtered(edits.cut(image, rng), rng),
    "story": frames.story,
}

SEVERAL: dict[str, tuple[int, Several]] = {"beside": (2, frames.beside), "four": (4, frames.four)}
"""Made of so many photos, of which the first is in the set."""


def web(photos: Sequence[Path], folder: Path, each: int, seed: int = 0) -> Iterator[Made]:
    """`each` pairs of every kind; of the photos that are left over, all stand between them."""
    rng = np.random.default_rng(seed)
    left = [photos[i] for i in rng.permutation(len(photos))]
    names = iter(rng.permutation(10**6).tolist())  # names say nothing
    for how in [*ONE, *SEVERAL] * each:
        count = SEVERAL[how][0] if how in SEVERAL else 1
        used, left = left[:count], left[count:]
        images = [opened(photo) for photo in used]
        changed = SEVERAL[how][1](images, rng) if how in SEVERAL else ONE[how](images[0], rng)
        shown = [photo.name for photo in used]
        quality = int(rng.integers(50, 91))
        yield Made(save(images[0], folder / f"{next(names):06}.jpg", quality=90), "photo", shown[:1])
        path = folder / f"{next(names):06}.jpg"
        yield Made(save(_sent_on(changed, rng), path, quality=quality), how, shown)
    for photo in left:
        yield Made(save(opened(photo), folder / f"{next(names):06}.jpg", quality=90), "photo", [photo.name])


def _sent_on(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """As it is, or in another size."""
    share = float(rng.choice((0.6, 0.8, 1, 1, 1.3)))
    return image.resize((round(share * image.width), round(share * image.height)), Image.Resampling.BICUBIC)
