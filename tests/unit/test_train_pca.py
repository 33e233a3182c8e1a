"""The trainer `pca` and the head that it writes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from dedupe_cnn.cnn import Cnn
from dedupe_cnn.features import Features
from dedupe_cnn.head import INPUT, OUTPUT
from dedupe_cnn.pca import Moments, PcaTrainer, leading
from dedupe_cnn.session import run

from dedupe import UsageError
from dedupe.testing import photos
from dedupe.testing.pictures import images

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


@pytest.fixture(scope="module")
def shipped() -> tuple[np.ndarray, np.ndarray]:
    """`features` and `cnn` of the 138 photos that ship, both (138,1280)."""
    pictures = images([path.read_bytes() for path in photos()], Features.decode)
    pictures.flags.writeable = False  # then both share one pass of the network
    return Features().describe(pictures), Cnn().describe(pictures)


def test_1280_components_of_the_photos_that_ship_are_refused(shipped, tmp_path):
    """Their covariance has rank 137: the other components would be any that the solver happens to give."""
    with pytest.raises(UsageError, match="at least 1281 different pictures; there are 138"):
        PcaTrainer(n=1280).fit([shipped[0]], tmp_path / "full.onnx", quiet)


def test_a_full_rotation_keeps_every_distance_of_cnn(shipped, tmp_path):
    """`pca1280` equals `cnn` on the photos that ship: every cosine and Euclidean distance to 1e-4 of itself.

    138 photos are too few for `train pca -n 1280` (see above). So noise about the mean that `cnn` takes off joins them for
    the other dimensions, and each vector's reflection through that mean, so that it is the mean of all.
    """
    features, cnn = shipped
    centre = (features - cnn).mean(0)
    noise = np.random.default_rng(3).normal(size=(600, 1280)) * cnn.std(0)
    learnt = np.concatenate([features, centre + noise, 2 * centre - features, centre - noise]).astype(np.float32)
    PcaTrainer(n=1280).fit([learnt[:900], learnt[900:]], tmp_path / "full.onnx", quiet)
    rotated = projected(tmp_path / "full.onnx", features).astype(np.float64)
    for distances in (cosine, euclidean):
        found, wanted = distances(rotated), distances(cnn.astype(np.float64))
        assert np.allclose(found, wanted, rtol=1e-4, atol=TINY[distances]), np.abs(found - wanted).max()


def cosine(X: np.ndarray) -> np.ndarray:
    unit = X / np.linalg.norm(X, axis=1, keepdims=True)
    return 1 - unit @ unit.T


def euclidean(X: np.ndarray) -> np.ndarray:
    return np.sqrt(((X[:, None] - X[None]) ** 2).sum(2))


TINY = {cosine: 1e-6, euclidean: 1e-3}
"""What is rounding where vectors are the same."""
