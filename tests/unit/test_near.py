"""Who is near whom: within one collection, between two, and around one picture."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest

from dedupe.describe import Collection
from dedupe.describe.choose import Chosen, choose
from dedupe.errors import DedupeError
from dedupe.metrics.failed import FailedMetrics
from dedupe.model import CONTENT_FIELDS, TURNS, UNTURN, Criterion, Files, Matrix, ToCompare
from dedupe.near import around, between, criteria, equal_bytes, equal_pixels, having, neighbours, within
from dedupe.plugins import load
from dedupe.search import Approximate, Crossed, inverted, recall_notes, result

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
    found, notes = neighbours(*criteria([chosen], {chosen.label: matrices}), np.ones(N, np.bool_), fixed, "inverted")
    assert len(found.pairs) > 100
    assert len(notes) == 1 and "pca32: searched with inverted, which found " in notes[0]
    assert neighbours(*criteria([chosen], {chosen.label: matrices}), np.ones(N, np.bool_), fixed, "exact")[1] == []


def test_of_several_searches_the_worst_is_told(matrix):
    crossed = [Crossed(None, "inverted", share) for share in (0.999, 0.95, None)]  # type: ignore[arg-type]
    assert recall_notes("x", crossed) == ["x: searched with inverted, which found 95.00% of sampled pairs."]
    assert recall_notes("x", crossed[2:]) == []


@pytest.mark.parametrize("metric", ["hamming", "cosine"])
def test_of_too_many_near_pairs_the_nearest_are_looked_at(metric, monkeypatch):
    rng = np.random.default_rng(0)
    X = rng.integers(0, 256, (1, 32), np.uint8).repeat(90, axis=0)
    X[np.arange(90), np.arange(90) % 32] ^= rng.integers(1, 256, 90, np.uint8)  # each two within 16 bits
    X = np.concatenate([X, X[:3]])
    values = X if metric == "hamming" else np.unpackbits(X, axis=1).astype(np.float32)
    contents = np.zeros(len(X), CONTENT_FIELDS)
    each = Criterion(
        "pdq", metric, 30.0 if metric == "hamming" else 0.9, ("none",), (Matrix(np.arange(len(X)), values),)
    )
    asked = ToCompare(
        contents,
        [each],
        np.ones(len(X), np.bool_),
        np.zeros(len(X), np.bool_),
        "exact",
        None,
        lambda _: nullcontext(),
        True,
    )
    (_, every), notes = within(asked)
    assert notes == [] and len(every.pairs) > 3000
    monkeypatch.setattr(result, "LIMIT", 2000)
    (_, nearest), (note,) = within(asked)
    assert 100 < len(nearest.pairs) <= 2000
    assert "pairs are within 30; only those within" in note or "pairs are within 0.9; only those within" in note
    assert nearest.pairs.distance.max() < every.pairs.distance.max()
    assert nearest.classes.tolist() == every.classes.tolist()  # equal rows are near at any distance
    with pytest.raises(DedupeError, match="lower -t"):
        within(replace(asked, judged=False))


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
    found, _ = neighbours(
        *criteria([each], {each.label: matrices}), np.ones(2, np.bool_), np.arange(2) < references, "auto"
    )
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
    found, _ = neighbours(*criteria([each], {each.label: matrices}), usable, reference, "auto")
    wanted = every_way([matrix.among(usable) for matrix in matrices], reference)
    left, right = (each.astype(np.int64) for each in np.triu_indices(n, 1))
    compared = usable[left] & usable[right] & ~(reference[left] & reference[right])
    left, right = left[compared], right[compared]
    distance, _ = found.of(left, right)
    expected = wanted[left, right]
    assert ((distance == expected) | (np.isnan(distance) & (expected > 9))).all()
    assert (np.diff(found.pairs.left * n + found.pairs.right) > 0).all() and (
        found.pairs.left < found.pairs.right
    ).all()
    assert len(found.within) <= usable.sum()


@pytest.mark.parametrize("seed", range(20))
def test_the_regions_of_each_are_compared_with_the_other_as_a_whole(seed):
    rng = np.random.default_rng(seed)
    n, turns, names = 30, ("none", "hflip")[: 1 + seed % 2], ("half-0-0", "half-2-1")
    (each,) = choose(load(), ["phash"], ["9"])
    column = each.columns[0]
    each = replace(each, columns=tuple(replace(column, turn=turn) for turn in turns))
    each = replace(each, regions=tuple(replace(column, region=name) for name in names))
    reference = rng.random(n) < (0.4, 0)[seed // 2 % 2]
    few = np.packbits(rng.random((8, 64)) < 0.15, axis=1)
    matrices = [Matrix(np.arange(n), few[rng.integers(0, 8, n)]) for _ in turns]
    have = [np.flatnonzero(rng.random(n) < 0.9) for _ in names]
    matrices += [Matrix(some, few[rng.integers(0, 8, len(some))]) for some in have]
    wanted = every_way(matrices[: len(turns)], reference)
    for region in matrices[len(turns) :]:
        for number, whole in enumerate(matrices[: len(turns)]):
            for i, x in zip(region.contents, region.X, strict=True):
                for j in np.flatnonzero(np.arange(n) != i):
                    if not (reference[j] and (number or reference[i])):
                        near = min(wanted[i, j], np.bitwise_count(x ^ whole.X[j]).sum())
                        wanted[i, j] = wanted[j, i] = near
    found, _ = neighbours(*criteria([each], {each.label: matrices}), np.ones(n, np.bool_), reference, "auto")
    left, right = (side.astype(np.int64) for side in np.triu_indices(n, 1))
    compared = ~(reference[left] & reference[right])
    left, right = left[compared], right[compared]
    distance, _ = found.of(left, right)
    assert ((distance == wanted[left, right]) | (np.isnan(distance) & (wanted[left, right] > 9))).all()
    assert 0 < np.isnan(distance).sum() < len(distance)


def test_many_equal_rows_beside_a_reference_are_no_pairs_of_each_two():
    n = 30_000  # 450 million pairs, more than a search may give
    (each,) = choose(load(), ["phash"], ["9"])
    columns = (each.columns[0], replace(each.columns[0], turn="hflip"))
    matrix = Matrix(np.arange(n), np.zeros((n, 8), np.uint8))
    for chosen, matrices in ((each, [matrix]), (replace(each, columns=columns), [matrix, matrix])):
        found, _ = neighbours(
            *criteria([chosen], {chosen.label: matrices}), np.ones(n, np.bool_), np.arange(n) == 5, "auto"
        )
        assert (found.classes == (np.arange(n) == 5)).all()
        assert found.pairs.left.tolist() == [0] and found.pairs.right.tolist() == [1]


def collection(rng: np.random.Generator, n: int, turns: int, flat: float) -> Collection:
    """Contents with hashes that are few and alike, in so many orientations, some flat with one of three pictures."""
    contents = np.zeros(n, CONTENT_FIELDS)
    contents["quality"] = rng.random(n) >= flat
    contents["pixels"] = np.array([bytes([kind]) * 15 + b"\0" for kind in rng.integers(1, 4, n)], "V16")
    contents["digest"] = np.array([bytes([kind]) * 31 + b"\0" for kind in rng.integers(1, 99, n)], "V32")
    matrices = []
    for _ in range(turns):
        have = np.flatnonzero(rng.random(n) < 0.9)
        matrices.append(Matrix(have, np.packbits(rng.random((len(have), 64)) < 0.12, axis=1)))
    return Collection(load_files(n), np.arange(n), contents, tuple(matrices), [], Counter(), 0)


def load_files(n: int) -> Files:
    zeros = np.zeros(n, np.int64)
    return Files(b"", np.zeros(n + 1, np.int64), *[zeros] * 6, np.zeros(n, np.bool_))


def turned(names: tuple[str, ...], threshold: str) -> list[Chosen]:
    found = choose(load(), ["phash", "dhash"], [f"phash={threshold}", f"dhash={threshold}"])
    return [replace(e, columns=tuple(replace(e.columns[0], turn=name) for name in names)) for e in found]


@pytest.mark.parametrize("seed", range(12))
def test_between_two_collections_each_turn_is_a_pair_with_the_distance_by_each_descriptor(seed: int) -> None:
    rng = np.random.default_rng(seed)
    names = ("none", "hflip", "rotate90")[: 1 + seed % 3]
    chosen = turned(names, "9")
    upright, other = collection(rng, 17, 2, 0.2), collection(rng, 23, 2 * len(names), 0.2)
    found, notes = between(upright, other, chosen, "auto", FailedMetrics())
    wanted: dict[tuple[int, int, int], list[float]] = {}
    for d, columns in enumerate(other.columns(chosen).values()):
        for name, right in zip(names, columns, strict=True):
            for i, x in zip(upright.matrices[d].contents, upright.matrices[d].X, strict=True):
                for j, y in zip(right.contents, right.X, strict=True):
                    bits = int(np.bitwise_count(x ^ y).sum())
                    if bits <= 9 and upright.contents["quality"][i] and other.contents["quality"][j]:
                        wanted.setdefault((i, j, TURNS.index(name)), [-1.0, -1.0])[d] = bits
    given = zip(found.left, found.right, found.turn, np.nan_to_num(found.distance, nan=-1).tolist(), strict=True)
    assert {(i, j, turn): distance for i, j, turn, distance in given} == wanted and len(wanted) > 5
    assert len(found) == len(wanted) and notes == []


@pytest.mark.parametrize("nearest", [None, 4])
@pytest.mark.parametrize("seed", range(12))
def test_around_one_picture_the_nearest_turn_of_each_descriptor_counts(seed: int, nearest: int | None) -> None:
    rng = np.random.default_rng(seed)
    names = ("none", "hflip", "rotate90")[: 1 + seed % 3]
    chosen = turned(names, "9")
    query, library = collection(rng, 1, 2 * len(names), 0.2), collection(rng, 40, 2, 0.2)
    found = around(query, library, chosen, "auto", FailedMetrics(), nearest=nearest)
    wide = [replace(each, threshold=64.0) for each in chosen] if nearest else chosen
    pairs, _ = between(library, query, wide, "auto", FailedMetrics())
    for at, row in enumerate(found.right):
        some = pairs.of(pairs.left == row)
        least = np.fmin.reduce(some.distance, axis=0, initial=np.nan) if len(some) else np.full(2, np.nan)
        assert np.array_equal(found.distance[at, 1:], least, equal_nan=True)
        if len(some):
            first = some.distance[:, np.nanargmin(least)]
            assert found.turn[at] == UNTURN[some.turn[np.nanargmin(first)]]
    same = (library.contents["quality"] == 0) & (library.contents["pixels"] == query.contents["pixels"])
    same &= query.contents["quality"] == 0
    assert set(found.right) == set(pairs.left) | set(np.flatnonzero(same))
    assert np.array_equal(found.right[found.distance[:, 0] == 0], np.flatnonzero(same))


def test_equal_contents_of_several_sides_are_one_class() -> None:
    rng = np.random.default_rng(3)
    a, b = (collection(rng, n, 0, 0.5).contents for n in (30, 50))
    for classes, field, flat in ((equal_pixels(a, b), "pixels", True), (equal_bytes(a, b), "digest", False)):
        of = np.concatenate(classes)
        both = np.concatenate([a, b])
        told = (both["quality"] == 0) if flat else np.ones(80, np.bool_)
        assert np.array_equal(of >= 0, told)
        equal = both[field][told][:, None] == both[field][told]
        assert np.array_equal(of[told][:, None] == of[told], equal) and equal.sum() > told.sum()


def test_each_place_that_has_what_is_wanted_is_found() -> None:
    values, wanted = np.array([3, -1, 3, 7, 0]), np.array([7, 3, 5, 3])
    which, places = having(values, wanted)
    assert list(zip(which.tolist(), places.tolist(), strict=True)) == [(0, 3), (1, 0), (1, 2), (3, 0), (3, 2)]
    assert [len(each) for each in having(values[:0], wanted)] == [0, 0] == [len(e) for e in having(values, wanted[:0])]


def test_flat_contents_take_no_place_among_those_that_an_index_proposes(monkeypatch: pytest.MonkeyPatch) -> None:
    library = collection(np.random.default_rng(5), 30, 0, 0.0)
    library.contents["quality"][:20] = 0
    chosen = choose(load(), ["pca32"], ["0.3"])
    X = np.ones((30, 32), np.float32)
    X[20:, 0] += np.arange(1, 11) / 4
    query = collection(np.random.default_rng(6), 1, 0, 0.0)
    query, library = (
        replace(each, matrices=(Matrix(np.arange(len(x)), x),)) for each, x in ((query, X[:1]), (library, X))
    )
    index = Approximate("nearest", Nearest())
    found = around(query, library, chosen, index, FailedMetrics(), nearest=3)
    assert found.right.tolist() == [20, 21, 22, 23]


class Nearest:
    """An index that compares all."""

    name, version = "nearest", "1"

    def build(self, points: np.ndarray, seed: int) -> np.ndarray:
        return points

    def nearest(self, built: np.ndarray, points: np.ndarray, count: int) -> np.ndarray:
        return np.argsort(np.linalg.norm(built[None] - points[:, None], axis=2), axis=1)[:, :count]
