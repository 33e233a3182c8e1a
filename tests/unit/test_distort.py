"""Distortions as the host uses them: sets, parameters, what is drawn, what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from dedupe_distortions import dedupe_distortions
from dedupe_distortions.others import ALIKE, other_photos
from dedupe_distortions.scenes import Collage, Paste, Screenshot
from PIL import Image

from dedupe.distort import HARD, S2, SEED, apply, chosen, generator
from dedupe.errors import DedupeError, PictureError, UsageError
from dedupe.plugins import Plugins, identity

FACTORIES = {factory().name: factory for factory in dedupe_distortions()}
LOADED = Plugins({"distortion": FACTORIES})


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    from dedupe.testing import photos

    with Image.open(photos()[12]) as found:
        return np.array(found.convert("RGB"))


def applied(spec: str, image: np.ndarray, seed: int = 0) -> np.ndarray:
    return apply(LOADED.distortion(spec), image, np.random.default_rng(seed))


@pytest.mark.parametrize("spec", [*SEED, *S2, *HARD])
def test_every_spec_of_a_set_can_be_made_and_applied(spec, image):
    copy = applied(spec, image)
    assert copy.dtype == np.uint8 and copy.ndim == 3 and copy.flags.c_contiguous and copy.flags.writeable
    assert not np.array_equal(copy, image)


def test_the_sets_name_each_distortion_once():
    specs = [*SEED, *S2, *HARD]
    assert len(specs) == len(set(specs)) and len({identity(LOADED.distortion(spec)) for spec in specs}) == len(specs)
    assert {spec.partition(":")[0] for spec in specs} == set(FACTORIES)


def test_texts_that_ask_for_distortions():
    assert chosen("seed") == SEED and chosen("hard,seed") == HARD + SEED
    assert chosen(" blur , contrast:level=100,variance=0.1,crop") == ("blur", "contrast:level=100,variance=0.1", "crop")
    assert chosen("seed,blur,blur") == SEED
    with pytest.raises(UsageError, match="name some, as blur"):
        chosen(" , ")


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ("blur:sigma=-1", "from 0 to 100"),
        ("blur:sigma=nan", "from 0 to 100"),
        ("compress:quality=0", "from 1 to 100"),
        ("part:area=2", "from 0.01 to 0.99"),
        ("chain:steps=99", "from 1 to 15"),
        ("contrast:level=259", "no finite contrast"),
        ("blurr", "Did you mean 'blur'"),
        ("blur:radius=3", "It takes: sigma"),
    ],
)
def test_parameters_that_mean_nothing(spec, sentence):
    with pytest.raises(UsageError, match=sentence):
        LOADED.distortion(spec)


def test_keys_name_every_parameter():
    assert identity(LOADED.distortion("blur")) == "blur@1(sigma=1.25)"
    assert identity(LOADED.distortion("shear")) == "shear@1(degrees=22.5,down=10.0,right=20.0)"


def test_what_is_drawn_depends_on_content_distortion_and_seed():
    def first(*given):
        return generator(*given).integers(1 << 60)

    draws = [
        first(b"a" * 32, "blur@1"),
        first(b"b" * 32, "blur@1"),
        first(b"a" * 32, "noise@1"),
        first(b"a" * 32, "blur@1", 1),
    ]
    assert len(set(draws)) == 4 and draws[0] == first(b"a" * 32, "blur@1")


def test_a_column_describes_the_copy_that_is_drawn_for_its_picture(photos):
    """The workers' way: distorted whole, saved as JPEG 100, read again; and a copy that cannot be made fails alone."""
    from dedupe.decode import read_picture
    from dedupe.describe.workers import Column
    from dedupe.describe.workers.distorting import CopiesOfFile
    from dedupe.distort.saving import jpeg
    from dedupe.errors import PictureError
    from dedupe.plugins import descriptor_key, load

    def read(data, rgb, full=False):
        return read_picture(data, (), rgb=rgb, full=full, pixel_cap=10**8)

    data, digest = photos[3].read_bytes(), bytes(range(32))
    descriptor = load().descriptor("pdq")
    copies = CopiesOfFile(data, digest, b"/a/b.jpg", read(data, False), read)
    for spec in ("part:area=0.5", "occlude"):
        distortion = LOADED.distortion(spec)
        column = Column(descriptor_key(descriptor, "none", distortion), descriptor, "none", distortion)
        assert column.distorted == identity(distortion)
        named = distortion.named("b.jpg") if spec == "occlude" else distortion
        whole = read(data, True, full=True).array("RGB", "none")
        expected = jpeg(apply(named, whole, generator(digest, identity(distortion))))
        assert np.array_equal(copies.picture(column).luma, read(expected, True).luma)
    noise = LOADED.distortion("noise")
    seeded = Column(descriptor_key(descriptor, "none", noise, "/seed=7"), descriptor, "none", noise, 7)
    assert seeded.distorted == identity(noise)
    expected = jpeg(
        apply(noise, read(data, True, full=True).array("RGB", "none"), generator(digest, identity(noise), 7))
    )
    assert np.array_equal(copies.picture(seeded).luma, read(expected, True).luma)
    odd = Odd(np.zeros((3, 3), np.uint8))
    with pytest.raises(PictureError, match="odd gave an array"):
        copies.picture(Column("x/distort=odd@1", descriptor, "none", odd))


class Odd:
    name, version = "odd", "1"

    def __init__(self, result):
        self.result = result

    def apply(self, image, rng):
        if isinstance(self.result, Exception):
            raise self.result
        return image if self.result is None else self.result


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (ValueError("no\nluck"), "raised"),
        (MemoryError(), "memory"),
        (PictureError("too_small", "It is too small."), "too_small"),
        (np.zeros((2, 2, 3)), "wrong_dtype"),
        ([1], "wrong_dtype"),
        (np.zeros((2, 2), np.uint8), "wrong_shape"),
        (np.zeros((0, 2, 3), np.uint8), "wrong_shape"),
    ],
)
def test_a_distortion_that_misbehaves_is_a_picture_error(result, reason, image):
    with pytest.raises(PictureError) as found:
        apply(Odd(result), image, np.random.default_rng(0))
    assert found.value.reason == reason and "\n" not in str(found.value)


def test_the_result_is_the_callers_own(image):
    same = apply(Odd(None), image, np.random.default_rng(0))
    assert np.array_equal(same, image) and not np.shares_memory(same, image) and same.flags.writeable
    turned = apply(Odd(image[::-1, ::2]), image, np.random.default_rng(0))
    assert turned.flags.c_contiguous


@pytest.mark.parametrize(
    "spec", ["crop", "rotate", "decimate", "shear", "part", "sticker", "collage", "swirl", "perspective"]
)
def test_too_few_pixels_are_refused_with_a_sentence(spec):
    with pytest.raises(PictureError, match=r"needs \d+ x \d+ pixels; the picture has 2 x 1") as found:
        applied(spec, np.zeros((1, 2, 3), np.uint8))
    assert found.value.reason == "too_small"


def test_scaling_to_nothing_and_jpegs_that_are_too_long_are_refused():
    with pytest.raises(PictureError, match="nothing of its 40 x 1 pixels"):
        applied("downscale:factor=0.2", np.zeros((1, 40, 3), np.uint8))
    with pytest.raises(PictureError, match="65,500 a side"):
        applied("compress", np.zeros((1, 66_000, 3), np.uint8))


def test_other_photos_are_others():
    from dedupe_distortions.others import _photo

    from dedupe import testing

    paths = testing.other_photos()
    assert len(paths) >= 12
    for path in paths[:5]:
        own = _photo(path)
        smaller = np.asarray(Image.fromarray(own).resize((own.shape[1] // 2, own.shape[0] // 2)))
        for image in (own, smaller):
            found = other_photos(image, np.random.default_rng(0), 99)
            assert len(found) >= len(paths) - 2 and not any(other is own for other in found)
    assert ALIKE > 0


def test_scenes_hold_the_picture_at_the_size_they_say():
    red = np.zeros((200, 300, 3), np.uint8)
    red[:, :, 0] = 255
    share = {"paste": 0.16, "collage": 0.25, "screenshot": 200 / (200 + 11 * 12)}
    for distortion in (Paste(), Collage(), Screenshot()):
        found = apply(distortion, red, np.random.default_rng(4))
        seen = (found[:, :, 0] > 250) & (found[:, :, 1] < 5) & (found[:, :, 2] < 5)
        assert seen.mean() == pytest.approx(share[distortion.name], rel=0.05)


@pytest.mark.parametrize(("spec", "share"), [("caption", 0.3), ("sticker", 0.25), ("part:area=0.25", 0.25)])
def test_shares_of_the_area(spec, share):
    grey = np.full((300, 400, 3), 128, np.uint8)
    found = applied(spec, grey)
    if spec.startswith("part"):
        assert found.size / grey.size == pytest.approx(share, rel=0.02)
        return
    changed = (found != grey).any(axis=2)
    y, x = np.nonzero(changed)
    box = (y.max() - y.min() + 1) * (x.max() - x.min() + 1) / changed.size
    assert (box * np.pi / 4 if spec == "sticker" else box) == pytest.approx(share, rel=0.2)


def test_chains_differ_and_repeat(image):
    shapes = {applied("chain", image, seed).tobytes() for seed in range(6)}
    assert len(shapes) == 6 and applied("chain", image, 3).tobytes() in shapes


def test_a_pillow_without_freetype_is_said(monkeypatch, image):
    from PIL import ImageFont

    monkeypatch.setattr(ImageFont, "load_default", lambda size: ImageFont.ImageFont())
    with pytest.raises(DedupeError, match="FreeType"):
        applied("occlude", image)


def test_large_pictures_take_memory_in_proportion():
    import tracemalloc

    image = np.zeros((2000, 3000, 3), np.uint8)
    for spec in ("blur", "rotate", "upscale"):
        tracemalloc.start()
        applied(spec, image)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 14 * image.nbytes, spec
