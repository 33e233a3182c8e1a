"""Distances: values known beforehand, identity, symmetry, what is undefined, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from dedupe import metrics
from dedupe.errors import DedupeError, UsageError
from dedupe.metrics import foreign
from dedupe.model import Metric


def test_hamming_counts_bits() -> None:
    A = np.array([[0, 0], [255, 1]], np.uint8)
    B = np.array([[0, 0], [0, 3], [254, 1]], np.uint8)
    found = metrics.distances(A, B, "hamming")
    assert found.dtype == np.float32
    assert found.tolist() == [[0, 2, 8], [9, 9, 1]]


def test_cosine_and_l2_of_known_rows() -> None:
    A = np.array([[1, 0], [0, 2], [0, 0]], np.float32)
    B = np.array([[3, 0], [-1, 0], [1, 1]], np.float32)
    cosine = metrics.distances(A, B, "cosine")
    assert cosine[0].tolist() == pytest.approx([0, 2, 1 - 0.5**0.5])
    assert cosine[1].tolist() == pytest.approx([1, 1, 1 - 0.5**0.5])
    assert np.isnan(cosine[2]).all()
    assert metrics.distances(A, B, "l2").tolist() == [
        pytest.approx([2, 2, 1]),
        pytest.approx([13**0.5, 5**0.5, 2**0.5]),
        pytest.approx([3, 1, 2**0.5]),
    ]


@pytest.mark.parametrize(
    ("metric", "dtype"), [("hamming", np.uint8), ("cosine", np.float32), ("cosine", np.int8), ("l2", np.float32)]
)
def test_a_row_is_at_0_from_itself_and_distances_are_symmetric(metric, dtype) -> None:
    X = (np.random.default_rng(0).normal(size=(40, 33)) * 30).astype(np.int8).astype(dtype)
    found = metrics.distances(X, X, metric)
    assert (found.diagonal() == 0).all()
    assert np.array_equal(found, found.T)
    assert (found[~np.eye(40, dtype=bool)] > 0).all()


def test_nan_gives_nan() -> None:
    X = np.array([[np.nan, 1], [1, 1]], np.float32)
    for metric in ("cosine", "l2"):
        assert np.isnan(metrics.distances(X, X, metric)).tolist() == [[True, True], [True, False]]


def test_no_rows_and_large_values() -> None:
    empty = np.zeros((0, 3), np.float32)
    assert metrics.distances(empty, np.ones((2, 3), np.float32), "l2").shape == (0, 2)
    huge = np.array([[3e38, 0, 0], [3e38, 3e38, 0]], np.float32)
    assert metrics.distances(huge, huge, "cosine")[0, 1] == pytest.approx(1 - 0.5**0.5)


def test_a_metric_of_a_plugin_is_asked() -> None:
    owner = Metric("gap", "int32", lambda A, B: np.abs(A[:, 0][:, None] - B[:, 0][None]).astype(np.float64))
    X = np.array([[1], [5]], np.int32)
    found = metrics.distances(X, X, owner)
    assert found.dtype == np.float32
    assert found.tolist() == [[0, 4], [4, 0]]


class Unprintable(Exception):
    def __str__(self) -> str:
        raise RuntimeError


def raises(error: BaseException):
    def block(A, B):
        raise error

    return block


@pytest.mark.parametrize(
    ("block", "sentence"),
    [
        (raises(ValueError("out of\nluck")), "raised ValueError: out of luck$"),
        (raises(SystemExit(9)), "raised SystemExit: 9$"),
        (raises(Unprintable()), "raised Unprintable$"),
        (lambda A, B: np.zeros((1, 1), np.float32), r"gave \(1, 1\) for 2 by 2 rows"),
        (lambda A, B: [[0.0], [0.0, 1.0]], "raised ValueError"),
        (lambda A, B: None, r"gave \(\) for 2 by 2 rows"),
        (lambda A, B: np.full((2, 2), "near"), "gave <U4, not numbers"),
        (lambda A, B: np.full((2, 2), 1j), "gave complex128, not numbers"),
        (lambda A, B: np.array([[np.nan, 0], [-1, 0]]), "gave the distance -1; a distance is 0 or more"),
        (lambda A, B: np.full((2, 2), -np.inf), "gave the distance -inf"),
    ],
)
def test_a_metric_of_a_plugin_that_gives_no_distances_is_one_sentence(block, sentence) -> None:
    X = np.array([[1], [5]], np.int32)
    with pytest.raises(DedupeError, match=rf"^The metric mine \({__name__}\) " + sentence) as caught:
        metrics.distances(X, X, Metric("mine", "int32", block))
    assert caught.value.exit_code == 3


def test_what_rounding_leaves_below_0_is_0_and_nan_stays() -> None:
    X = np.array([[1], [5]], np.int32)
    found = metrics.distances(X, X, Metric("mine", "int32", lambda A, B: np.array([[-1e-7, np.nan], [1, 2]])))
    assert found.dtype == np.float32 and found[0, 0] == 0 and np.isnan(found[0, 1]) and found[1].tolist() == [1, 2]


def test_an_interrupt_is_no_fault_of_a_metric() -> None:
    X = np.array([[1], [5]], np.int32)
    with pytest.raises(KeyboardInterrupt):
        foreign.computed(Metric("mine", "int32", raises(KeyboardInterrupt())), X, X)


@pytest.mark.parametrize(
    ("X", "metric"),
    [
        (np.zeros((2, 2), np.float32), "hamming"),
        (np.zeros((2, 2), np.float64), "cosine"),
        (np.zeros((2, 2), np.int8), "l2"),
        (np.zeros(2, np.float32), "l2"),
    ],
)
def test_the_wrong_dtype_or_shape_is_refused(X, metric) -> None:
    with pytest.raises(DedupeError, match=metric):
        metrics.distances(X, X, metric)


def test_rows_of_different_lengths_are_refused() -> None:
    with pytest.raises(DedupeError, match="2 and 3"):
        metrics.distances(np.zeros((1, 2), np.float32), np.zeros((1, 3), np.float32), "l2")


def test_an_unknown_metric_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="manhattan"):
        metrics.resolve("manhattan")
