"""The figures of an evaluation, on distances made by hand, which give the same figures when they are saved."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dedupe.errors import DedupeError, UsageError
from dedupe.evaluate import evaluate_saved, measures, reporting
from dedupe.evaluate.assess import assess
from dedupe.evaluate.measures import intervals
from dedupe.evaluate.plan import plan
from dedupe.evaluate.raw import Distances, Looked, RawDistances, load, save
from dedupe.evaluate.scoring import verdict
from dedupe.model import Summary
from dedupe.model.judgement import KINDS


def f32(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def made(photos: int = 60, distortions: int = 3, names: tuple[str, ...] = ("a", "b"), seed: int = 0) -> RawDistances:
    """RawDistances distances as a run has them: bits for the first descriptor, floats for the others."""
    rng = np.random.default_rng(seed)
    pairs = plan(photos, distortions, 10**9, seed)
    left, right = pairs.pairs()
    descriptors = []
    for number, name in enumerate(names):
        far, near = rng.normal(30, 4, len(pairs)), np.abs(rng.normal(8, 6, (distortions, photos)))
        if not number:
            far, near = far.round(), near.round()
        kinds = ("hamming" if not number else "l2", 8)
        descriptors.append(Distances(name, f"{name}@1", *kinds, 0.5, near.astype(np.float32), far.astype(np.float32)))
    labels = tuple(f"d{k}" for k in range(distortions))
    summary = Summary(photos, photos, photos, 0, 0, 0, {}, {}, {"walk": 0.1})
    return RawDistances(
        photos, labels, "none", descriptors, left, right, int(pairs.starts[1]), summary, (), ("a note",)
    )


def test_the_threshold_is_the_largest_with_at_most_the_share():
    negatives = np.sort(np.repeat(np.arange(10, 20), 100_000)).astype(np.float32)
    assert measures.threshold(negatives, 1e-5, whole=True) == 9  # ten may be within, but 100,000 are within 10
    assert measures.threshold(negatives, 0.1, whole=True) == 10
    assert measures.threshold(negatives, 0.0999, whole=True) == 9
    floats = np.arange(1_000_000, dtype=np.float32)
    limit = measures.threshold(floats, 1e-5, whole=False)
    assert limit < 10 and np.count_nonzero(floats <= limit) == 10
    assert np.float32(limit) == np.nextafter(np.float32(10), np.float32(0))


def test_fewer_than_ten_expected_negatives_give_no_threshold():
    assert measures.threshold(np.ones(999_999, np.float32), 1e-5, whole=True) is None
    assert measures.threshold(np.ones(1_000_000, np.float32), 1e-5, whole=True) == 0


def test_a_descriptor_that_cannot_tell_pictures_apart_has_no_recall_and_it_is_said_why():
    raw = made(names=("a",))
    same = replace(raw.descriptors[0], negatives=np.zeros_like(raw.descriptors[0].negatives))
    far = replace(raw, descriptors=[same])
    found = assess(far, union=False, seed=0, progress=lambda *_: None)
    assert found.descriptors[0].threshold["1e-4"] is None
    assert all(one.recall["1e-5"] is None for one in found.results)
    many = replace(same, negatives=np.zeros(200_000, np.float32))
    pairs = {"left": np.zeros(200_000, np.int32), "right": np.ones(200_000, np.int32)}
    found = assess(replace(raw, descriptors=[many], **pairs), union=False, seed=0, progress=lambda *_: None)
    assert all(one.recall == {"1e-4": None, "1e-5": None, "1e-6": None} for one in found.results)
    assert all(set(one.interval.values()) == {None} for one in found.results)
    (said,) = [note for note in found.header.notes if note.startswith("a: ")]
    assert "a share of 1 of the pairs" in said and said.endswith("no recall at a rate of 1e-4.")


def test_shares_above_t1_and_t2_are_those_of_the_definition():
    raw = made()
    one = raw.descriptors[1]
    found = assess(raw, union=False, seed=0, progress=lambda *_: None)
    originals = one.negatives[: raw.originals].astype(np.float64)
    assert len(originals) == 60 * 59 // 2
    t1, t2 = originals.mean() - 2 * originals.std(), originals.mean() - originals.std()
    (result,) = [r for r in found.results if r.descriptor == "b" and r.distortion == "d1"]
    assert (result.t1, result.t2) == (pytest.approx(t1), pytest.approx(t2))
    assert result.above_t1 == np.mean(one.similar[1] > t1) and result.above_t2 == np.mean(one.similar[1] > t2)
    assert result.n == 60 and found.negatives == 60 * 59 // 2 + 3 * 60 * 59


def test_an_undefined_distance_is_never_near():
    raw = made(names=("a",))
    similar = raw.descriptors[0].similar.copy()
    similar[0] = np.inf
    found = assess(replace(raw, descriptors=[replace(raw.descriptors[0], similar=similar)]), union=False, seed=0,
                   progress=lambda *_: None)  # fmt: skip
    assert found.results[0].above_t1 == 1 and found.results[0].auc == 0 and sum(found.results[0].similar) == 0
    assert found.results[1].auc > 0.9


def test_a_union_shares_the_rate_and_finds_what_either_finds():
    raw = made(photos=300, distortions=3)
    found = assess(raw, union=True, seed=0, progress=lambda *_: None)
    known = [(np.sort(d.negatives), d.metric == "hamming") for d in raw.descriptors]
    gains = [measures.reach(ordered, 1e-4, whole) for ordered, whole in known]
    assert min(gains) > 0 and gains[0] != gains[1]
    limits = [
        measures.threshold(ordered, 1e-4 * gain / sum(gains), whole)
        for (ordered, whole), gain in zip(known, gains, strict=True)
    ]
    for k, one in enumerate([r for r in found.results if r.descriptor == "union"]):
        hits = np.logical_or.reduce([d.similar[k] <= t for d, t in zip(raw.descriptors, limits, strict=True)])
        assert one.recall["1e-4"] == hits.mean() and one.recall["1e-5"] is None and one.above_t1 is None
    wrong = np.logical_or.reduce([d.negatives <= t for d, t in zip(raw.descriptors, limits, strict=True)])
    assert 0 < wrong.mean() <= 1e-4


def test_where_a_descriptor_has_no_threshold_the_union_is_the_others_and_where_none_has_one_there_is_none():
    raw = made(photos=300, distortions=3)
    near, far = raw.descriptors
    tied = replace(far, negatives=np.zeros_like(far.negatives))
    found = assess(replace(raw, descriptors=[near, tied]), union=True, seed=0, progress=lambda *_: None)
    by = {(one.descriptor, one.distortion): one.recall["1e-4"] for one in found.results}
    assert all(by["b", name] is None and by["union", name] == by["a", name] > 0 for name in raw.distortions)
    both = [replace(near, negatives=tied.negatives), tied]
    found = assess(replace(raw, descriptors=both), union=True, seed=0, progress=lambda *_: None)
    assert {one.recall["1e-4"] for one in found.results} == {None}


def test_a_part_too_small_to_be_measured_goes_to_the_others():
    raw = made(photos=300, distortions=3)
    near, far = raw.descriptors
    rng = np.random.default_rng(5)
    steep = replace(far, negatives=rng.normal(900, 4, len(raw.left)).astype(np.float32))
    raw = replace(raw, descriptors=[near, steep])
    rate, n = 1e-4, len(raw.left)
    gains = [measures.reach(np.sort(d.negatives), rate, d.metric == "hamming") for d in raw.descriptors]
    assert 0 < gains[1] / sum(gains) * rate * n < measures.LEAST <= rate / 2 * n
    found = assess(raw, union=True, seed=0, progress=lambda *_: None)
    by = {(one.descriptor, one.distortion): one.recall["1e-4"] for one in found.results}
    assert all(by["union", name] == by[near.label, name] > 0 for name in raw.distortions)
    assert [note for note in found.header.notes if note.startswith(f"union at 1e-4: {far.label} takes no part")]
    assert not [note for note in found.header.notes if "1e-5" in note], "a rate too low for all has no union"


def test_a_rate_too_small_to_be_split_evenly_goes_to_some():
    raw = made(photos=300, distortions=3, names=("a", "b", "c", "d"))
    assert 1e-4 / 4 * len(raw.left) < measures.LEAST <= 1e-4 * len(raw.left)
    found = assess(raw, union=True, seed=0, progress=lambda *_: None)
    recall = [one.recall["1e-4"] for one in found.results if one.descriptor == "union"]
    assert len(recall) == 3 and all(share is not None and share > 0 for share in recall)
    assert 1 <= len([note for note in found.header.notes if note.startswith("union at 1e-4: ")]) <= 3


def test_the_bootstrap_draws_photos():
    """Pairs of one photo stand and fall together: drawing pairs would give a far narrower interval."""
    photos = 200
    pairs = plan(photos, 1, 10**9, 0)
    left, right = pairs.pairs()
    rng = np.random.default_rng(0)
    negatives = rng.normal(100, 5, len(left)).astype(np.float32)
    negatives[(left == 7) | (right == 7)] -= 60  # one photo is near everything
    low, high = intervals(negatives, left, right, photos, {"r": 0.005}, False, 0)["r"]
    assert low < 60 < 80 < high
    again = intervals(negatives, left, right, photos, {"r": 0.005}, False, 0)["r"]
    assert again == (low, high)


def test_an_interval_that_reaches_to_no_threshold_is_none_and_not_one_from_0():
    photos = 200
    pairs = plan(photos, 1, 10**9, 0)
    left, right = pairs.pairs()
    negatives = np.full(len(left), 100, np.float32)
    negatives[(left < 4) & (right < 4)] = 0  # as many as the rate allows, of four photos
    rate = 1.01 * float(np.mean(negatives == 0))
    assert measures.threshold(np.sort(negatives), rate, True) == 99
    assert intervals(negatives, left, right, photos, {"r": rate}, True, 0) == {"r": None}


def test_where_no_distance_of_different_photos_is_known_nothing_is_above_a_limit():
    raw = made(names=("a",))
    lost = replace(raw.descriptors[0], negatives=np.full_like(raw.descriptors[0].negatives, np.inf))
    found = assess(replace(raw, descriptors=[lost]), union=False, seed=0, progress=lambda *_: None)
    (one,) = found.descriptors
    assert (one.mean, one.deviation, one.t1, one.t2) == (None,) * 4
    assert {(each.t1, each.above_t1, each.above_t2) for each in found.results} == {(None, None, None)}


def test_the_bootstrap_contains_the_threshold_itself():
    raw = made(photos=200, distortions=3)
    for one in raw.descriptors:
        whole = one.metric == "hamming"
        limit = measures.threshold(np.sort(one.negatives), 1e-3, whole)
        low, high = intervals(one.negatives, raw.left, raw.right, raw.photos, {"r": 1e-3}, whole, 0)["r"]
        assert low <= limit <= high


def looked(raw: RawDistances) -> RawDistances:
    """With what a judge says of the copies of all photos but the first, by the first two distortions."""
    said = np.full((3, raw.photos), reporting.NOT_PROPOSED, np.int8)
    said[:, 0] = reporting.NOT_DRAWN
    said[0, 1:] = KINDS.index("re-encoded")
    said[0, 1:4] = KINDS.index("variant")
    said[1, 1:7] = [KINDS.index("edited")] * 3 + [KINDS.index("similar")] * 2 + [reporting.NOT_JUDGED]
    return replace(raw, looked=Looked(said, {"a": 96.0, "b": 0.25}, ("a",)))


def test_what_a_scan_would_report_is_what_it_proposes_and_calls_copies():
    raw = looked(made(photos=61))
    found = assess(raw, union=False, seed=0, progress=lambda *_: None)
    first, second, third = found.reported
    assert (first.n, first.proposed, first.found) == (60, 1, 57 / 60) and first.kinds == {
        "re-encoded": 57,
        "variant": 3,
    }
    assert (second.proposed, second.found, second.not_judged) == (pytest.approx(6 / 60), 3 / 60, 1)
    assert second.kinds == {"edited": 3, "similar": 2} and second.interval[0] < 3 / 60 < second.interval[1]
    assert (third.proposed, third.found, third.kinds) == (0, 0, {})
    assert found.header.own_calibrations == ("a",) and "within a distance 96, b distance 0.25" in found.header.notes[-1]
    assert not assess(made(), union=False, seed=0, progress=lambda *_: None).reported


def test_what_is_not_known_of_a_scan_is_none():
    raw = looked(made(photos=61))
    none = replace(raw.looked, said=np.full_like(raw.looked.said, reporting.NOT_DRAWN))
    one = reporting.reported(replace(raw, looked=none))[0]
    assert (one.n, one.proposed, one.found, one.interval) == (0, None, None, None)


def test_what_a_judge_said_is_saved_with_the_distances(tmp_path: Path):
    raw = looked(made(photos=61))
    save(raw, tmp_path / "raw.npz")
    again = evaluate_saved(tmp_path / "raw.npz")
    assert again.reported == assess(raw, union=False, seed=0, progress=lambda *_: None).reported
    for said in (raw.looked.said + 9, raw.looked.said[:, 1:]):
        file = tmp_path / f"{said.shape}{said.max()}.npz"
        save(replace(raw, looked=replace(raw.looked, said=said.astype(np.int8))), file)
        with pytest.raises(UsageError, match="no file that"):
            load(file)


def test_saved_distances_give_the_same_figures(tmp_path: Path):
    raw = made(photos=120)
    file = tmp_path / "raw.npz"
    save(raw, file)
    again = evaluate_saved(file, union=True)
    wanted = assess(raw, union=True, seed=0, progress=lambda *_: None)
    header = replace(again.header, version="", time="", options={}, folder=wanted.header.folder)
    assert replace(again, header=header) == replace(wanted, failures=again.failures) and header.notes == ("a note",)
    assert [path.name for path in tmp_path.iterdir()] == ["raw.npz"]
    with np.load(file, allow_pickle=False) as arrays:
        assert arrays["similar_0"].shape == (3, 120) and json.loads(arrays["about"].tobytes())["format"] == 1


def test_a_file_is_never_written_over(tmp_path: Path):
    file = tmp_path / "raw.npz"
    file.write_bytes(b"mine")
    with pytest.raises(DedupeError):
        save(made(), file)
    assert file.read_bytes() == b"mine" and len(list(tmp_path.iterdir())) == 1


def test_what_is_no_such_file_is_a_sentence(tmp_path: Path):
    raw = tmp_path / "raw.npz"
    save(made(), raw)
    whole = raw.read_bytes()
    for content in (b"", b"no zip", whole[: len(whole) // 2]):
        raw.write_bytes(content)
        with pytest.raises(DedupeError, match="--load"):
            load(raw)
    np.savez(raw, about=np.frombuffer(b'{"format": 1}', np.uint8))
    with pytest.raises(UsageError, match="no file that"):
        load(raw)
    with pytest.raises(DedupeError, match="cannot be read"):
        load(tmp_path / "missing.npz")


def spoiled(path: Path, said: dict | None = None, **arrays: np.ndarray) -> Path:
    """A saved file in which something is said, or an array is, that cannot be."""
    save(made(), path)
    with np.load(path, allow_pickle=False) as stored:
        content = {name: stored[name] for name in stored.files}
    about = json.loads(content["about"].tobytes()) | (said or {})
    content |= arrays | {"about": np.frombuffer(json.dumps(about).encode(), np.uint8)}
    path.unlink()
    np.savez(path, **content)
    return path


PAIRS = len(made().left)
SPOILED = {
    "a photo that is none": {"left": np.full(PAIRS, 60, np.int32)},
    "a negative photo": {"right": np.full(PAIRS, -1, np.int32)},
    "halves": {"left": np.zeros(PAIRS, np.float32)},
    "no numbers": {"negatives_0": np.full(PAIRS, np.nan, np.float32)},
    "wide ones": {"negatives_0": np.zeros(PAIRS)},
    "a time too few": {"times": np.zeros(1)},
    "a time before the beginning": {"times": np.array([1.0, -1.0])},
    "times in words": {"times": np.array(["fast", "slow"])},
    "undefined copies": {"similar_0": np.full((3, 60), np.nan, np.float32)},
    **{
        str(said): {"said": said}
        for said in (
            {"originals": 0},
            {"originals": 1.5},
            {"originals": PAIRS + 1},
            {"photos": "120"},
            {"descriptors": []},
            {"distortions": [1, 2, 3]},
            {"notes": [3]},
            {"turns": None},
            {"descriptors": [["near", "key", "l2", "8", None], ["far", "key", "l2", 8, None]]},
            {"descriptors": [["near", "key", "l2", 8, "fast"], ["far", "key", "l2", 8, None]]},
        )
    },
}


@pytest.mark.parametrize("what", SPOILED)
def test_a_file_that_does_not_fit_together_is_a_sentence(what: str, tmp_path: Path):
    assert load(spoiled(tmp_path / "sound.npz")).photos == 60
    with pytest.raises(UsageError, match="no file that `dedupe eval --save` made"):
        load(spoiled(tmp_path / "raw.npz", **SPOILED[what]))


def test_precision_and_recall_of_judged_pairs():
    distance = f32(1, 2, 3, 4, 5, np.inf)
    same = np.array([True, True, False, True, False, True])
    one = verdict("x", distance, same, 3, 0.7)
    assert (one.pairs, one.same, one.precision, one.recall) == (6, 4, 2 / 3, 0.5)
    assert (one.threshold_for, one.recall_for) == (4, 0.75)
    assert verdict("x", distance, same, 3, 0.99).threshold_for == 2
    assert verdict("x", distance, ~same, 3, 0.99).threshold_for is None
    nothing = verdict("x", distance, same, 0.5, 0.99)
    assert nothing.precision is None and nothing.recall == 0
    tied = verdict("x", f32(1, 1, 1), np.array([True, True, False]), 1, 0.9)
    assert tied.threshold_for is None and tied.precision == 2 / 3


def test_bins_are_as_narrow_as_so_many_may_be():
    wide = {
        (1, 1): 1,
        (63, 1): 1,
        (64, 1): 2,
        (127, 1): 2,
        (128, 1): 3,
        (576, 1): 10,
        (126, 2): 2,
        (128, 2): 4,
        (0, 1): 1,
    }
    assert {case: measures.bins(*case) for case in wide} == wide
    first = set()
    for farthest in np.geomspace(1e-6, 1e6, 500):
        width = measures.bins(farthest, 0)
        first.add(f"{width:.3g}".strip("0.").partition("e")[0].replace(".", "").strip("0"))
        assert 42 <= farthest // width + 1 <= 64, farthest
    assert first == {"1", "15", "2", "25", "3", "4", "5", "6", "8"}
    assert measures.bins(0.37, 0) == 0.006 and measures.bins(31.2, 0) == 0.5 and measures.bins(0, 0) == 1


def test_every_finite_distance_lies_in_its_bin():
    assert measures.histogram(f32(0, 1, 2, 2.5, np.inf), 1.0, 3) == [1, 1, 2]
    assert measures.histogram(f32(0.9, 1.9, 3), 1.0, 3) == [1, 1, 1], "what rounds to the end lies in the last bin"
    assert measures.histogram(f32(0.4), 0.5, 4) == [1, 0, 0, 0] and measures.histogram(f32(), 1.0, 2) == [0, 0]


def test_an_evaluation_counts_the_distances_in_bins():
    raw = made()
    found = assess(raw, union=False, seed=0, progress=lambda *_: None)
    for each, one in zip(raw.descriptors, found.descriptors, strict=True):
        edges = one.bin_width * np.arange(len(one.dissimilar) + 1)
        assert max(each.negatives.max(), each.similar.max()) < edges[-1] and len(one.dissimilar) <= 64
        assert list(one.dissimilar) == np.histogram(each.negatives[: raw.originals], edges)[0].tolist()
        similar = {
            result.distortion: list(result.similar) for result in found.results if result.descriptor == one.label
        }
        counted = [np.histogram(row, edges)[0].tolist() for row in each.similar]
        assert similar == dict(zip(raw.distortions, counted, strict=True))


def test_the_unit_of_whole_distances():
    assert measures.unit(f32(0.5, 2), False) == 0
    assert measures.unit(f32(2, 4, np.inf), True) == 2 and measures.unit(f32(2, 5), True) == 1
