"""Receipts of one shop, drawn."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw


def receipt(number: int) -> Image.Image:
    """A receipt of one shop: the same lines at the same places, with other goods and prices."""
    rng = np.random.default_rng(number)
    image = Image.new("RGB", (420, 900), "white")
    draw = ImageDraw.Draw(image)
    draw.text((110, 30), "CORNER SHOP", fill="black", font_size=28)
    for line in range(18):
        word = "".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz"), 9))
        draw.text((30, 110 + 40 * line), word, fill="black", font_size=22)
        draw.text((310, 110 + 40 * line), f"{rng.integers(100, 9999) / 100:7.2f}", fill="black", font_size=22)
    return image
