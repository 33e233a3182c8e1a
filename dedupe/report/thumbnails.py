"""Small pictures that a page carries along."""

from __future__ import annotations

import io
from base64 import b64encode
from contextlib import suppress

from dedupe.config import PIXEL_CAP

SIDE = 64
"""The longest side, in pixels."""


def thumbnail(path: bytes) -> str:
    """The picture as an element of a page, upright, "" where it cannot be read any more; formats of plugins are left out."""
    from PIL import Image

    from dedupe.decode import read_picture

    with suppress(Exception):  # a page without a picture is better than none
        with open(path, "rb") as stream:
            picture = read_picture(stream.read(), [], rgb=True, full=False, pixel_cap=PIXEL_CAP)
        small, out = Image.fromarray(picture.array("RGB", "none")), io.BytesIO()
        small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
        small.save(out, "JPEG", quality=85)
        return f'<img src="data:image/jpeg;base64,{b64encode(out.getvalue()).decode("ascii")}" alt="">'
    return ""
