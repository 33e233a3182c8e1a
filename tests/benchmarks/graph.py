"""Measures whether one query (`dedupe find`) gains by a graph that was built once and is kept beside the cache; not a test.

    python tests/benchmarks/graph.py --photos FOLDER [--rows 10000 100000 ...] [--queries 200]

Rows are `pca256` of the photos, 256 values: nine in ten are a blend of two of them with some noise, one in ten a near
copy of another row. They lie in a cache of their own, as float32 or int8. Each figure comes from a process of its own, the
files being in the system's memory: reading the cached rows, one query by comparing with all of them, and one by a graph that
is there already: opening it means to make the rows ready, to make sure that it is theirs, and to load it. Seconds are medians
of some processes in turns; building is measured once. Recall is that of the rows within 0.05, over all queries.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from dedupe_hnsw.graph import Hnsw
from rich.console import Console
from rich.table import Table

import dedupe
from dedupe import search
from dedupe.model import CONTENT_FIELDS, Files
from dedupe.search import proposed
from dedupe.search.floats import prepare
from dedupe.store import Store

THRESHOLD = 0.05
STEP = 20_000
COLUMNS = ("rows", "read the rows", "compare with all", "open the graph", "ask it", "build it", "recall")
BY = search.Approximate("hnsw@1", Hnsw())


def made_rows(real: np.ndarray, n: int, seed: int = 0) -> np.ndarray:
    """n rows float32 (n,d) from real ones (m,d)."""
    rng = np.random.default_rng(seed)
    noise = real.std(axis=0) * 0.35
    out = np.empty((n, real.shape[1]), np.float32)
    for at in range(0, n, STEP):
        k = min(STEP, n - at)
        weight = rng.uniform(0.3, 0.7, (k, 1)).astype(np.float32)
        a, b = real[rng.integers(0, len(real), k)], real[rng.integers(0, len(real), k)]
        out[at : at + k] = weight * a + (1 - weight) * b + noise * rng.standard_normal((k, real.shape[1]), np.float32)
    copies = rng.permutation(n)[: n // 10]
    out[copies] = near(out[rng.integers(0, n, len(copies))], rng)
    return out


def near(rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Near copies of rows (k,d), most of them within THRESHOLD."""
    length = np.linalg.norm(rows, axis=1, keepdims=True) / np.sqrt(rows.shape[1])
    return (rows + 0.25 * length * rng.standard_normal(rows.shape)).astype(np.float32)


def as_int8(rows: np.ndarray) -> np.ndarray:
    """Rows float32 (n,d) as int8, as heads keep them."""
    return np.rint(rows * (127 / np.abs(rows).max(axis=1, keepdims=True))).astype(np.int8)


def stored(folder: Path, real: np.ndarray, n: int, dtype: str) -> None:
    """A cache with so many rows under the key "rows", and queries beside it."""
    X = made_rows(real, n)
    queries = near(X[np.random.default_rng(1).integers(0, n, 1000)], np.random.default_rng(2))
    np.save(folder / "queries.npy", as_int8(queries) if dtype == "int8" else queries)
    with Store.open(folder / "cache.sqlite3", print) as store:
        for at in range(0, n, STEP):
            rows = as_int8(X[at : at + STEP]) if dtype == "int8" else X[at : at + STEP]
            some, contents = np.arange(len(rows)), np.zeros(len(rows), CONTENT_FIELDS)
            contents["digest"] = np.frombuffer(np.random.default_rng([3, at]).bytes(32 * len(rows)), "V32")
            stat = np.zeros((len(rows), 6), np.int64)
            store.add(files(at, len(rows)), some, stat, contents, some >= 0, [("rows", some, rows)])


def files(at: int, k: int) -> Files:
    """k files that are nowhere."""
    paths = [b"/nowhere/%08d.jpg" % i for i in range(at, at + k)]
    none = np.zeros(k, np.int64)
    return Files(b"".join(paths), np.arange(k + 1) * len(paths[0]), none, none, none, none, none, none, none > 0)


def worker(folder: Path, n: int, how: str, queries: int) -> dict[str, float]:
    """Seconds of each step of one query, the first one, and for a graph what is right of the others too."""
    asked = np.load(folder / "queries.npy")[:queries]
    start = time.perf_counter()
    with Store.open(folder / "cache.sqlite3", print) as store:
        _, X = store.vectors("rows", np.arange(1, n + 1))
    found = {"read": time.perf_counter() - start}
    assert len(X) == n
    if how == "exact":
        start = time.perf_counter()
        search.near(asked[:1], X, "cosine", THRESHOLD)
        return {**found, "query": time.perf_counter() - start}
    start = time.perf_counter()
    points, rows = prepare("cosine", asked, X)
    saved = proposed.Saved.open(BY, rows, folder / "graphs")
    found["open"] = time.perf_counter() - start
    start = time.perf_counter()
    saved.near(points, THRESHOLD, np.arange(1))
    found["query"] = time.perf_counter() - start
    if how == "recall":
        left, right, _ = saved.near(points, THRESHOLD)
        every = [search.near(asked[i : i + 1], X, "cosine", THRESHOLD)[0] for i in range(queries)]
        known = {(i, j) for i, near_ones in enumerate(every) for j in near_ones.tolist()}
        got = set(zip(left.tolist(), rows.numbers[right].tolist(), strict=True))
        found |= {"pairs": len(known), "recall": len(known & got) / max(1, len(known))}
    return found


def run(folder: Path, n: int, how: str, queries: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--worker", str(folder), str(n), how, str(queries)]
    return dict(json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout))


def median(found: list[dict[str, float]], name: str) -> float:
    return statistics.median(each[name] for each in found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, required=True, help="real photos")
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 30_000, 100_000, 300_000])
    parser.add_argument("--dtype", choices=["float32", "int8"], default="float32")
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    described = dedupe.describe(given.photos, descriptor="pca256")
    real = np.stack([each.values for each in described.descriptions])
    table = Table(*COLUMNS, title=f"One query among rows of {real.shape[1]} values, {given.dtype}, seconds")
    for n in given.rows:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            stored(folder, real, n, given.dtype)
            first = run(folder, n, "recall", given.queries)
            exact, graph = [], []
            for _ in range(given.rounds):
                exact.append(run(folder, n, "exact", 1))
                graph.append(run(folder, n, "graph", 1))
            figures = (
                *(median(exact, each) for each in ("read", "query")),
                *(median(graph, each) for each in ("open", "query")),
                first["open"],
            )
            recall = f"{first['recall']:.4f} of {first['pairs']:,}"
            table.add_row(f"{n:,}", *(f"{each:.4f}" for each in figures), recall)
            Console(width=140).print(table)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        folder, n, how, queries = sys.argv[2:]
        print(json.dumps(worker(Path(folder), int(n), how, int(queries))))
    else:
        main()
