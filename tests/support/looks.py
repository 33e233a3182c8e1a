"""Pictures as the judge looks at them, and as they come back from a file."""

from __future__ import annotations

import numpy as np
from PIL import Image

from dedupe.judge.look import SIDE, Look
from dedupe.judge.sizes import reduced
from dedupe.model import Traits
from pictures import encoded, read


def look(image: Image.Image, size: int = 0, **traits: object) -> Look:
    pixels = np.asarray(image.convert("RGB"))
    small, known = reduced(pixels, SIDE), Traits(**traits)  # type: ignore[arg-type]
    return Look(small, image.width, image.height, size=size or pixels.size // 8, traits=known, whole=lambda: pixels)


def saved(image: Image.Image, quality: int, form: str = "JPEG") -> Image.Image:
    return Image.fromarray(read(encoded(image, form, quality=quality), rgb=True, full=True).array("RGB", "none"))


def sized(image: Image.Image, times: float, kernel: Image.Resampling = Image.Resampling.LANCZOS) -> Image.Image:
    return image.resize((round(image.width * times), round(image.height * times)), kernel)
