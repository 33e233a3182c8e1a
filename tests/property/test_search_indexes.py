"""Indexes of floats give only true pairs and say what they miss; a saved graph is taken only if it is sound."""

from __future__ import annotations

import json
import os
import sys

import numpy as np
import pytest
from blake3 import blake3
from dedupe_hnsw.graph import Hnsw

from dedupe import search
from dedupe.errors import DedupeError, UsageError
from dedupe.plugins import Plugins
from dedupe.search import Approximate, floats, inverted, proposed
from float_rows import brute, rows_of

GRAPH = Approximate("hnsw@test", Hnsw())


@pytest.mark.parametrize("index", ["inverted", "hnsw"])
@pytest.mark.parametrize("metric", ["cosine", "l2"])
def test_an_approximate_index_gives_true_pairs_and_its_recall(index, metric, monkeypatch) -> None:
    if index == "hnsw":
        pytest.importorskip("hnswlib", exc_type=ImportError)
    monkeypatch.setattr(inverted, "BLOCK", 300)
    X = np.concatenate([rows_of("clusters", 2000, 32, 2), rows_of("zeros", 30, 32, 3), rows_of("nan", 30, 32, 4)])
    threshold = 0.02 if metric == "cosine" else 0.5
    expected = search.join(X, metric, threshold, index="exact")
    by = GRAPH if index == "hnsw" else index
    found = search.join(X, metric, threshold, index=by)
    assert found.index == index
    keys, known = (p.left * len(X) + p.right for p in (found.pairs, expected.pairs))
    assert np.isin(keys, known).all()
    assert len(np.unique(keys)) == len(keys)
    share = len(keys) / len(known)
    assert len(known) > 5000
    assert share > 0.99
    assert found.recall is not None
    assert abs(found.recall - share) < 0.02
    again = search.join(X, metric, threshold, index=by)
    assert np.array_equal(again.pairs.distance, found.pairs.distance)
    left, right = X[:900], X[900:]
    found = search.cross(left, right, metric, threshold, index=by)
    assert found.index == index and found.recall is not None and found.recall > 0.98
    crossed = found.pairs
    wanted = search.cross(left, right, metric, threshold).pairs
    both = [p.left * len(X) + p.right for p in (crossed, wanted)]
    assert np.isin(both[0], both[1]).all()
    assert len(both[0]) > 0.99 * len(both[1]) > 100


def test_the_inverted_file_says_when_it_misses(monkeypatch) -> None:
    monkeypatch.setattr(inverted, "PROBES", 1)
    X = rows_of("normal", 3000, 8, 0)
    found = search.join(X, "l2", 1.0, index="inverted")
    share = len(found.pairs) / len(search.join(X, "l2", 1.0, index="exact").pairs)
    assert share < 0.9
    assert found.recall is not None
    assert abs(found.recall - share) < 0.1


@pytest.mark.parametrize("probes", [1, 3, 8])
def test_a_pair_is_found_once_if_either_row_visits_the_cell_of_the_other(probes, monkeypatch) -> None:
    monkeypatch.setattr(inverted, "PROBES", probes)
    monkeypatch.setattr(inverted, "BLOCK", 300)
    X = rows_of("normal", 2000, 8, 0)
    (A,) = floats.prepare("l2", X)
    centres = inverted.centres_of(len(A), lambda rows: A.points[rows], 0)
    visits = inverted.probes(A, centres, 1.2)
    assert not visits.all.all()
    assert visits.all.any() or probes == 1
    visited = np.zeros((len(A), len(centres)), np.bool_)
    cells, rows = np.divmod(visits.keys, len(A))
    visited[rows, cells] = True
    assert visited.sum(axis=1).max() == probes
    either = visited[:, visits.home] | visited[:, visits.home].T
    near = search.join(X, "l2", 1.2, index="exact").pairs
    met = either[near.left, near.right]
    assert met.any()
    assert not met.all()
    found, recall = inverted.search(A, None, 1.2)
    for name in ("left", "right", "distance"):
        assert np.array_equal(getattr(found, name), getattr(near, name)[met])
    assert abs(recall - met.mean()) < 0.1


def test_auto_takes_the_inverted_file_for_many_rows(monkeypatch) -> None:
    monkeypatch.setattr(search, "MANY", 500)
    X = rows_of("clusters", 1200, 16, 0)
    assert search.join(X[:500], "cosine", 0.01).index == "exact"
    joined = search.join(X, "cosine", 0.01)
    assert joined.index == "inverted"
    assert joined.recall == 1.0


@pytest.mark.parametrize("metric", ["cosine", "l2"])
@pytest.mark.parametrize("index", ["auto", "hnsw"])
def test_near_gives_the_nearest_rows(metric, index, tmp_path) -> None:
    if index == "hnsw":
        pytest.importorskip("hnswlib", exc_type=ImportError)
    X = rows_of("clusters", 500, 12, 7)
    X[3] = np.nan
    X[11] = 0
    query = X[20:21] * np.float32(1.01)
    distance = brute(query, X, metric)[0]
    expected = [j for j in np.argsort(distance, kind="stable") if distance[j] <= 0.3]
    by = GRAPH if index == "hnsw" else index
    at, values = search.near(query, X, metric, 0.3, index=by, folder=tmp_path)
    assert at.tolist() == expected
    assert len(at) > 3
    assert np.allclose(values, distance[expected])
    at, values = search.near(query, X, metric, np.inf, nearest=7, index=by, folder=tmp_path)
    assert at.tolist() == np.argsort(distance)[:7].tolist()


@pytest.fixture
def saved(tmp_path):
    pytest.importorskip("hnswlib", exc_type=ImportError)
    (rows,) = floats.prepare("cosine", rows_of("clusters", 300, 8, 1))
    proposed.Saved.open(GRAPH, rows, tmp_path)
    return rows, tmp_path


def test_a_saved_graph_is_loaded_only_if_it_is_sound(saved, monkeypatch) -> None:
    rows, folder = saved
    built = []
    real = Hnsw.build
    monkeypatch.setattr(Hnsw, "build", lambda *args: built.append(1) or real(*args))
    expected = proposed.Saved.open(GRAPH, rows, None).near(rows, 0.01)
    assert len(built) == 1
    loaded = proposed.Saved.open(GRAPH, rows, folder).near(rows, 0.01)
    assert len(built) == 1
    assert all(np.array_equal(a, b) for a, b in zip(expected, loaded, strict=True))
    (file,) = folder.glob("*.bin")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    proposed.Saved.open(GRAPH, rows, folder)
    assert len(built) == 2
    proposed.Saved.open(GRAPH, rows, folder)
    assert len(built) == 2
    (note,) = folder.glob("*.json")
    for damage in ("", "{}", "[1]", "\0"):
        note.write_text(damage)
        proposed.Saved.open(GRAPH, rows, folder)
        assert built.pop()
    file.write_bytes(b"")
    proposed.Saved.open(GRAPH, rows, folder)
    assert len(built) == 3
    assert not [path for path in folder.iterdir() if path.suffix not in (".bin", ".json")]


@pytest.mark.parametrize("content", [b"", b"x" * 500])
def test_a_file_that_is_sound_but_no_graph_is_not_taken(saved, content, monkeypatch) -> None:
    rows, folder = saved
    built = []
    real = Hnsw.build
    monkeypatch.setattr(Hnsw, "build", lambda *args: built.append(1) or real(*args))
    ((file,), (note,)) = folder.glob("*.bin"), folder.glob("*.json")
    file.write_bytes(content)
    note.write_text(json.dumps(json.loads(note.read_text()) | {"file": blake3(content).hexdigest()}))
    proposed.Saved.open(GRAPH, rows, folder)
    assert len(built) == 1
    proposed.Saved.open(GRAPH, rows, folder)
    assert len(built) == 1, "it is put right"


@pytest.mark.skipif(os.name != "posix", reason="owners and modes of POSIX")
@pytest.mark.parametrize("whose", ["group's", "everybody's", "another's", "a link's"])
def test_a_graph_is_kept_and_taken_only_where_nobody_else_can_write(
    saved, whose, monkeypatch, tmp_path_factory
) -> None:
    rows, folder = saved
    built = []
    real = Hnsw.build
    monkeypatch.setattr(Hnsw, "build", lambda *args: built.append(1) or real(*args))
    empty = tmp_path_factory.mktemp("empty")
    folders = [folder, empty]
    for i, place in enumerate(folders):
        if whose == "a link's":
            folders[i] = place.with_name(f"{place.name}-link")
            folders[i].symlink_to(place)
        elif whose == "another's":
            if os.geteuid() != 0:
                pytest.skip("giving a folder away takes root")
            os.chown(place, 65534, -1)
        else:
            place.chmod(0o770 if whose == "group's" else 0o1777)
    for place in folders:
        proposed.Saved.open(GRAPH, rows, place)
    assert len(built) == 2
    assert not list(empty.iterdir())


def test_a_graph_of_other_rows_is_not_taken(saved, monkeypatch) -> None:
    _, folder = saved
    built = []
    real = Hnsw.build
    monkeypatch.setattr(Hnsw, "build", lambda *args: built.append(1) or real(*args))
    (other,) = floats.prepare("cosine", rows_of("clusters", 300, 8, 2))
    proposed.Saved.open(GRAPH, other, folder)
    assert built == [1]


def test_without_hnswlib_only_its_index_is_refused(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "hnswlib", None)
    X = rows_of("normal", 20, 4, 0)
    assert search.join(X, "cosine", 0.1).index == "exact"
    with pytest.raises(UsageError, match=r"\.\[hnsw\]"):
        Plugins({"index": {"hnsw": Hnsw}}).make("index", "hnsw")


class Odd(Hnsw):
    """An index that gives what it is told to."""

    def __init__(self, given=None):
        self.given = given

    def build(self, points, seed):
        return len(points)

    def near(self, built, points, radius):
        if self.given is None:
            raise KeyError("lost")
        return self.given


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "index hnsw raised KeyError: 'lost'"),
        (7, "gave no numbers of points"),
        (([0], [99], []), "gave no numbers of points"),
        (([0], [-1], []), "gave no numbers of points"),
        (([0, 1], [0], []), "gave no numbers of points"),
    ],
)
def test_an_index_that_gives_nonsense_is_an_error(given, message) -> None:
    X = rows_of("normal", 20, 4, 0)
    with pytest.raises(DedupeError, match=message):
        search.join(X, "cosine", 0.1, index=Approximate("odd@1", Odd(given)))


def test_what_an_index_leaves_to_the_host_is_compared_with_all() -> None:
    X = rows_of("clusters", 300, 8, 1)
    found = search.join(X, "cosine", 0.02, index=Approximate("odd@1", Odd(([], [], np.arange(300)))))
    expected = search.join(X, "cosine", 0.02, index="exact")
    assert found.recall == 1.0 and np.array_equal(found.pairs.left, expected.pairs.left)
