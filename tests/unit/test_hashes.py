"""What holds for every hash and any picture: sizes, batches, odd shapes, parameters; and the parts that they share."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from dedupe_hashes import dedupe_descriptors
from dedupe_hashes.ahash import AHash
from dedupe_hashes.bmb import Bmb
from dedupe_hashes.dhash import DHash
from dedupe_hashes.haar import coarse
from dedupe_hashes.pdq import Pdq
from dedupe_hashes.phash import PHash
from dedupe_hashes.reduce import reduced
from dedupe_hashes.taps import tent
from dedupe_hashes.whash import WHash
from numpy.typing import NDArray
from PIL import Image

from dedupe import UsageError
from pictures import encoded, read

SIZED: tuple[Any, ...] = (AHash, DHash, PHash, WHash)
KINDS: tuple[Any, ...] = (*SIZED, Pdq, Bmb)
BITS = {"ahash": 64, "dhash": 64, "phash": 64, "whash": 64, "pdq": 256, "bmb": 256}


def pictures(seed: int = 1) -> list[NDArray[np.uint8]]:
    """Grey working images of many shapes, some of them smooth."""
    rng = np.random.default_rng(seed)
    shapes = [(400, 500), (500, 400), (512, 100), (37, 512), (32, 32), (64, 64), (5, 5), (7, 300), (9, 8)]
    noise = [rng.integers(0, 256, shape, dtype=np.uint8) for shape in shapes]
    smooth = [np.asarray(Image.fromarray(image).resize((320, 240), Image.Resampling.BICUBIC)) for image in noise[4:]]
    return noise + smooth


def described(hash_: Any, images: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """What a hash says of grey pictures, which the host would have resized for it."""
    size = hash_.decode.size
    if size is None:
        return hash_.describe(images)
    small = [np.asarray(Image.fromarray(image).resize(size, Image.Resampling.LANCZOS)) for image in images]
    return hash_.describe(np.stack(small))


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_gives_what_its_pictures_give_alone(kind: Any) -> None:
    images = pictures()
    together = described(kind(), images)
    assert together.dtype == np.uint8
    assert together.shape == (len(images), BITS[kind.name] // 8)
    assert np.array_equal(together, np.concatenate([described(kind(), [image]) for image in images]))
    assert len(np.unique(together, axis=0)) > len(images) / 2  # the enlarged ones are like what they were made of


@pytest.mark.parametrize("source", ["working", "full"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_pictures_give_no_rows(kind: Any, source: str) -> None:
    size = kind(source=source).decode.size
    nothing: Any = np.empty((0, *size[::-1]), np.uint8) if size else []
    rows = kind(source=source).describe(nothing)
    assert rows.shape == (0, BITS[kind.name] // 8)
    assert rows.dtype == np.uint8


@pytest.mark.parametrize("kind", KINDS)
def test_read_only_pictures_are_described_and_left_alone(kind: Any) -> None:
    size = kind().decode.size
    image = pictures()[0] if size is None else np.resize(pictures()[0], (1, *size[::-1]))
    before = image.copy()
    image.flags.writeable = False
    kind().describe([image] if size is None else image)
    assert np.array_equal(image, before)


@pytest.mark.parametrize("shape", [(1, 1), (1, 512), (512, 1), (2, 3), (4, 512), (5, 512), (512, 6)])
@pytest.mark.parametrize("kind", KINDS)
def test_tiny_and_thin_pictures_have_a_hash(kind: Any, shape: tuple[int, int]) -> None:
    image = np.random.default_rng(3).integers(0, 256, shape, dtype=np.uint8)
    assert described(kind(), [image]).shape == (1, BITS[kind.name] // 8)


@pytest.mark.parametrize("kind", KINDS)
def test_flat_pictures_have_one_hash(kind: Any) -> None:
    flat = [np.full(shape, value, np.uint8) for shape in ((400, 500), (77, 41)) for value in (0, 1, 93, 255)]
    ones = np.unpackbits(described(kind(), flat), axis=1).sum(axis=1)
    assert ones.max() <= 1  # phash has its first coefficient, which is the mean


@pytest.mark.parametrize("kind", SIZED)
@pytest.mark.parametrize("bits", [256, 1024])
def test_bits_is_the_number_of_bits(kind: Any, bits: int) -> None:
    rows = described(kind(bits=bits), pictures())
    assert rows.shape[1] == bits // 8
    assert 0.2 < np.unpackbits(rows).mean() < 0.8
    assert kind(bits=bits).threshold > kind().threshold


@pytest.mark.parametrize("kind", SIZED)
@pytest.mark.parametrize("bits", [0, -64, 63, 65, 100, 128, 4096, "64", 64.5, True, None])
def test_another_number_of_bits_is_a_usage_error(kind: Any, bits: Any) -> None:
    with pytest.raises(UsageError, match=rf"^{kind.name} has 64, 256.* or 1024 bits, not {bits!r}\.$"):
        _ = kind(bits=bits).decode
    with pytest.raises(UsageError):
        _ = kind(bits=bits).threshold


def test_whash_has_no_size_that_is_no_power_of_two() -> None:
    with pytest.raises(UsageError, match=r"^whash has 64, 256 or 1024 bits, not 576\.$"):
        _ = WHash(bits=576).decode
    assert PHash(bits=576).decode.size == (96, 96)


@pytest.mark.parametrize("kind", KINDS)
def test_another_source_is_a_usage_error(kind: Any) -> None:
    with pytest.raises(UsageError, match=r"source that is working or full, not 'half'\."):
        _ = kind(source="half").decode


def test_all_nine_are_offered() -> None:
    names = {factory().name for factory in dedupe_descriptors()}
    assert names == {"ahash", "dhash", "phash", "whash", "dct", "mh", "radial", "bmb", "pdq"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_brighter_or_larger_picture_is_near_and_another_far(kind: Any) -> None:
    rng = np.random.default_rng(5)
    images = [Image.fromarray(rng.integers(40, 200, (9, 12), dtype=np.uint8)) for _ in range(2)]
    one, other = (np.asarray(image.resize((400, 300), Image.Resampling.BICUBIC)) for image in images)
    larger = np.asarray(Image.fromarray(one).resize((512, 384), Image.Resampling.BICUBIC))
    rows = np.unpackbits(described(kind(), [one, one + np.uint8(9), larger, other]), axis=1)
    brighter, near, far = ((rows[0] != row).sum() for row in rows[1:])
    assert brighter == 0
    assert near <= 0.05 * rows.shape[1]
    assert far > 0.2 * rows.shape[1]


@pytest.mark.parametrize("size", [(3848, 256), (2500, 700), (1031, 600)])
def test_a_whole_jpeg_is_reduced_as_its_decoder_reduces_it(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(8)
    small = Image.fromarray(rng.integers(30, 220, (9, 30, 3), dtype=np.uint8))
    pixels = np.asarray(small.resize(size, Image.Resampling.BICUBIC)) + rng.normal(0, 3, (*size[::-1], 1))
    data = encoded(Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)), "JPEG", quality=90)
    working, whole = read(data).luma, reduced(read(data, rgb=True, full=True).luma, 512)
    assert working.shape == whole.shape
    assert np.abs(working - whole).max() < 2
    assert np.abs((working - whole).mean(axis=0)).mean() < 0.3


@pytest.mark.parametrize("size", [5, 8, 31, 64, 65, 128, 129, 400, 511, 512])
def test_tent_is_two_box_filters(size: int) -> None:
    line = np.random.default_rng(size).random(size)
    window = -(-size // 128)
    after = (window + 2) // 2 - 1
    twice = line
    for _ in range(2):
        spans = [(max(i - (window - 1 - after), 0), i + after + 1) for i in range(size)]
        twice = np.array([twice[a:b].mean() for a, b in spans])
    expected = twice[((np.arange(64) + 0.5) * size / 64).astype(int)]
    start, weight = tent(size, 64)
    padded = np.append(line, np.zeros(8))
    got = [padded[a : a + 8] @ row for a, row in zip(start, weight, strict=True)]
    assert np.allclose(got, expected, atol=1e-6)
    assert size < 8 or (start + 8).max() <= size


def test_coarse_is_block_means_without_their_mean() -> None:
    image = np.random.default_rng(6).integers(0, 256, (64, 64), dtype=np.uint8)
    means = image.reshape(8, 8, 8, 8).mean(axis=(1, 3)) / 255 * 8
    assert np.allclose(coarse(image, 8), means - means.mean())


def test_using_one_hash_loads_no_other_and_no_numba() -> None:
    code = """
import sys
from dedupe_hashes import dedupe_descriptors
assert not [name for name in sys.modules if name.startswith("dedupe_hashes.kernels.")]
pdq = next(each for each in dedupe_descriptors() if each.name == "pdq")
pdq().describe([])
used = {name.rpartition(".")[2] for name in sys.modules if name.startswith("dedupe_hashes.kernels.")}
assert used <= {"pdq", "bits", "cosine", "order"}, used
print("numba" in sys.modules)
"""
    run = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(2)]
    assert run[0].stdout in ("True\n", "False\n")
    if sys.platform == "linux":
        assert run[1].stdout == "False\n"
