"""The pairs that an evaluation looks at: those it draws, their distances, and those that a file names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dedupe import metrics
from dedupe.errors import UsageError
from dedupe.evaluate.blocks import block_of, least, own
from dedupe.evaluate.plan import plan
from dedupe.evaluate.scoring import read_pairs
from dedupe.model import Metric


@pytest.mark.parametrize(("photos", "distortions"), [(20, 1), (129, 2), (300, 3)])
def test_all_pairs_are_met_once(photos, distortions):
    pairs = plan(photos, distortions, 10**9, 0)
    left, right = pairs.pairs()
    first = int(pairs.starts[1])
    originals = {frozenset(pair) for pair in zip(left[:first].tolist(), right[:first].tolist(), strict=True)}
    assert len(originals) == first == photos * (photos - 1) // 2
    for k in range(distortions):
        part = slice(int(pairs.starts[k + 1]), int(pairs.starts[k + 2]))
        both = set(zip(left[part].tolist(), right[part].tolist(), strict=True))
        assert len(both) == photos * (photos - 1) and all(a != b for a, b in both)


def test_a_sample_is_even_seeded_and_no_larger_than_asked():
    pairs = plan(2000, 5, 2_000_000, 3)
    left, right = pairs.pairs()
    assert 1_500_000 < len(pairs) < 2_300_000
    first = int(pairs.starts[1])
    assert 0.5 < first / len(pairs) / (2000 * 1999 / 2 / (2000 * 1999 * 5.5)) < 2
    counts = np.bincount(left, minlength=2000) + np.bincount(right, minlength=2000)
    assert counts.min() > 0.4 * counts.mean()
    again = plan(2000, 5, 2_000_000, 3).pairs()
    assert np.array_equal(again[0], left) and not np.array_equal(plan(2000, 5, 2_000_000, 4).pairs()[0], left)


@pytest.mark.parametrize("metric", ["hamming", "cosine", "l2", "int8", "own"])
def test_blocks_are_the_distances_of_metrics(metric):
    rng = np.random.default_rng(0)
    own_metric = Metric("own", "float32", lambda A, B: np.abs(A[:, None] - B[None]).max(axis=2).astype(np.float32))
    used = {"int8": "cosine", "own": own_metric}.get(metric, metric)
    X = rng.normal(size=(70, 19)).astype(np.float32)
    if metric == "hamming":
        X = rng.integers(0, 256, (70, 19), np.uint8)
    if metric == "int8":
        X = (X * 40).astype(np.int8)
    A, B = X[:40], X[30:]
    prepare, block = block_of(used)
    wanted = metrics.distances(A, B, used)
    assert np.allclose(block(prepare(A), prepare(B)), wanted, rtol=1e-6, atol=1e-6)
    assert np.allclose(own(block, [prepare(A)], prepare(B[:40])), np.diagonal(wanted), rtol=1e-6, atol=1e-6)
    two = least(block, [prepare(A), prepare(B)], prepare(B))
    assert np.allclose(two, np.minimum(wanted, metrics.distances(B, B, used)), rtol=1e-6, atol=1e-6)


def test_rows_without_direction_are_infinitely_far():
    prepare, block = block_of("cosine")
    X = np.array([[0, 0], [1, 0]], np.float32)
    assert block(prepare(X), prepare(X)).tolist() == [[np.inf, np.inf], [np.inf, 0]]


def test_pairs_are_read_with_and_without_a_header(tmp_path: Path):
    file = tmp_path / "pairs.csv"
    file.write_text("a.jpg,b.jpg,1\n\nsub/c.jpg,a.jpg, 0\n")
    plain = read_pairs(file)
    assert plain.same.tolist() == [True, False] and plain.a.tolist() == [0, 2] and plain.b.tolist() == [1, 0]
    assert plain.files[2].endswith(b"/sub/c.jpg")
    file.write_text("\ufeffdistortion,same,a,b\nblur,1,a.jpg,b.jpg\nblur,0,sub/c.jpg,a.jpg\n")
    headed = read_pairs(file)
    assert headed.files == plain.files and headed.same.tolist() == plain.same.tolist()


@pytest.mark.parametrize(
    ("text", "line"),
    [("a,b,1\na,b\n", 2), ("a,b,1\na,b,2\n", 2), ("a,,1\n", 1), ("a,b,same\n\nx,y,yes\n", 3), ("a\0,b,1\n", 1)],
)
def test_a_bad_line_is_named(tmp_path: Path, text: str, line: int):
    file = tmp_path / "pairs.csv"
    file.write_text(text)
    with pytest.raises(UsageError, match=f"line {line}:"):
        read_pairs(file)


def test_the_photos_that_come_along_leave_out_those_that_distortions_use():
    from dedupe.distort.others import names
    from dedupe.evaluate import shipped

    found = {path.name for path in shipped()}
    assert len(found) >= 100 and not found & set(names())
