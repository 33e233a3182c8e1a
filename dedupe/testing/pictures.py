"""The photos that the kit ships, and pictures made from them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe import config, decode
from dedupe.distort.others import names
from dedupe.model import Decode

FOLDER = Path(__file__).parent / "photos"
PHOTOS = 24


def photos() -> list[Path]:
    """The real photos that come with the kit, sorted by name: JPEGs of at most 256 pixels on their longest side."""
    return sorted(FOLDER.glob("*.jpg"))


def other_photos() -> list[Path]:
    """Those of the photos that distortions put beside, behind or on other pictures, sorted by name: an evaluation that is
    given no photos takes the rest.
    """
    return [FOLDER / name for name in names()]


def images(files: Sequence[bytes], want: Decode) -> Any:
    """Pictures (the files' bytes) as the host would hand them to a descriptor: u8 (n,h,w[,3]), or a list for size None."""
    full, rgb = want.source == "full", want.mode == "RGB" or want.source == "full"
    arrays = []
    for data in files:
        picture = decode.read_picture(data, (), rgb=rgb, full=full, pixel_cap=config.PIXEL_CAP)
        arrays.append(decode.image_for(picture, want, "none"))
    return arrays if want.size is None else np.stack(arrays)


@cache
def photo(i: int) -> bytes:
    """The bytes of photo i of PHOTOS that lie evenly spread among those of the kit: neighbours by name may show one thing."""
    files = photos()
    return files[i * len(files) // PHOTOS].read_bytes()


@cache
def mild_jpeg(i: int) -> bytes:
    """`photo(i)` saved as a JPEG of quality 80."""
    from PIL import Image

    out = io.BytesIO()
    with Image.open(io.BytesIO(photo(i))) as image:
        image.convert("RGB").save(out, "JPEG", quality=80)
    return out.getvalue()


@cache
def plain(kind: str) -> bytes:
    """A PNG of one of the PLAIN pictures."""
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(PLAIN[kind]).save(out, "PNG")
    return out.getvalue()


def _one_dot() -> NDArray[np.uint8]:
    page = np.full((64, 96), 255, np.uint8)
    page[20:22, 30:33] = 0
    return page


PLAIN: dict[str, NDArray[np.uint8]] = {
    "black": np.zeros((64, 96), np.uint8),
    "white": np.full((64, 96), 255, np.uint8),
    "grey": np.full((64, 96), 127, np.uint8),
    "one dot": _one_dot(),
    "ramp": np.tile(np.linspace(0, 255, 96).astype(np.uint8), (64, 1)),
    "noise": np.random.default_rng(0).integers(0, 256, (64, 96), np.uint8),
}
"""Pictures of 96 x 64 on which sloppy arithmetic shows: no variance, hardly any, and nothing but."""
