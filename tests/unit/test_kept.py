"""Joins that are kept: the same rows are not searched again, and nothing but a sound file is believed."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from blake3 import blake3

from dedupe import search
from dedupe.model import Metric
from dedupe.search import kept


@pytest.fixture
def searched(monkeypatch):
    """Counts the searches; every one of them is worth keeping."""
    real, count = search.join, []
    monkeypatch.setattr(search, "join", lambda *args, **given: count.append(1) or real(*args, **given))
    monkeypatch.setattr(kept, "SECONDS", -1.0)
    return count


@pytest.fixture
def rows():
    X = np.random.default_rng(0).integers(0, 256, (300, 8), np.uint8)
    X[100:200] = X[:100] ^ (np.arange(8) == 3).astype(np.uint8)
    X[250:] = X[:50]
    return X


def same(a, b) -> None:
    for name in ("classes", "rows", "within"):
        assert np.array_equal(getattr(a, name), getattr(b, name)), name
    for name in ("left", "right", "distance"):
        assert np.array_equal(getattr(a.pairs, name), getattr(b.pairs, name)), name
    assert (a.index, a.recall) == (b.index, b.recall)


def test_the_same_rows_are_searched_once(tmp_path, rows, searched):
    first = kept.join_kept(tmp_path / "joins", rows, "hamming", 3)
    again = kept.join_kept(tmp_path / "joins", rows, "hamming", 3)
    assert len(searched) == 1 and len(first.pairs) and len(first.rows) < len(rows)
    same(first, again)


def test_recall_is_kept(tmp_path, searched):
    X = np.random.default_rng(0).normal(size=(500, 8)).astype(np.float32)
    first = kept.join_kept(tmp_path, X, "l2", 1.0, index="inverted")
    assert first.recall is not None
    same(first, kept.join_kept(tmp_path, X, "l2", 1.0, index="inverted"))
    assert len(searched) == 1


@pytest.mark.parametrize("change", ["rows", "threshold", "metric", "index"])
def test_anything_else_is_searched_anew(tmp_path, searched, change):
    X = np.random.default_rng(0).normal(size=(100, 8)).astype(np.float32)
    kept.join_kept(tmp_path, X, "l2", 1.0)
    other = X.copy()
    other[7, 3] += 1
    kept.join_kept(
        tmp_path,
        other if change == "rows" else X,
        "cosine" if change == "metric" else "l2",
        1.5 if change == "threshold" else 1.0,
        index="exact" if change == "index" else "auto",
    )
    assert len(searched) == 2


@pytest.mark.parametrize("damage", ["bit", "cut", "empty", "other"])
def test_a_damaged_file_is_searched_anew(tmp_path, rows, searched, damage):
    first = kept.join_kept(tmp_path, rows, "hamming", 3)
    (file,) = tmp_path.glob("*.join")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes({"bit": bytes(content), "cut": bytes(content[:100]), "empty": b"", "other": b"x" * 500}[damage])
    same(first, kept.join_kept(tmp_path, rows, "hamming", 3))
    assert len(searched) == 2


def arrays(*given) -> bytes:
    stream = io.BytesIO()
    for each in given:
        np.save(stream, each, allow_pickle=True)
    return stream.getvalue()


NONE = np.zeros(0, np.int64)
ABOUT = np.frombuffer(json.dumps(["exact", None]).encode(), np.uint8)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x" * 500,
        arrays(NONE),
        arrays(NONE, NONE, NONE, NONE, NONE, NONE, ABOUT),
        arrays(NONE, NONE, NONE, np.zeros(300, np.int64), NONE, NONE, np.frombuffer(b"{", np.uint8)),
        arrays(np.array([print], object), NONE, NONE, np.zeros(300, np.int64), NONE, NONE, ABOUT),
    ],
    ids=["nothing", "no arrays", "one array", "of no rows", "half a line", "a pickle"],
)
def test_a_file_that_is_sound_but_no_join_of_these_rows_is_searched_anew(tmp_path, rows, searched, content):
    first = kept.join_kept(tmp_path, rows, "hamming", 3)
    (file,) = tmp_path.glob("*.join")
    file.write_bytes(blake3(content).digest() + content)
    same(first, kept.join_kept(tmp_path, rows, "hamming", 3))
    assert len(searched) == 2


def test_only_the_latest_are_kept(tmp_path, rows, searched, monkeypatch):
    monkeypatch.setattr(kept, "FILES", 3)
    for threshold in range(6):
        kept.join_kept(tmp_path, rows, "hamming", threshold)
    assert len(list(tmp_path.iterdir())) == 3


def test_a_folder_that_cannot_be_made_costs_nothing_but_time(tmp_path, rows, searched):
    (tmp_path / "file").write_text("")
    assert len(kept.join_kept(tmp_path / "file", rows, "hamming", 3).pairs)


def test_a_metric_of_a_plugin_is_always_searched(tmp_path, searched):
    owned = Metric("owned", "float32", lambda A, B: np.abs(A[:, None, 0] - B[None, :, 0]).astype(np.float32))
    X = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    for _ in range(2):
        kept.join_kept(tmp_path, X, owned, 0.1)
    assert len(searched) == 2 and not list(tmp_path.iterdir())
