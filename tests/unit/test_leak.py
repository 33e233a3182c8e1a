"""The parts of a leak check: the distance of pixels, the tail of strangers, pairs across two sets."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image

from dedupe.leak import aligned, leak
from dedupe.leak.matching import nearest
from dedupe.leak.strangers import LEAST, strangers
from dedupe.model import Proposed


def small(path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("L").resize((34, 34), Image.Resampling.BILINEAR))


def rows(*pictures: np.ndarray) -> np.ndarray:
    return aligned.Aligned().describe(np.stack(pictures))


def test_the_distance_of_pixels_is_small_for_copies_and_large_for_strangers(photos):
    crops = [small(photo) for photo in photos[:8]]
    plain = rows(*(crop[1:33, 1:33] for crop in crops))
    moved = rows(*(crop[:32, 2:34] for crop in crops))
    bright = np.clip(plain * 0.9, 0, 255).astype(np.uint8)
    own = np.arange(8)
    assert aligned.distances(plain, own, plain, own).max() < 1e-6
    assert aligned.distances(plain, own, bright, own).max() < 0.02
    assert aligned.distances(plain, own, moved, own).max() < 0.05
    between = aligned.block(plain, plain)
    assert between[~np.eye(8, dtype=bool)].min() > aligned.Aligned.threshold
    assert between.shape == (8, 8) and between.dtype == np.float32


def test_the_distance_of_pixels_is_symmetric_and_in_range():
    X = np.random.default_rng(1).integers(0, 256, (12, 1024), np.uint8)
    found = aligned.block(X, X)
    assert np.array_equal(found, found.T) and found.min() >= 0 and found.max() <= 1


def test_the_correlation_is_that_of_numpy():
    X = np.random.default_rng(2).integers(0, 256, (2, 1024), np.uint8)
    a, b = aligned.edges(X).astype(np.float64)
    best = 0.0
    for dy in range(-2, 3):
        for dx in range(-2, 3):
            mine = a[:, max(0, -dy) : 30 - max(0, dy), max(0, -dx) : 30 - max(0, dx)]
            other = b[:, max(0, dy) : 30 - max(0, -dy), max(0, dx) : 30 - max(0, -dx)]
            best = max(best, (mine * other).sum() / math.sqrt((mine**2).sum() * (other**2).sum()))
    assert aligned.distances(X, np.array([0]), X, np.array([1]))[0] == pytest.approx(1 - best, abs=1e-6)


def test_pictures_without_edges_are_far_from_all():
    X = np.concatenate(
        [np.full((1, 1024), 90, np.uint8), np.random.default_rng(3).integers(0, 256, (1, 1024), np.uint8)]
    )
    assert aligned.block(X, X)[0].tolist() == [1.0, 1.0]


def test_many_pairs_are_compared_in_pieces(monkeypatch):
    X = np.random.default_rng(4).integers(0, 256, (9, 1024), np.uint8)
    whole = aligned.block(X, X)
    monkeypatch.setattr(aligned, "CHUNK", 7)
    assert np.array_equal(aligned.block(X, X), whole)


def test_the_tail_of_strangers_is_found_from_beyond_the_limit():
    rng = np.random.default_rng(5)
    distances = (0.6 + np.log(rng.random(200_000)) / 20).astype(np.float32)  # N(x) = 200,000 exp(20 (x - 0.6))
    tail = strangers(distances, 0.5, 0.25)
    true = 2 * 200_000 * math.exp(20 * (0.25 - 0.6))
    assert tail is not None and true / 2 < tail.expected(0.25) < 2 * true
    assert tail.expected(0.2) == pytest.approx(tail.expected(0.25) * math.exp(-0.05 * tail.rate))
    copies = np.concatenate([distances, np.zeros(500, np.float32)])
    assert strangers(copies, 0.5, 0.25) == tail, "the same picture under two labels says nothing of strangers"


def test_the_limit_is_nearer_where_strangers_come_near():
    rng = np.random.default_rng(6)
    tail = strangers((0.5 + np.log(rng.random(400_000)) / 30).astype(np.float32), 1.0, 0.25)
    assert tail is not None and tail.expected(0.25) > 100
    found = np.linspace(0, 0.25, 500, dtype=np.float32)
    limit = tail.distance(found)
    assert LEAST <= limit < 0.25 and tail.expected(limit) <= max(1, 0.05 * (found <= limit).sum())
    assert tail.distance(np.zeros(10**6, np.float32)) == 0.25, "few among so many"


def test_too_few_strangers_say_nothing():
    assert strangers(np.full(20, 0.4, np.float32), 0.5, 0.25) is None
    assert strangers(np.zeros(0, np.float32), 0.0, 0.25) is None


def test_the_nearest_orientation_of_each_pair_stays():
    given = ((1, 0, 0, 5), (1, 0, 1, 3), (2, 0, 0, 4), (1, 1, 2, 4), (1, 1, 0, 4))
    left, right, turn, distance = (np.array(column) for column in zip(*given, strict=True))
    found = Proposed(left, right, distance.astype(np.float32)[:, None], turn.astype(np.uint8))
    kept = nearest(found, found.distance[:, 0])
    assert list(zip(kept.left, kept.right, kept.turn, strict=True)) == [(1, 0, 1), (1, 1, 0), (2, 0, 0)]


def shapes(seed: int) -> Image.Image:
    rng = np.random.default_rng(seed)
    return Image.fromarray(rng.integers(0, 256, (8, 8), np.uint8)).resize((64, 64), Image.Resampling.BICUBIC)


@pytest.fixture(scope="module")
def strangers_found(tmp_path_factory):
    """The false pairs expected where classes of 3, 9 and 6 training and 8, 4 and 6 test pictures are called so, so many
    pictures of no class stand beside them, and so many flat ones, which are near none, in the first training class.
    """

    def expected(names: str, unlabelled: int = 0, flat: int = 0) -> float:
        root = tmp_path_factory.mktemp("sets")
        for side, sizes in (("train", (3, 9, 6)), ("test", (8, 4, 6))):
            for number, (name, size) in enumerate(zip(names, sizes, strict=True)):
                (root / side / name).mkdir(parents=True)
                for i in range(size):
                    shapes(100 * number + 10 * (side == "test") + i).save(root / side / name / f"{number}-{i}.png")
            for i in range(unlabelled):
                shapes(1000 + 100 * (side == "test") + i).save(root / side / f"{i}.png")
        for i in range(flat):
            Image.new("L", (64, 64), 100 + i).save(root / "train" / names[0] / f"flat-{i}.png")
        found = leak(root / "train", root / "test", descriptors="phash:bits=576", thresholds=575, aligned=0.4)
        assert found.header.expected_false_pairs is not None
        return found.header.expected_false_pairs

    return expected


def test_what_classes_are_called_makes_no_difference_to_the_strangers(strangers_found):
    assert len({strangers_found(names) for names in ("abc", "bca", "cab")}) == 1


def test_what_has_no_class_is_no_stranger(strangers_found):
    assert strangers_found("abc", 7) == strangers_found("abc")


def test_strangers_are_scaled_to_all_pairs_of_different_classes(strangers_found):
    same, flat = 3 * 8 + 9 * 4 + 6 * 6, 7 * 8  # pairs of one class
    before, after = 1 - same / (18 * 18), 1 - (same + flat) / (25 * 18)
    assert strangers_found("abc", flat=7) * after == pytest.approx(strangers_found("abc") * before)
