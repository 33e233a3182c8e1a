"""Pictures that a page carries along, as addresses that hold their own data."""

from __future__ import annotations

import io
from base64 import b64encode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image


def embedded(image: Image, form: str = "PNG", **settings: int) -> str:
    """The picture as a data: address, of the form and with the settings that Pillow's `save` takes."""
    out = io.BytesIO()
    image.save(out, form, **settings)
    return f"data:image/{form.lower()};base64,{b64encode(out.getvalue()).decode('ascii')}"
