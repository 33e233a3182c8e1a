"""Pictures to a file's bytes and back."""

from __future__ import annotations

import io

from dedupe.distort.arrays import Pixels, from_image, to_image
from dedupe.errors import PictureError

LONGEST_JPEG = 65_500


def jpeg(image: Pixels, quality: int = 100, *, halved: bool = False) -> bytes:
    """A picture u8 (h,w,3) as JPEG by Pillow; with `halved` the colours have half the resolution, its usual way.

    Raises PictureError `too_large` for more than 65,500 pixels a side, which the format cannot hold.
    """
    if max(image.shape) > LONGEST_JPEG:
        size = f"{image.shape[1]} x {image.shape[0]}"
        raise PictureError("too_large", f"Its {size} pixels do not fit into a JPEG, which holds 65,500 a side.")
    return _saved(image, "JPEG", quality=quality, subsampling=2 if halved else 0)


def png(image: Pixels) -> bytes:
    """A picture u8 (h,w,3) as PNG, without loss."""
    return _saved(image, "PNG", compress_level=3)


def _saved(image: Pixels, form: str, **settings: int) -> bytes:
    """A picture u8 (h,w,3) in one of Pillow's formats."""
    out = io.BytesIO()
    to_image(image).save(out, form, **settings)
    return out.getvalue()


def opened(data: bytes) -> Pixels:
    """The picture u8 (h,w,3) of a file of ours."""
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        return from_image(image)
