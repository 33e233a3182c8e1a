"""Pictures to JPEGs and back, as programs save them."""

from __future__ import annotations

import io

from dedupe import PictureError
from dedupe_distortions.arrays import Pixels, from_image, to_image

LONGEST_JPEG = 65_500


def jpeg(image: Pixels, quality: int) -> bytes:
    """A picture u8 (h,w,3) as JPEG by Pillow, its colours at half the resolution, which is the usual way.

    Raises PictureError `too_large` for more than 65,500 pixels a side, which the format cannot hold.
    """
    if max(image.shape) > LONGEST_JPEG:
        size = f"{image.shape[1]} x {image.shape[0]}"
        raise PictureError("too_large", f"Its {size} pixels do not fit into a JPEG, which holds 65,500 a side.")
    out = io.BytesIO()
    to_image(image).save(out, "JPEG", quality=quality, subsampling=2)
    return out.getvalue()


def opened(data: bytes) -> Pixels:
    """The picture u8 (h,w,3) of a file."""
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        return from_image(image)
