"""The parts of a leak check: the distance of edges, pairs across two sets, which of them are looked at."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image

from dedupe.leak import aligned, leak, looking
from dedupe.leak.matching import nearest
from dedupe.model import Failure, Proposed
from dedupe.model.judgement import Judgement


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


def test_the_nearest_orientation_of_each_pair_stays():
    given = ((1, 0, 0, 5), (1, 0, 1, 3), (2, 0, 0, 4), (1, 1, 2, 4), (1, 1, 0, 4))
    left, right, turn, distance = (np.array(column) for column in zip(*given, strict=True))
    found = Proposed(left, right, distance.astype(np.float32)[:, None], turn.astype(np.uint8))
    kept = nearest(found, found.distance[:, 0])
    assert list(zip(kept.left, kept.right, kept.turn, strict=True)) == [(1, 0, 1), (1, 1, 0), (2, 0, 0)]


@pytest.fixture
def alike(tmp_path):
    """Twenty pictures for training and three test pictures, all near each other."""
    rng = np.random.default_rng(8)
    small = rng.integers(0, 256, (8, 8), np.uint8)
    for side, count in (("train", 20), ("test", 3)):
        (tmp_path / side).mkdir()
        for i in range(count):
            cells = np.clip(small + rng.normal(0, 6, (8, 8)), 0, 255).astype(np.uint8)
            picture = Image.fromarray(cells).resize((48, 48), Image.Resampling.BICUBIC)
            picture.save(tmp_path / side / f"{i}.png")
    return tmp_path


def test_a_test_picture_that_many_have_refused_asks_no_more(alike, monkeypatch):
    asked: list[int] = []
    said = {
        b"0.png": Judgement("edited", "", 1.0),
        b"1.png": Judgement("variant", "", 1.0),
        b"2.png": Failure(b"2.png", "judge", "changed", "It changed."),
    }

    def judged(pairs, decoders, run):
        asked.append(len(pairs))
        return [said[pair[1].path[-5:]] for pair in pairs]

    monkeypatch.setattr(looking, "judged", judged)
    found = leak(alike / "train", alike / "test", cache="none", workers=1)
    assert asked == [48, 4], "the rest of the one that some have accepted"
    assert found.summary.leaked == 1 and len(found.groups) == 20
    assert found.summary.kinds == {"edited": 20, "variant": 1} and found.summary.not_judged == 1
