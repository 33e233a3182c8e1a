"""Null distributions: measured against ones that are known, kept as files, and turned into thresholds."""

from __future__ import annotations

import dataclasses
import json
import math
import sys
import types

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe import config
from dedupe.calibrate import Calibration, files, find_shipped, limits, measure, read, write
from dedupe.calibrate.own import OwnNull, own_limit
from dedupe.calibrate.table import parts
from dedupe.describe.choose import Budget, Chosen, budget, choose, proposing
from dedupe.errors import UsageError
from dedupe.plugins import descriptor_key, load


def binomial(bits: int, most: int) -> float:
    """The share of pairs of random hashes within so many bits."""
    return sum(math.comb(bits, k) for k in range(most + 1)) / 2**bits


@pytest.fixture(scope="module")
def hashes() -> Calibration:
    X = np.random.default_rng(0).integers(0, 256, (3000, 8), np.uint8)
    return measure("random@1", X, "hamming")


@pytest.fixture(scope="module")
def loaded():
    return load()


def test_random_hashes_have_the_distribution_that_is_known(hashes):
    assert hashes.whole and hashes.pairs == 3000 * 2999 // 2 and 0.9e-6 < hashes.checked < 1e-5
    for bits in range(14, 32):
        if (share := binomial(64, bits)) > 1e-5:
            assert hashes.share(bits) == pytest.approx(share, rel=0.3)
    assert hashes.distance(1e-3) == max(b for b in range(64) if binomial(64, b) <= 1e-3)


def test_the_tail_goes_on_as_the_distribution_does(hashes):
    for bits in (9, 11):  # 1e-9 and 1e-8, where a thousandth of a pair was to be expected
        assert math.log10(hashes.share(bits)) == pytest.approx(math.log10(binomial(64, bits)), abs=1)
    assert 0 <= hashes.distance(1e-30) <= 2


def test_floats_have_the_distribution_that_is_known():
    X = np.random.default_rng(0).normal(size=(1500, 2)).astype(np.float32)  # differences are normal: distances Rayleigh
    found = measure("normal@1", X, "l2")
    for share in (1e-2, 1e-3, 1e-4):
        assert found.distance(share) == pytest.approx(2 * math.sqrt(-math.log1p(-share)), rel=0.15)
    unit = measure("normal@1", X, "cosine")
    assert unit.distance(0.1) == pytest.approx(1 - math.cos(0.1 * math.pi), rel=0.1)


@pytest.mark.parametrize("n", [255, 256, 257, 513])
def test_every_pair_is_counted_once(n):
    rng = np.random.default_rng(n)
    bits, floats = rng.integers(0, 256, (n, 4), np.uint8), rng.integers(0, 40, (n, 2)).astype(np.float32)
    bits[-1], floats[-1] = bits[0], floats[0]  # the last rows meet the first ones, and each other
    bits[-2], floats[-2] = bits[0], floats[0]
    left, right = np.triu_indices(n, 1)
    apart = {
        "hamming": np.bitwise_count(bits[left] ^ bits[right]).sum(axis=1),
        "l2": np.sqrt(((floats[left] - floats[right]) ** 2).sum(axis=1)),
    }
    for metric, X, step in (("hamming", bits, 0), ("l2", floats, 2 * apart["l2"].max() / 2**18)):
        found = measure("x@1", X, metric)
        assert (found.pictures, found.pairs) == (n, n * (n - 1) // 2)
        for distance, share in zip(found.distances, found.shares, strict=True):
            assert round(share * found.pairs) == np.count_nonzero(apart[metric] <= distance + 1e-6)
            assert np.abs(apart[metric] - distance + step / 2).min() <= step / 2 + 1e-6, "a step's upper end"


@pytest.mark.parametrize(("equal", "least"), [(4, False), (5, True)])
def test_ten_pairs_are_enough_for_a_share_and_fewer_are_not(equal, least):
    X = np.random.default_rng(1).integers(0, 256, (300, 16), np.uint8)
    X[:equal] = X[0]
    found = measure("x@1", X, "hamming")
    assert (found.distances[0] == 0) is least
    assert not least or found.checked == 10 / found.pairs


@given(share=st.floats(1e-15, 0.4))
def test_a_distance_never_lets_more_through_than_asked_for(hashes, share):
    distance = hashes.distance(share)
    assert distance == int(distance) >= 0
    assert hashes.share(distance) <= share * (1 + 1e-9) or distance == 0
    assert hashes.share(distance + 1) > share * (1 - 1e-9) or distance == hashes.distances[-1]


def test_too_few_pictures_are_refused():
    with pytest.raises(UsageError, match="99 usable pictures are too few"):
        measure("x@1", np.zeros((99, 8), np.uint8), "hamming")
    with pytest.raises(UsageError, match="too few different values"):
        measure("x@1", np.zeros((200, 8), np.uint8), "hamming")


def test_nan_is_never_near():
    X = np.random.default_rng(0).normal(size=(300, 4)).astype(np.float32)
    X[:20] = np.nan
    found = measure("nan@1", X, "l2")
    assert found.shares[-1] <= 0.5 and np.isfinite(found.distances).all()


# --- files


def test_a_calibration_is_written_and_read(tmp_path, hashes):
    path = write(hashes, tmp_path / "new")
    again = read(path)
    assert again is not None and again.key == hashes.key and again.distances == list(hashes.distances)
    assert again.shares == pytest.approx(hashes.shares, rel=1e-5)
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_plugin_that_is_one_file_has_calibrations_beside_it(tmp_path, hashes, monkeypatch):
    module = types.ModuleType("one_file")
    module.__file__ = str(tmp_path / "one_file.py")
    monkeypatch.setitem(sys.modules, "one_file", module)
    made = type("Made", (), {"__module__": "one_file"})()
    assert files.find_shipped(made, hashes.key) is None
    write(hashes, tmp_path)
    assert files.find_shipped(made, hashes.key).key == hashes.key


def test_a_calibration_says_how_pictures_were_read_when_it_was_measured(tmp_path):
    X = np.random.default_rng(0).integers(0, 256, (300, 8), np.uint8)
    for key, then in (
        ("x@1(source=working)/working512-7", "working512-7"),
        ("x@1(a='b/c')/full-1", "full-1"),
        ("x@1", ""),
    ):
        path = write(measure(key, X, "hamming"), tmp_path)
        about = json.loads(path.read_text())
        assert about["measured_with"] == then and about["sources"] == ""
        del about["measured_with"], about["sources"]  # as files were before
        path.write_text(json.dumps(about))
        assert read(path).measured_with == then


def test_one_that_was_measured_earlier_and_renamed_still_says_so(tmp_path, hashes):
    older = dataclasses.replace(hashes, key="random@1/working512-7", measured_with="working512-1", sources="zoo photos")
    again = read(write(older, tmp_path))
    assert (again.measured_with, again.sources) == ("working512-1", "zoo photos")


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"measured_with": 1},
        {"sources": ["zoo"]},
        {"shares": [0.5, 0.1]},
        {"slope": 0},
        {"slope": None},
        {"distances": [3]},
        {"more": 1},
        {"bend": -1},
    ],
)
def test_what_makes_no_sense_is_not_read(tmp_path, hashes, change):
    path = write(hashes, tmp_path)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    assert read(path) is None
    path.write_bytes(b"\0")
    assert read(path) is None and read(tmp_path / "none.json") is None


def test_the_users_own_goes_before_the_shipped_one(loaded, tmp_path, monkeypatch):
    descriptor = loaded.descriptor("pdq")
    key = descriptor_key(descriptor)
    shipped = find_shipped(descriptor, key)
    assert shipped is not None and shipped.pictures >= 3500 and shipped.key == files.plain(key)
    monkeypatch.setattr(config, "data_path", lambda make=True: tmp_path)
    own = dataclasses.replace(shipped, pictures=4711)
    write(own)
    assert files.find_own(key + "/turn=hflip").pictures == 4711
    assert files.find_own(key.replace("source=working", "source=full")) is None
    assert limits.settle(one(loaded, "pdq"), Budget(), 100).own == ("pdq",)


# --- thresholds


def test_budgets():
    assert budget([]) == Budget(1e-6, 0.1) and budget(["pdq=3"]) == Budget(1e-6, 0.1)
    assert budget(["fpr=1e-4"]).share(10**9) == 1e-4
    assert budget(["expect=2"]).share(1000) == pytest.approx(0.002)
    assert Budget().share(10) == 1e-6 and Budget().share(10**9) == pytest.approx(1e-10)
    for text in ("fpr=0", "fpr=1", "fpr=x", "fpr=", "expect=0", "expect=-1", "expect=nan", "expect=inf"):
        with pytest.raises(UsageError, match=text.partition("=")[0]):
            budget([text])


def one(loaded, *specs: str, thresholds=(), turns="none") -> list[Chosen]:
    return choose(loaded, specs, thresholds, turns)


def test_the_default_is_the_nearer_of_share_and_false_pairs(loaded):
    few, many = (limits.settle(one(loaded, "pdq"), Budget(), pairs) for pairs in (100, 10**8))
    found = find_shipped(few.chosen[0].descriptor, few.chosen[0].columns[0].key)
    assert few.chosen[0].threshold == found.distance(1e-6) > many.chosen[0].threshold == found.distance(1e-9)
    assert few.expected == pytest.approx(100 * found.share(few.chosen[0].threshold)) and many.expected <= 0.1
    assert any("is an estimate" in note for note in many.notes)


def test_a_union_shares_the_budget_and_turns_count(loaded):
    single = limits.settle(one(loaded, "pdq"), Budget(1e-4, math.inf), 10**6).chosen[0].threshold
    union = limits.settle(one(loaded, "pdq", "phash"), Budget(1e-4, math.inf), 10**6)
    shares = [find_shipped(each.descriptor, each.columns[0].key).share(each.threshold) for each in union.chosen]
    assert sum(shares) <= 1e-4 and union.chosen[0].threshold <= single
    apart = limits.settle(one(loaded, "pdq", "phash"), Budget(1e-4, math.inf), 1, union=False)
    assert apart.chosen[0].threshold == single
    upright, turned = (
        limits.settle(one(loaded, "pdq", turns=turns), Budget(1, 0.1), 10**8).chosen[0].threshold
        for turns in ("none", "all")
    )
    assert turned < upright


def test_a_share_of_unrelated_pairs_is_kept_over_all_orientations_together(loaded):
    upright, turned = (
        limits.settle(one(loaded, "pca256", turns=turns), Budget(1e-4, math.inf), 10**6).each[0]
        for turns in ("none", "flips")
    )
    assert turned.share == upright.share / 3
    assert upright.expected == pytest.approx(100) == pytest.approx(turned.expected)


def test_where_a_judge_looks_more_orientations_reach_as_far_as_one(loaded):
    for specs in (["pdq", "pca256"], ["pdq"]):
        both = [choose(loaded, specs, turns=turns) for turns in ("none", "all")]
        upright, turned = (limits.settle(chosen, proposing((), 1000, chosen), 499_500).chosen for chosen in both)
        assert [each.threshold for each in turned] == [each.threshold for each in upright]


def test_where_the_share_asked_for_was_not_counted_or_cannot_be_kept_the_scan_says_so(loaded):
    found = find_shipped(loaded.descriptor("pdq"), descriptor_key(loaded.descriptor("pdq")))
    for share, said in ((found.checked * 1.01, False), (found.checked * 0.99, True)):
        notes = limits.settle(one(loaded, "pdq"), Budget(share, math.inf), 1).notes
        assert any("is an estimate" in note for note in notes) is said
    (note,) = limits.settle(one(loaded, "whash"), Budget(), 1).notes
    assert note == "whash cannot be that precise: 19 in a million unrelated pairs have the same hash."


def test_of_a_union_the_one_that_gains_more_by_it_gets_more_of_the_budget(loaded):
    union = limits.settle(one(loaded, "pca256", "pdq"), Budget(1e-5, math.inf), 10**6).each
    shares = [limit.share for limit in union]
    assert sum(shares) == pytest.approx(1e-5) and shares[0] > 2 * shares[1]
    reaches = [limit.calibration.reach(1e-5) for limit in union]
    assert shares[0] / shares[1] == pytest.approx(reaches[0] / reaches[1])
    alone, _ = limits.settle(one(loaded, "pdq", "pdq:source=full"), Budget(), 10).each
    assert alone.share == 1e-6, "what is not calibrated takes no part of it"
    assert parts([3, 1]) == [0.75, 0.25] and parts([0, 0]) == [0.5, 0.5]


def test_a_distance_that_was_given_stays(loaded):
    settled = limits.settle(one(loaded, "pdq", "phash", thresholds=["pdq=10"]), Budget(), 1000)
    assert settled.chosen[0].threshold == 10
    assert settled.chosen[1].threshold == limits.settle(one(loaded, "phash"), Budget(), 1000).chosen[0].threshold


def test_without_a_calibration_it_is_the_authors_distance(loaded):
    settled = limits.settle(one(loaded, "pdq:source=full"), Budget(), 1000)
    assert settled.chosen[0].threshold == 31 and settled.expected is None
    assert "not calibrated" in settled.notes[0]


def alike(rng, count: int) -> np.ndarray:
    """Hashes that differ from one in about 22 % of their bits."""
    return rng.integers(0, 256, (1, 32), np.uint8) ^ np.packbits(rng.random((count, 256)) < 0.22, axis=1)


@pytest.fixture
def pdq(loaded):
    """The default's limit for 100,000 pairs."""
    return limits.settle(one(loaded, "pdq"), Budget(), 10**5).each[0]


def places(X: np.ndarray) -> np.ndarray:
    return np.arange(len(X), dtype=np.int64)


def test_pictures_that_are_apart_have_the_calibrated_distance(pdq):
    rng = np.random.default_rng(0)
    apart = rng.integers(0, 256, (500, 32), np.uint8)
    assert own_limit(pdq, apart, places(apart)) == (pdq, [])
    copies = np.repeat(apart[:250], 2, axis=0)
    assert own_limit(pdq, copies, places(copies)) == (pdq, []), "duplicates are what is looked for"
    near = np.packbits(rng.random((500, 256)) < 0.17, axis=1) ^ np.repeat(apart[:50], 10, axis=0)
    assert own_limit(pdq, near, places(near)) == (pdq, []), "bursts of ten similar shots"
    few = alike(rng, 100)
    assert own_limit(pdq, few, places(few)) == (pdq, []), "too few to tell"


def test_pictures_that_are_alike_have_a_nearer_one_whatever_their_order(pdq):
    rng = np.random.default_rng(0)
    X = alike(rng, 500)
    own, (note,) = own_limit(pdq, X, places(X))
    assert pdq.chosen.threshold / 2 - 1 <= own.chosen.threshold < pdq.chosen.threshold
    assert "resemble each other more than usual" in note and f"to {own.chosen.threshold:g}. Use -t pdq=" in note
    mixed = rng.permutation(500)
    assert own_limit(pdq, X[mixed], places(X)[mixed])[0] == own


def test_a_distance_that_was_given_stays_and_its_false_pairs_are_told(loaded):
    X = alike(np.random.default_rng(0), 500)
    given = limits.settle(one(loaded, "pdq", thresholds=["84"]), Budget(), 10**5).each[0]
    own, (note,) = own_limit(given, X, places(X))
    assert own.chosen.threshold == 84 and own.expected > 10 * given.expected and "expect more false matches" in note


def test_floats_that_are_alike_have_a_nearer_distance(loaded):
    limit = limits.settle(one(loaded, "pca256"), Budget(), 10**5).each[0]
    rng = np.random.default_rng(0)
    apart = rng.standard_normal((600, 256), np.float32)
    assert own_limit(limit, apart, places(apart)) == (limit, [])
    own, _ = own_limit(limit, apart + np.float32(2), places(apart))
    assert limit.chosen.threshold / 2 <= own.chosen.threshold < limit.chosen.threshold


def test_a_collections_own_shares_follow_the_calibrations_in_the_logarithm(hashes):
    own = OwnNull(hashes, math.log(1e-4), math.log(1e-3), 0.5)
    assert own.share(hashes.distance(1e-4)) == pytest.approx(1e-3, rel=0.7)
    assert own.distance(1e-3) == hashes.distance(1e-4) > own.distance(1e-4) == hashes.distance(1e-6)
    assert own.distance(0.9) == hashes.distance(1.0) and own.share(64) <= 1
