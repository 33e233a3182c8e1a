"""The trainer `pca` and the head that it writes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from dedupe_cnn.head import INPUT, OUTPUT
from dedupe_cnn.pca import Moments, PcaTrainer, leading
from dedupe_cnn.session import run

from dedupe import UsageError

WIDTH = 24


def quiet(*_: object) -> None: ...


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    """Correlated, far from zero, more of them than values."""
    rng = np.random.default_rng(1)
    mixed = rng.normal(size=(700, WIDTH)) * np.linspace(3, 0.1, WIDTH) @ rng.normal(size=(WIDTH, WIDTH))
    return (mixed + 50).astype(np.float32)


def projected(path: Path, rows: np.ndarray) -> np.ndarray:
    return run(path, INPUT, rows, (OUTPUT,))[0]


@pytest.mark.parametrize("cuts", [(), (1,), (100, 101, 400), (0, 700)])
def test_moments_are_those_of_all_rows_at_once(rows, cuts):
    moments = Moments(WIDTH)
    for part in np.split(rows, cuts):
        if len(part):
            moments.add(part)
    assert moments.count == len(rows)
    assert np.allclose(moments.mean, rows.mean(0, dtype=np.float64), rtol=1e-12)
    assert np.allclose(moments.covariance, np.cov(rows.astype(np.float64).T), rtol=1e-9, atol=1e-9)


def test_moments_keep_their_digits_far_from_zero():
    rng = np.random.default_rng(2)
    small = rng.normal(size=(4000, 3))
    moments = Moments(3)
    for part in np.split(small + 1e7, 8):
        moments.add(part)
    assert np.allclose(moments.covariance, np.cov(small.T), rtol=1e-6, atol=1e-6)


def test_components_are_orthonormal_sorted_and_signed(rows):
    values, vectors = leading(np.cov(rows.astype(np.float64).T))
    assert np.allclose(vectors.T @ vectors, np.eye(WIDTH), atol=1e-12)
    assert (np.diff(values) <= 0).all() and (values >= 0).all()
    assert (vectors[np.abs(vectors).argmax(0), np.arange(WIDTH)] > 0).all()


def test_the_head_projects_on_the_leading_components(rows, tmp_path):
    manifest = PcaTrainer(n=5).fit([rows[:300], rows[300:]], tmp_path / "pca.onnx", quiet)
    _, vectors = leading(np.cov(rows.astype(np.float64).T))
    wanted = (rows - rows.mean(0, dtype=np.float64)) @ vectors[:, :5]
    assert np.allclose(projected(tmp_path / "pca.onnx", rows), wanted, atol=1e-3)
    assert (manifest.name, manifest.descriptor, manifest.dimensions, manifest.pictures) == ("pca5", "head", 5, 700)
    assert manifest.details["kept"] == pytest.approx(manifest.details["curves"]["lines"]["700 pictures"][4])


def test_a_whitened_head_gives_unit_variances(rows, tmp_path):
    PcaTrainer(n=6, whiten=True).fit([rows], tmp_path / "pca.onnx", quiet)
    assert np.allclose(np.cov(projected(tmp_path / "pca.onnx", rows).T), np.eye(6), atol=1e-3)


def test_the_batches_make_no_difference(rows, tmp_path):
    PcaTrainer(n=4).fit([rows], tmp_path / "one.onnx", quiet)
    PcaTrainer(n=4).fit(np.split(rows, 7), tmp_path / "seven.onnx", quiet)
    assert np.allclose(projected(tmp_path / "one.onnx", rows), projected(tmp_path / "seven.onnx", rows), atol=1e-4)


def test_the_same_vectors_give_the_same_file(rows, tmp_path):
    for name in ("a.onnx", "b.onnx"):
        PcaTrainer(n=4).fit([rows], tmp_path / name, quiet)
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


def test_curves_are_noted_after_500_pictures_and_after_all(rows, tmp_path):
    manifest = PcaTrainer(n=4).fit([rows[:450], rows[450:]], tmp_path / "pca.onnx", quiet)
    lines = manifest.details["curves"]["lines"]
    assert list(lines) == ["500 pictures", "700 pictures"]
    values = np.sort(np.linalg.eigvalsh(np.cov(rows[:500].astype(np.float64).T)))[::-1]
    assert np.allclose(lines["500 pictures"], np.cumsum(values) / values.sum(), atol=1e-5)
    assert len(manifest.details["eigenvalues"]) == WIDTH


@pytest.mark.parametrize(("n", "words"), [(0, "n from 1 to 24"), (25, "n from 1 to 24"), (24, "at least 25 different")])
def test_too_many_components_are_refused(rows, tmp_path, n, words):
    with pytest.raises(UsageError, match=words):
        PcaTrainer(n=n).fit([rows[:24]], tmp_path / "pca.onnx", quiet)
    assert list(tmp_path.iterdir()) == []


def test_a_full_rotation_keeps_every_distance_of_centred_features(tmp_path):
    """`pca1280` equals centred `cnn`: cosine distances to 1e-5, Euclidean ones to 1e-4 of themselves."""
    rng = np.random.default_rng(3)
    features = np.abs(rng.gamma(0.7, 1.0, (1400, 1280))).astype(np.float32)
    PcaTrainer(n=1280).fit([features[:900], features[900:]], tmp_path / "full.onnx", quiet)
    some = features[:60]
    turned = projected(tmp_path / "full.onnx", some).astype(np.float64)
    centred = some - features.mean(0, dtype=np.float64)
    for metric, tolerance in ((cosine, 1e-5), (euclidean, 1e-3)):
        assert np.allclose(metric(turned), metric(centred), atol=tolerance, rtol=1e-4)


def cosine(X: np.ndarray) -> np.ndarray:
    unit = X / np.linalg.norm(X, axis=1, keepdims=True)
    return 1 - unit @ unit.T


def euclidean(X: np.ndarray) -> np.ndarray:
    return np.sqrt(((X[:, None] - X[None]) ** 2).sum(2))
