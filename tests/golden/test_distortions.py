"""The seed document's distortions by its formulas, worked out here by other means, and by hand on small arrays."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from dedupe_distortions import dedupe_distortions
from dedupe_distortions.arrays import rounded, warped
from dedupe_distortions.filters import Blur, Compress, Crystallise, Noise
from dedupe_distortions.geometry import Rotate, Shear, Swirl
from dedupe_distortions.scale import Decimate, Downscale, Upscale
from dedupe_distortions.scenes import Collage, Screenshot
from dedupe_distortions.text import Occlude
from dedupe_distortions.tones import Bright, Contrast, Dark, Grey, HistEq
from PIL import Image, ImageFilter

from dedupe.distort import S2, SEED, apply
from dedupe.errors import UsageError

BY_NAME = {factory().name: factory for factory in dedupe_distortions()}
RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    from dedupe.testing import photos

    with Image.open(photos()[30]) as found:
        return np.array(found.convert("RGB"))


def applied(distortion, image: np.ndarray) -> np.ndarray:
    return apply(distortion, image, np.random.default_rng(1))


def difference(a: np.ndarray, b: np.ndarray) -> int:
    assert a.shape == b.shape
    return int(np.abs(a.astype(int) - b).max())


def test_the_parameters_are_those_of_the_document():
    said = {
        "blur": {"sigma": 1.25},
        "noise": {"variance": 0.005},
        "rotate": {"degrees": 5.0},
        "shear": {"degrees": 22.5, "right": 20.0, "down": 10.0},
        "crop": {"margin": 0.1},
        "occlude": {"size": 60},
        "bright": {"gamma": 0.4},
        "dark": {"gamma": 2.2},
        "compress": {"quality": 35},
        "upscale": {"factor": 1.3},
        "downscale": {"factor": 0.7},
        "contrast": {"level": 200},
        "swirl": {"strength": 3.0},
        "crystallise": {"cell": 10},
    }
    assert len(SEED) == 15 and set(said) <= set(BY_NAME)
    for name, parameters in said.items():
        assert {parameter: getattr(BY_NAME[name](), parameter) for parameter in parameters} == parameters
    assert {spec.partition(":")[0] for spec in (*SEED, *S2)} <= set(BY_NAME)


def test_blur_is_a_true_gaussian(image):
    dot = np.zeros((31, 31, 3), np.uint8)
    dot[15, 15] = 255
    x = np.arange(-5, 6)
    bell = np.exp(-(x**2) / (2 * 1.25**2))
    bell /= bell.sum()
    expected = np.zeros((31, 31))
    expected[10:21, 10:21] = 255 * np.outer(bell, bell)
    assert (applied(Blur(), dot) == np.rint(expected)[:, :, None]).all()
    with_pillow = np.asarray(Image.fromarray(image).filter(ImageFilter.GaussianBlur(3)))
    apart = np.abs(applied(Blur(sigma=3), image).astype(int) - with_pillow)
    assert apart.mean() < 0.6  # Pillow's is three box blurs


def test_noise_has_its_variance():
    grey = np.full((400, 500, 3), 128, np.uint8)
    grain = (applied(Noise(), grey).astype(float) - 128) / 255
    assert abs(grain.mean()) < 5e-4 and grain.var() == pytest.approx(0.005, rel=0.01)
    assert np.corrcoef(grain[:, :, 0].ravel(), grain[:, :, 1].ravel())[0, 1] < 0.01
    assert np.corrcoef(grain[:-1].ravel(), grain[1:].ravel())[0, 1] < 0.01


def test_rotate_turns_counter_clockwise_about_the_centre(image):
    height, width, _ = image.shape
    turned = Image.fromarray(image).rotate(5, Image.Resampling.BILINEAR, center=(width / 2, height / 2))
    left, top = int(0.05 * width), int(0.05 * height)
    expected = np.asarray(turned)[top : height - top, left : width - left]
    found = applied(Rotate(), image)
    assert found.shape == expected.shape
    apart = np.abs(found.astype(int) - expected)
    assert np.quantile(apart, 0.99) <= 2 and apart.mean() < 0.7  # Pillow rounds down
    assert np.array_equal(applied(Rotate(degrees=90), image), np.rot90(image))


def test_shear_takes_each_pixel_from_where_the_matrix_says():
    ramp = np.zeros((100, 120, 3), np.uint8)
    ramp[:, :, 0] = np.arange(120)
    ramp[:, :, 1] = np.arange(100)[:, None]
    found = applied(Shear(), ramp)
    for x, y in ((0, 0), (40, 30), (90, 60), (5, 95), (0, 99), (119, 0)):
        u, v = x - math.sin(math.pi / 8) * y + 20, math.cos(math.pi / 8) * y + 10
        inside = 0 <= u <= 119 and 0 <= v <= 99
        expected = (round(u), round(v)) if inside else (0, 0)
        assert tuple(found[y, x, :2]) == expected


def test_crop_and_flips(image):
    height, width, _ = image.shape
    cropped = applied(BY_NAME["crop"](), image)
    assert np.array_equal(cropped, image[height // 10 : height - height // 10, width // 10 : width - width // 10])
    assert np.array_equal(applied(BY_NAME["hflip"](), image), image[:, ::-1])
    assert np.array_equal(applied(BY_NAME["vflip"](), image), image[::-1])


def test_occlude_draws_the_name_in_yellow_where_it_should():
    black = np.zeros((400, 500, 3), np.uint8)
    found = applied(Occlude().named("ij.jpg"), black)
    y, x = np.nonzero(found.any(axis=2))
    assert (found[:, :, 0] == found[:, :, 1]).all() and not found[:, :, 2].any() and found.max() == 255
    assert 50 <= x.min() <= 60 and 300 <= y.min() <= 320 and 45 <= y.max() - y.min() <= 70
    assert Occlude(text="mine").named("other").text == "mine"
    assert np.array_equal(applied(Occlude(text="a\nb\x1b"), black), applied(Occlude(text="a?b?"), black))


def test_gamma():
    levels = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    for distortion, gamma in ((Bright(), 0.4), (Dark(), 2.2)):
        expected = [round(255 * (c / 255) ** gamma) for c in range(256)]
        assert applied(distortion, levels)[0, :, 0].tolist() == expected


def test_histeq_counts_all_channels_at_once():
    image = np.array([[[10, 10, 200], [30, 10, 200]]], np.uint8)
    # of six values three are at most 10, four at most 30, six at most 200
    assert applied(HistEq(), image).tolist() == [[[128, 128, 255], [170, 128, 255]]]


def test_contrast_is_the_formula_of_the_second_document():
    image = np.array([[[128, 100, 140], [0, 255, 129]]], np.uint8)
    factor = 259 * (200 + 255) / (255 * (259 - 200))
    expected = [[[min(255, max(0, round(128 + factor * (c - 128)))) for c in p] for p in image[0].tolist()]]
    assert applied(Contrast(), image).tolist() == expected
    assert applied(Contrast(level=0), image).tolist() == image.tolist()
    assert applied(Contrast(level=300), image)[0, 1].tolist()[:2] == [255, 0], "300 inverts"


def test_decimate_averages_blocks_and_stretches():
    image = np.zeros((2, 4, 3), np.uint8)
    image[:, :2] = [[[8, 8, 8], [16, 8, 8]], [[8, 8, 8], [8, 8, 8]]]
    image[:, 2:] = 108
    # means 10 8 8 | 108 108 108, stretched so that 8 is 0 and 108 is 255
    assert applied(Decimate(), image).tolist() == [[[5, 0, 0], [255, 255, 255]]]
    assert applied(Decimate(), np.full((4, 4, 3), 9, np.uint8)).tolist() == [[[9] * 3] * 2] * 2


def test_an_odd_side_is_filled_up_with_black():
    image = np.full((3, 2, 3), 200, np.uint8)
    assert applied(Decimate(), image)[:, 0, 0].tolist() == [255, 0]


@pytest.mark.parametrize(("distortion", "factor"), [(Upscale(), 1.3), (Downscale(), 0.7)])
def test_rescale_reads_the_blurred_picture_between_its_pixels(image, distortion, factor):
    found = applied(distortion, image)
    assert found.shape[:2] == tuple(round(factor * side) for side in image.shape[:2])
    x = np.arange(-4, 5)
    bell = np.exp(-(x**2) / 2)
    bell /= bell.sum()
    channel = np.pad(image[:, :, 1].astype(float), 4, "reflect")
    down = sum(w * channel[i : i + len(image)] for i, w in enumerate(bell))
    blurred = sum(w * down[:, i : i + image.shape[1]] for i, w in enumerate(bell))
    at = [(np.arange(n) + 0.5) * (m / n) - 0.5 for n, m in zip(found.shape, blurred.shape, strict=False)]
    rows = np.stack([np.interp(at[1], np.arange(len(row)), row) for row in blurred])
    both = np.stack([np.interp(at[0], np.arange(len(column)), column) for column in rows.T]).T
    assert difference(found[1:-1, 1:-1, 1], np.rint(both)[1:-1, 1:-1].astype(np.uint8)) <= 1


def test_compress_is_a_jpeg_of_that_quality(image):
    out = io.BytesIO()
    Image.fromarray(image).save(out, "JPEG", quality=35)
    with Image.open(out) as again:
        assert np.array_equal(applied(Compress(), image), np.asarray(again))


def test_grey_is_pillows_luma(image):
    luma = np.asarray(Image.fromarray(image).convert("L"))
    assert np.array_equal(applied(Grey(), image), np.repeat(luma[:, :, None], 3, axis=2))


def test_swirl_turns_the_middle_and_leaves_the_border(image):
    found = applied(Swirl(), image)
    assert found.shape == image.shape
    assert np.abs(found[0].astype(int) - image[0]).mean() < 2
    height, width, _ = image.shape
    y, x = height / 2 - 0.5 + 12, width / 2 - 0.5 + 7
    down, right = round(y) - (height / 2 - 0.5), round(x) - (width / 2 - 0.5)
    radius = min(width, height) / 2
    turn = 3 * math.exp(-math.hypot(down, right) * 5 / (math.log(2) * radius))
    u = math.cos(turn) * right - math.sin(turn) * down + width / 2 - 0.5
    v = math.sin(turn) * right + math.cos(turn) * down + height / 2 - 0.5
    corners = image[int(v) : int(v) + 2, int(u) : int(u) + 2].astype(float)
    a, b = u - int(u), v - int(v)
    expected = np.einsum("ijc,i,j->c", corners, [1 - b, b], [1 - a, a])
    assert np.abs(found[round(y), round(x)] - expected).max() <= 1


def test_crystallise_is_flat_in_cells_that_are_nearest_to_their_sites():
    from dedupe_distortions.filters import _nearest

    rng = np.random.default_rng(3)
    sites = ((rng.uniform(0.172, 0.828, (2, 6, 7)) + np.mgrid[-1:5, -1:6]) * 10).astype(np.float32)
    y, x = np.mgrid[:40, :50] + 0.5
    distance = (sites[0].reshape(-1, 1, 1) - y) ** 2 + (sites[1].reshape(-1, 1, 1) - x) ** 2
    assert np.array_equal(_nearest(sites, 10), distance.argmin(axis=0)), "brute force over all sites"
    noise = rng.integers(0, 256, (95, 133, 3), np.uint8)
    found = applied(Crystallise(), noise)
    colours = len(np.unique(found.reshape(-1, 3), axis=0))
    assert 0.7 * 95 * 133 / 100 < colours < 1.6 * 95 * 133 / 100
    assert abs(found.mean() - noise.mean()) < 1


def test_warped_and_rounded_by_hand():
    image = np.array([[[0] * 3, [100] * 3], [[200] * 3, [40] * 3]], np.uint8)
    assert warped(image, lambda x, y: (x + 0.5, y + 0.5))[:, :, 0].tolist() == [[85, 35], [60, 10]]
    assert warped(image, lambda x, y: (x + 0.5, y + 0.5), fill=False)[:, :, 0].tolist() == [[85, 70], [120, 40]]
    assert warped(image, lambda x, y: (x + 5, y))[:, :, 0].tolist() == [[0, 0], [0, 0]]
    assert rounded(np.array([-3.0, 0.5, 1.5, 254.6, 300.0], np.float32)).tolist() == [0, 0, 2, 255, 255]


def test_grey_collage_and_screenshot_come_in_strengths(image):
    half = applied(Grey(amount=0.5), image).astype(int)
    assert np.abs(half - (image.astype(int) + applied(Grey(), image)) / 2).max() <= 1
    assert np.array_equal(applied(Grey(amount=0), image), image)
    height, width, _ = image.shape
    for across in (2, 3, 4):
        found = applied(Collage(across=across), image)
        gap = max(1, round(0.01 * min(height, width)))
        high, wide = ((side - (across - 1) * gap) // across for side in (height, width))
        small = np.asarray(Image.fromarray(image).resize((wide, high), Image.Resampling.BICUBIC)).astype(int)
        cells = [
            found[top : top + high, left : left + wide].astype(int)
            for top in range(0, height - high + 1, high + gap)
            for left in range(0, width - wide + 1, wide + gap)
        ]
        assert len(cells) == across**2
        apart = sorted(np.abs(cell - small).mean() for cell in cells)
        assert apart[0] < 6 < 25 < apart[1], "one cell is the picture, the others are not"
    plain, large = (applied(Screenshot(scale=scale), image) for scale in (1.0, 2.0))
    assert plain.shape[0] - height == 11 * (width // 24) and large.shape[0] - height == 22 * (width // 24)
    for spoilt in ({"amount": 1.5}, {"amount": True}):
        with pytest.raises(UsageError, match="grey:amount is a number from 0 to 1"):
            Grey(**spoilt)
