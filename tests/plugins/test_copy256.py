"""`copy256`: its forms, and that copies are nearer than anything else."""

from __future__ import annotations

import io

import numpy as np
import pytest
from dedupe_cnn.copy_shipped import SIDE, Copy256, Copy256Bits
from numpy.typing import NDArray
from PIL import Image, ImageOps

from dedupe import UsageError
from dedupe.testing.pictures import images, photo
from pictures import encoded

PHOTOS = 12


def small_jpeg(image: Image.Image) -> Image.Image:
    content = io.BytesIO()
    image.resize((120, 90)).save(content, "JPEG", quality=20)
    return Image.open(content)


COPIES = {
    "mirrored": ImageOps.mirror,
    "upside down": lambda image: image.rotate(180),
    "grey": lambda image: image.convert("L").convert("RGB"),
    "half of the area": lambda image: image.crop(
        (image.width // 8, image.height // 8, image.width * 13 // 16, image.height * 7 // 8)
    ),
    "small, at quality 20": small_jpeg,
    "framed": lambda image: ImageOps.expand(image, image.width // 10, "white"),
}


@pytest.fixture(scope="module")
def photos() -> list[Image.Image]:
    return [Image.open(io.BytesIO(photo(2 * i))).convert("RGB") for i in range(PHOTOS)]


def given(pictures: list[Image.Image]) -> NDArray[np.uint8]:
    found: NDArray[np.uint8] = images([encoded(picture) for picture in pictures], Copy256.decode)
    return found


def test_its_forms(photos):
    shown = given(photos[:3])
    floats, bytes_, bits = Copy256(dtype="float32"), Copy256(), Copy256Bits()
    vectors = floats.describe(shown)
    assert shown.shape == (3, SIDE, SIDE, 3) and vectors.shape == (3, 256) and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert bytes_.describe(shown).dtype == np.int8 and np.abs(bytes_.describe(shown)).max(axis=1).tolist() == [127] * 3
    assert (np.unpackbits(bits.describe(shown), axis=1) == (vectors > 0)).all()
    assert (bytes_.metric, bits.metric) == ("cosine", "hamming")
    with pytest.raises(UsageError, match="its signs are copy256bits"):
        Copy256(dtype="bits").metric  # type: ignore[arg-type] # noqa: B018


@pytest.mark.parametrize("kind", COPIES)
def test_a_copy_is_nearer_than_any_other_photo(kind, photos):
    originals = Copy256(dtype="float32").describe(given(photos))
    copies = Copy256(dtype="float32").describe(given([COPIES[kind](each) for each in photos]))
    assert (copies @ originals.T).argmax(1).tolist() == list(range(PHOTOS))
