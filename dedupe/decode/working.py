"""From what a decoder gave to the upright picture in the size that descriptors see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PIL import Image

from dedupe.config import DECODED_SIDE, WORKING_SIDE
from dedupe.decode.picture import Pixels
from dedupe.pixels.area import reduce_area
from dedupe.pixels.arrays import packed, pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

Box = tuple[float, float, float, float]

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def upright_size(width: int, height: int, orientation: int) -> tuple[int, int]:
    """Width and height as they are seen: swapped by the four orientations that turn a quarter."""
    return (height, width) if orientation >= 5 else (width, height)


def upright(image: Image.Image, extent: tuple[float, float], orientation: int) -> tuple[Image.Image, Box]:
    """The picture turned by its EXIF orientation, and the box in it that it really fills.

    A decoder that reduces rounds up to whole pixels: `extent` is the true width and height, at most the picture's.
    """
    width, height = image.size
    left, top, right, bottom = 0.0, 0.0, *extent
    if orientation in (2, 3, 7, 8):
        left, right = width - right, width - left
    if orientation in (3, 4, 6, 7):
        top, bottom = height - bottom, height - top
    if orientation >= 5:
        left, top, right, bottom = top, left, bottom, right
    method = _UPRIGHT.get(orientation)
    return image if method is None else image.transpose(method), (left, top, right, bottom)


def upright_values(values: NDArray[Any], orientation: int) -> NDArray[Any]:
    """An array (h,w) or (h,w,channels) turned as `upright` turns a picture."""
    if orientation >= 5:
        values = values.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        values = values[:, ::-1]
    return values[::-1] if orientation in (3, 4, 7, 8) else values


def working_side(longest: float) -> float:
    """The longest side of the working image of a picture with more than 512 pixels: a half, a fourth, an eighth and so on of
    it where that is 480 to 512, for a JPEG's decoder gets there by itself; else 512.
    """
    part = longest
    while part > WORKING_SIDE:
        part /= 2
    return part if part >= DECODED_SIDE else WORKING_SIDE


def reduced(image: Pixels, box: Box) -> Pixels:
    """What is in the box, brought to the size of a working image by area; the picture itself if it fills the box and has no
    more than 512 pixels.

    `image` is of mode "L" or "RGB", or an array of grey or of whole pixels. The last column or row of a picture that a
    decoder has reduced may be less than a pixel wide: left as one, it would shift all others by a part of a pixel, which
    turns bits of hashes.
    """
    whole = image.size if isinstance(image, Image.Image) else image.shape[::-1]
    if box == (0, 0, *whole) and max(whole) <= WORKING_SIDE:
        return image
    width, height = box[2] - box[0], box[3] - box[1]
    scale = working_side(max(width, height)) / max(width, height)
    size = max(1, min(round(width * scale), int(width))), max(1, min(round(height * scale), int(height)))
    if isinstance(image, Image.Image):
        return reduce_area(pixels(image) if image.mode == "L" else packed(image), box, size)
    return reduce_area(image, box, size)
