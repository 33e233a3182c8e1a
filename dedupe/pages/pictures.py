"""Pictures that a page carries along, as addresses that hold their own data."""

from __future__ import annotations

import io
from base64 import b64encode
from contextlib import suppress
from typing import TYPE_CHECKING

from dedupe.config import PIXEL_CAP

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE = 64
"""The longest side of a small picture, in pixels."""


def embedded(image: Image, form: str = "PNG", **settings: int) -> str:
    """The picture as a data: address, of the form and with the settings that Pillow's `save` takes."""
    out = io.BytesIO()
    image.save(out, form, **settings)
    return f"data:image/{form.lower()};base64,{b64encode(out.getvalue()).decode('ascii')}"


def thumbnail(path: bytes) -> str:
    """The picture in a file, upright and small, as a data: address; "" where it cannot be read any more. Formats of plugins
    are left out.
    """
    from PIL import Image

    from dedupe.decode import read_picture

    with suppress(Exception):  # a page without a picture is better than none
        with open(path, "rb") as stream:
            picture = read_picture(stream.read(), [], rgb=True, full=False, pixel_cap=PIXEL_CAP)
        small = Image.fromarray(picture.array("RGB", "none"))
        small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
        return embedded(small, "JPEG", quality=85)
    return ""
