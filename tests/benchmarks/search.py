"""Measures the searches and prints tables with the processor's name; not a test.

    python tests/benchmarks/search.py [--photos FOLDER] [--peers PEERS] [--rounds 3] [goals|faiss|indexes|large|floats ...]

`goals`: self-joins of 1,000,000 hashes, with all that the processor has and as on an older one (NUMBA_CPU_NAME=haswell).
`faiss`: 100,000 hashes within 10 bits beside FAISS's IndexBinaryFlat, if PEERS/faiss is an environment that holds
faiss-cpu. `indexes`: every index at 10,000, 50,000 and 100,000 rows. Only where they are asked for: `large`, `--rows`
hashes of 64 bits within 4 and of 256 bits within 31, each once, beside FAISS's hash index at a tenth and a hundredth of
them; `floats`, half as many rows of 256 bytes by the inverted file, beside FAISS's at a tenth. Each measurement is a
process of its own, kernels compiled; wall and processor seconds are medians, memory is what the search adds at its peak,
its result included.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from dedupe_hnsw.graph import Hnsw
from hashes import collection, many, photo_hashes, small_vectors, vectors
from rich.console import Console
from rich.table import Table
from scan import processor

SHIPPED = Path(__file__).resolve().parents[2] / "dedupe" / "testing" / "photos"
SIZES = (10_000, 50_000, 100_000)
COLUMNS = ("rows", "metric", "threshold", "index", "wall s", "processor s", "pairs of classes", "recall", "adds MB")


def measure(file: Path, metric: str, threshold: float, index: str, rounds: int) -> dict[str, object]:
    """What the worker process prints: medians over some rounds of one search, after a small one that loads kernels."""
    from dedupe import search

    X = np.load(file)
    by: search.Which = search.Approximate(index, Hnsw()) if index == "hnsw" else index
    search.join(X[:20_000], metric, threshold, index=by)
    before, wall, processor = memory("VmRSS"), [], []
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    for _ in range(rounds):
        start, used = time.perf_counter(), time.process_time()
        joined = search.join(X, metric, threshold, index=by)
        wall.append(time.perf_counter() - start)
        processor.append(time.process_time() - used)
        added = memory("VmHWM") - before
    result = {"wall": statistics.median(wall), "processor": statistics.median(processor), "added": added}
    return {**result, "pairs": len(joined.pairs), "index": joined.index, "recall": joined.recall}


def memory(field: str) -> int:
    """A size of this process in MB, as Linux says it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith(field))


def run(
    file: Path, metric: str, threshold: float, index: str, rounds: int, env: dict[str, str] | None = None
) -> dict[str, object]:
    command = [sys.executable, __file__, "--worker", str(file), metric, str(threshold), index, str(rounds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env={**os.environ, **(env or {})})
    return dict(json.loads(done.stdout))


def row(table: Table, n: int, metric: str, threshold: float, name: str, found: dict[str, object]) -> None:
    recall = "exact" if found["recall"] is None else f"{found['recall']:.4f}"
    seconds = [f"{found[key]:.3f}" for key in ("wall", "processor")]
    table.add_row(f"{n:,}", metric, str(threshold), name, *seconds, f"{found['pairs']:,}", recall, str(found["added"]))


def goals(folder: Path, photos: dict[int, np.ndarray], rounds: int) -> Table:
    table = Table(*COLUMNS, title="Self-joins of a million hashes")
    for bits, thresholds in ((64, (4, 10)), (256, (31,))):
        file = folder / f"{bits}.npy"
        np.save(file, collection(1_000_000, photos[bits]))
        for threshold in thresholds:
            for name, env in (("", {}), (", haswell", {"NUMBA_CPU_NAME": "haswell"})):
                found = run(file, "hamming", threshold, "auto", rounds, env)
                row(table, 1_000_000, f"hamming, {bits} bits", threshold, f"{found['index']}{name}", found)
    return table


def against_faiss(folder: Path, photos: dict[int, np.ndarray], peers: Path | None, rounds: int) -> Table | str:
    python = (peers or Path()) / "faiss" / "bin" / "python"
    if peers is None or not python.exists():
        return "FAISS left out: --peers names no folder with an environment `faiss`."
    file = folder / "100k.npy"
    np.save(file, collection(100_000, photos[64]))
    ours, theirs = [], []
    for _ in range(rounds):  # in turns
        ours.append(run(file, "hamming", 10, "auto", 3))
        command = [str(python), str(Path(__file__).parent / "peers" / "faiss_flat.py"), str(file), "10"]
        theirs.append(json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout))
    a, b = (statistics.median(float(each["wall"]) for each in found) for found in (ours, theirs))
    table = Table(
        "search", "wall s", "dedupe is faster", "near pairs of rows", title="100,000 hashes within 10 of 64 bits"
    )
    table.add_row(f"dedupe, {ours[0]['index']}", f"{a:.3f}", "", f"{ours[0]['pairs']:,} of classes")
    table.add_row(
        f"FAISS {theirs[0]['version']} IndexBinaryFlat", f"{b:.3f}", f"{b / a:.1f} x", f"{theirs[0]['pairs']:,}"
    )
    return table


def indexes(folder: Path, photos: dict[int, np.ndarray], rounds: int) -> Table:
    table = Table(*COLUMNS, title="Every index")
    sets: list[tuple[str, float, np.ndarray, Sequence[str]]] = []
    for n in SIZES:
        sets += [
            ("hamming", t, collection(n, photos[bits]), ("exact", "multi-index")) for bits, t in ((64, 10), (256, 31))
        ]
        sets += [("cosine", 0.05, vectors(n, d), ("exact", "inverted", "hnsw")) for d in (128, 512)]
    for metric, threshold, X, names in sets:
        np.save(folder / "some.npy", X)
        for name in names:
            found = run(folder / "some.npy", metric, threshold, name, rounds)
            size = f"{8 * X.shape[1]} bits" if metric == "hamming" else f"{X.shape[1]} values"
            row(table, len(X), f"{metric}, {size}", threshold, name, found)
    return table


def large(folder: Path, peers: Path | None, n: int) -> Table:
    table = Table(*COLUMNS, title="Many hashes, once")
    for bits, threshold, size in ((64, 4, n), (64, 4, n // 10), (256, 31, n), (256, 31, n // 100)):
        np.save(folder / "large.npy", many(size, bits // 8))
        found = run(folder / "large.npy", "hamming", threshold, "auto", 1)
        row(table, size, f"hamming, {bits} bits", threshold, str(found["index"]), found)
        if size < n:
            beside_faiss(table, "multi_hash", peers, folder / "large.npy", size, f"hamming, {bits} bits", threshold)
    return table


def floats(folder: Path, peers: Path | None, n: int) -> Table:
    table = Table(*COLUMNS, title="Many vectors, once")
    for size in (n // 2, n // 20):
        small_vectors(size, 256, folder / "large.npy")
        found = run(folder / "large.npy", "cosine", 0.05, "inverted", 1)
        row(table, size, "cosine, 256 bytes", 0.05, "inverted", found)
        if size < n // 2:
            beside_faiss(table, "inverted", peers, folder / "large.npy", size, "cosine, 256 bytes", 0.05)
    return table


def beside_faiss(
    table: Table, which: str, peers: Path | None, file: Path, size: int, metric: str, threshold: float
) -> None:
    python, script = (
        (peers or Path()) / "faiss" / "bin" / "python",
        Path(__file__).parent / "peers" / f"faiss_{which}.py",
    )
    if python.exists():
        done = subprocess.run([python, script, file, str(threshold)], stdout=subprocess.PIPE, check=True)
        theirs = json.loads(done.stdout)
        row(table, size, metric, threshold, f"FAISS {theirs['version']} {theirs['index']}", {"added": "", **theirs})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, default=SHIPPED, help="real photos (default: those that ship)")
    parser.add_argument("--peers", type=Path, help="folder with an environment for each peer")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=10_000_000, help="of `large` and `floats`")
    parser.add_argument("sets", nargs="*", metavar="SET", help="goals, faiss, indexes (default: these), large, floats")
    given = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(f"{processor()}, {os.cpu_count()} cores; load {os.getloadavg()[0]:.1f}")
    chosen = given.sets or ["goals", "faiss", "indexes"]
    photos = {}
    if {"goals", "faiss", "indexes"} & {*chosen}:
        photos = {bits: photo_hashes(given.photos, bits) for bits in (64, 256)}
        console.print(f"{len(photos[64])} different hashes of photos")
    with tempfile.TemporaryDirectory() as name:
        if "goals" in chosen:
            console.print(goals(Path(name), photos, given.rounds))
        if "faiss" in chosen:
            console.print(against_faiss(Path(name), photos, given.peers, given.rounds))
        if "indexes" in chosen:
            console.print(indexes(Path(name), photos, given.rounds))
        if "large" in chosen:
            console.print(large(Path(name), given.peers, given.rows))
        if "floats" in chosen:
            console.print(floats(Path(name), given.peers, given.rows))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        file, metric, threshold, index, rounds = sys.argv[2:]
        print(json.dumps(measure(Path(file), metric, float(threshold), index, int(rounds))))
    else:
        main()
