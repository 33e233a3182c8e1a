"""Searches that may miss pairs say so, whichever sides they compare."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dedupe.describe.choose import choose
from dedupe.group import _distances
from dedupe.model import TURNS, Matrix
from dedupe.plugins import load
from dedupe.scan.neighbours import near
from dedupe.search import Crossed, inverted, recall_notes

N = 400


@pytest.fixture(scope="module")
def chosen():
    (each,) = choose(load(), ["pca32"], ["0.3"])
    return each


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    rng = np.random.default_rng(0)
    X = np.repeat(rng.standard_normal((N // 4, 32)), 4, axis=0) + rng.standard_normal((N, 32)) * 0.2
    return Matrix(np.arange(N), X.astype(np.float32))


@pytest.mark.parametrize("references", [0, 150])
@pytest.mark.parametrize("turned", [False, True])
def test_the_inverted_file_says_what_it_found(chosen, matrix, references, turned, monkeypatch):
    monkeypatch.setattr(inverted, "PROBES", 1)
    fixed = np.arange(N) < references
    if turned:
        chosen = replace(chosen, columns=(chosen.columns[0], replace(chosen.columns[0], turn="hflip")))
    matrices = [matrix, Matrix(matrix.contents, matrix.X[:, ::-1].copy())] if turned else [matrix]
    found, notes = near(chosen, matrices, np.ones(N, np.bool_), fixed, "inverted")
    assert len(found.pairs) > 100
    assert len(notes) == 1 and "pca32: searched with inverted, which found " in notes[0]
    assert near(chosen, matrices, np.ones(N, np.bool_), fixed, "exact")[1] == []


def test_of_several_searches_the_worst_is_told(matrix):
    crossed = [Crossed(None, "inverted", share) for share in (0.999, 0.95, None)]  # type: ignore[arg-type]
    assert recall_notes("x", crossed) == ["x: searched with inverted, which found 95.00% of sampled pairs."]
    assert recall_notes("x", crossed[2:]) == []


def every_way(matrices: list[Matrix], reference: np.ndarray) -> np.ndarray:
    """The least distance of each two rows, one side turned where it is no reference's, float (n,n); NaN: not compared."""
    n = len(reference)
    least = np.full((n, n), np.inf)
    for number, turned in enumerate(matrices):
        for i, x in zip(matrices[0].contents, matrices[0].X, strict=True):
            for j, y in zip(turned.contents, turned.X, strict=True):
                if i != j and not (reference[j] and (number or reference[i])):
                    least[i, j] = least[j, i] = min(least[i, j], np.bitwise_count(x ^ y).sum())
    return least


@pytest.mark.parametrize(
    ("upright", "turned", "turn"), [(1, 3, "none"), (3, 1, "hflip"), (2, 2, "none"), (9, 0, "hflip")]
)
@pytest.mark.parametrize("references", [0, 1])
def test_of_all_orientations_the_nearest_counts_and_upright_if_as_near(upright, turned, turn, references):
    (each,) = choose(load(), ["phash"], ["9"])
    each = replace(each, columns=(each.columns[0], replace(each.columns[0], turn="hflip")))
    X = np.zeros((2, 8), np.uint8)
    X[1] = np.packbits(np.arange(64) < upright)
    flipped = np.stack([np.full(8, 255, np.uint8), np.packbits(np.arange(64) < turned)])
    matrices = [Matrix(np.arange(2), X), Matrix(np.arange(2), flipped)]
    found, _ = near(each, matrices, np.ones(2, np.bool_), np.arange(2) < references, "auto")
    assert found.pairs.distance.tolist() == [min(upright, turned)]
    assert [TURNS[number] for number in found.pairs.turn] == [turn]


@pytest.mark.parametrize("seed", range(30))
def test_equal_rows_stand_for_each_other_with_references_and_orientations(seed):
    rng = np.random.default_rng(seed)
    n, turns = 40, ("none", "hflip", "rotate90")[: 1 + seed % 3]
    (each,) = choose(load(), ["phash"], ["9"])
    each = replace(each, columns=tuple(replace(each.columns[0], turn=turn) for turn in turns))
    reference = rng.random(n) < (0.4, 0)[seed % 2]
    few = rng.integers(0, 256, (len(turns), 6, 1), np.uint8).repeat(8, 2) & rng.integers(
        0, 256, (len(turns), 6, 8), np.uint8
    )
    kind = rng.integers(0, 6, n)
    matrices = [Matrix(np.arange(n), few[0][kind])]
    for some in few[1:]:
        have = np.flatnonzero(rng.random(n) < 0.9)
        matrices.append(Matrix(have, some[np.where(rng.random(n) < 0.8, kind, rng.integers(0, 6, n))][have]))
    usable = rng.random(n) < 0.9
    found, _ = near(each, matrices, usable, reference, "auto")
    wanted = every_way([matrix.among(usable) for matrix in matrices], reference)
    left, right = (each.astype(np.int64) for each in np.triu_indices(n, 1))
    compared = usable[left] & usable[right] & ~(reference[left] & reference[right])
    left, right = left[compared], right[compared]
    distance, _ = _distances(found, left, right)
    expected = wanted[left, right]
    assert ((distance == expected) | (np.isnan(distance) & (expected > 9))).all()
    assert (np.diff(found.pairs.left * n + found.pairs.right) > 0).all() and (
        found.pairs.left < found.pairs.right
    ).all()
    assert len(found.within) <= usable.sum()


def test_many_equal_rows_beside_a_reference_are_no_pairs_of_each_two():
    n = 30_000  # 450 million pairs, more than a search may give
    (each,) = choose(load(), ["phash"], ["9"])
    columns = (each.columns[0], replace(each.columns[0], turn="hflip"))
    matrix = Matrix(np.arange(n), np.zeros((n, 8), np.uint8))
    for chosen, matrices in ((each, [matrix]), (replace(each, columns=columns), [matrix, matrix])):
        found, _ = near(chosen, matrices, np.ones(n, np.bool_), np.arange(n) == 5, "auto")
        assert (found.classes == (np.arange(n) == 5)).all()
        assert found.pairs.left.tolist() == [0] and found.pairs.right.tolist() == [1]
