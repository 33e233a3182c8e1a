"""Searches that may miss pairs say so, whichever sides they compare."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dedupe.describe.choose import choose
from dedupe.model import Matrix
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
