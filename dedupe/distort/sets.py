"""The named sets of distortions, and how a text asks for some of them."""

from __future__ import annotations

import re

from dedupe.errors import UsageError

SEED = (
    *("blur", "noise", "rotate", "shear", "crop", "occlude", "hflip", "vflip"),
    *("bright", "dark", "histeq", "compress", "decimate", "upscale", "downscale"),
)
"""The fifteen of the first seed document, with its parameters."""

S2 = ("crystallise", "swirl", "contrast:variance=0.02")
"""The three looks of the second one; its "significant high frequency noise" has a variance of 0.02 here."""

HARD = (
    *("blur:sigma=3", "noise:variance=0.0144", "compress:quality=10", "rotate:degrees=15", "rotate:degrees=90"),
    *("part:area=0.5", "part:area=0.25", "resize:factor=0.2", "grey", "saturation", "border", "aspect", "caption"),
    *("sticker", "paste", "collage", "screenshot", "perspective", "chain"),
)
"""A harder battery: what people do to pictures, at strengths that break hashes."""

SETS = {"seed": SEED, "s2": S2, "hard": HARD}


def chosen(text: str) -> tuple[str, ...]:
    """The specifications that a text such as "seed,blur:sigma=2" asks for, each once, in its order.

    Parts are separated by commas and name a set (`seed`, `hard`, `s2`) or one distortion; a comma before `word=` belongs to
    a distortion's parameters. Raises UsageError for a text that asks for none.
    """
    parts = [part.strip() for part in re.split(r",(?!\s*\w+\s*=)", text)]
    specs = [spec for part in parts if part for spec in SETS.get(part, (part,))]
    if not specs:
        raise UsageError(f"No distortion was asked for; name some, as blur,crop, or a set: {', '.join(SETS)}.")
    return tuple(dict.fromkeys(specs))
