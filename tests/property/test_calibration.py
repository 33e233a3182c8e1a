"""What the shipped calibrations promise of pictures that were never used: neither to train, nor to calibrate."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

import unrelated_pairs
from dedupe.calibrate.files import file_name, plain
from dedupe.describe.choose import Chosen, choose
from dedupe.describe.gather import load_plugins
from unrelated_pairs import GARMENTS, HASHES, MIXED, NAMES

THRESHOLDS = Path(__file__).resolve().parents[2] / "dedupe" / "calibrate" / "README.md"


@pytest.fixture(scope="module")
def kept() -> dict[str, dict[str, unrelated_pairs.Tail]]:
    return unrelated_pairs.kept()


@pytest.fixture(scope="module")
def chosen() -> dict[str, Chosen]:
    return {each.label: each for each in choose(load_plugins(), NAMES)}


@pytest.mark.parametrize("name", NAMES)
def test_the_share_of_unrelated_pairs_is_the_one_asked_for_on_photos_of_many_kinds(chosen, kept, name):
    assert 0.3 <= unrelated_pairs.ratio(chosen[name], kept, MIXED) <= 3


def test_the_page_of_thresholds_says_what_comes_out_by_kind_of_photo(kept):
    text = THRESHOLDS.read_text(encoding="utf-8")
    assert "\n".join(unrelated_pairs.table(kept)) in text, "python tests/support/unrelated_pairs.py prints the table"


def test_every_calibration_that_ships_is_one_of_these(chosen, kept):
    """What is off by more, as dhash:bits=256 and pca32:metric=l2 are on these photos, ships none."""
    keys = [each.columns[0].key for each in chosen.values()]
    found = [path for folder in ("dedupe_hashes", "dedupe_cnn") for path in (files(folder) / "calibration").iterdir()]
    assert sorted(path.name for path in found) == sorted(map(file_name, keys))
    assert list(kept) == [plain(key) for key in keys], "measure again: python tests/support/unrelated_pairs.py PHOTOS"
    for given in (json.loads(path.read_text(encoding="ascii")) for path in found):
        assert given["measured_with"].startswith("working512-") and given["sources"]


@pytest.fixture(scope="module")
def measured(shared, full, tmp_path_factory) -> dict[str, dict[str, unrelated_pairs.Tail]]:
    """What the photos give now; with --full also of all garments."""
    mixed = unrelated_pairs.mixtures(shared / "photos")
    some = {name: paths for name, paths in mixed.items() if full or name != GARMENTS}
    return unrelated_pairs.measured(some, tmp_path_factory.mktemp("cache") / "cache.sqlite3")


@pytest.mark.parametrize("name", NAMES)
def test_the_distances_that_are_kept_are_those_of_the_photos(measured, chosen, kept, name):
    key = plain(chosen[name].columns[0].key)
    bits = chosen[name].descriptor.metric == "hamming"
    assert measured[key]
    for mixture, tail in measured[key].items():
        known = kept[key][mixture]
        assert (tail["pictures"], tail["pairs"]) == (known["pictures"], known["pairs"])
        ranks = unrelated_pairs.ranks(tail["pairs"])
        now, then = (np.array(t["distances"])[np.searchsorted(t["within"], ranks)] for t in (tail, known))
        if name in HASHES and bits:
            assert (now == then).all(), mixture
        else:  # another processor's sums end in other digits, which may turn a bit
            assert np.allclose(now, then, rtol=0.01, atol=1 if bits else 2e-4), mixture
