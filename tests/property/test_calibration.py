"""What a shipped calibration promises of pictures that were never used: neither to train, nor to calibrate."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pytest

from dedupe import calibrate, metrics
from dedupe.calibrate.files import file_name
from dedupe.describe.choose import choose
from dedupe.describe.gather import gather, load_plugins

SHARE = 1e-4
HASHES = ("pdq", "phash", "phash:bits=256", "ahash", "dhash", "whash", "dct", "mh", "bmb", "radial")
PCA = ("pca512", "pca256", "pca128", "pca64", "pca32")
CODES = ("ae256-linear", "ae256-sigmoid", "ae256-relu")
NAMES = (
    *HASHES,
    "cnn",
    "cnn:metric=l2",
    "cnn:pooling=average",
    "cnn:pooling=average,metric=l2",
    *PCA,
    *CODES,
    *(f"{name}:metric=l2" for name in (*PCA[:-1], *CODES)),
    *(f"{name}:dtype=int8" for name in (*PCA, *CODES)),
    *(f"{name}:dtype=bits" for name in (*PCA, *CODES)),
)
FOLDERS = ("dedupe_hashes", "dedupe_cnn")


@pytest.fixture(scope="module")
def described(shared, tmp_path_factory):
    """Vectors of 753 photos: all objects and scenes, and every twelfth piece of clothing.

    Garments on a plain ground are much alike: as one picture in fourteen they are common enough.
    """
    photos = shared / "photos"
    clothing = sorted((photos / "clothing").iterdir())[::12]
    chosen = choose(load_plugins(), NAMES)
    paths = [photos / "objects", photos / "scenes", *clothing]
    found = gather(paths, chosen, load_plugins(), cache=tmp_path_factory.mktemp("cache") / "cache.sqlite3")
    return {each.label: (each, matrix.X) for each, matrix in zip(chosen, found.collection.matrices, strict=True)}


@pytest.mark.parametrize("name", NAMES)
def test_the_share_of_unrelated_pairs_is_the_one_asked_for(described, name):
    each, X = described[name]
    calibration = calibrate.find(each.descriptor, each.columns[0].key)
    distance = calibration.distance(SHARE)
    promised = calibration.share(distance)  # for whole bits the largest share within the one asked for
    apart = [metrics.distances(X[i : i + 1], X[i + 1 :], each.descriptor.metric)[0] for i in range(len(X) - 1)]
    near = float(np.mean(np.concatenate(apart) <= distance))
    assert len(X) > 750 and promised <= SHARE * 1.001
    assert 0.3 * promised <= near <= 3 * promised


def test_every_calibration_that_ships_is_one_of_these():
    """What is off by more, as dhash:bits=256 and pca32:metric=l2 are on these photos, ships none."""
    found = [path.name for folder in FOLDERS for path in (files(folder) / "calibration").iterdir()]
    chosen = choose(load_plugins(), NAMES)
    assert sorted(found) == sorted(file_name(each.columns[0].key) for each in chosen)
