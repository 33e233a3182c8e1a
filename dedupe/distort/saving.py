"""Pictures to a file's bytes."""

from __future__ import annotations

import io

from dedupe.distort.applied import Pixels
from dedupe.errors import PictureError

LONGEST_JPEG = 65_500


def jpeg(image: Pixels, quality: int = 100) -> bytes:
    """A picture u8 (h,w,3) as JPEG by Pillow, its colours in full resolution.

    Raises PictureError `too_large` for more than 65,500 pixels a side, which the format cannot hold.
    """
    if max(image.shape) > LONGEST_JPEG:
        size = f"{image.shape[1]} x {image.shape[0]}"
        raise PictureError("too_large", f"Its {size} pixels do not fit into a JPEG, which holds 65,500 a side.")
    return _saved(image, "JPEG", quality=quality, subsampling=0)


def png(image: Pixels) -> bytes:
    """A picture u8 (h,w,3) as PNG, without loss."""
    return _saved(image, "PNG", compress_level=3)


def _saved(image: Pixels, form: str, **settings: int) -> bytes:
    """A picture u8 (h,w,3) in one of Pillow's formats."""
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(image).save(out, form, **settings)
    return out.getvalue()
