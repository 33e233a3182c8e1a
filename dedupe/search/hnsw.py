"""Float pairs through a graph of hnswlib (Malkov and Yashunin, 2018): approximate, every distance given is exact."""

from __future__ import annotations

import importlib
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import blake3
import numpy as np
from numpy.typing import NDArray

from dedupe import owned
from dedupe.errors import UsageError, install_hint
from dedupe.installed import version
from dedupe.model import Pairs
from dedupe.search.floats import FloatRows, Part, confirm, near_pairs
from dedupe.search.inverted import recall
from dedupe.search.result import gather_pairs, refuse_many
from dedupe.search.rows import Ints

LINKS = 16
BUILD_WIDTH = 100
FIRST = 16  # neighbours asked for at first
MOST = 1024  # more than these, and brute force over one row is as good
BLOCK = 1024
FORMAT = 1

Found = tuple[Ints, NDArray[np.float32]]


def module() -> Any:
    """The module hnswlib; raises UsageError where it is not installed."""
    try:
        return importlib.import_module("hnswlib")
    except ImportError:
        raise UsageError(
            f"--index hnsw needs the module hnswlib, which is not installed: {install_hint('hnsw')}. Unless "
            "there is a wheel for this Python, that needs a compiler for C++; --index inverted needs neither."
        ) from None


def search(A: FloatRows, B: FloatRows | None, threshold: float, seed: int = 0) -> tuple[Pairs, float]:
    """Pairs within `threshold` of the rows of A, left < right, or of A and B, and the share found of those there are.

    Neighbours are asked for in growing numbers until the farthest is outside the threshold, so that none that the graph
    knows is cut off. Raises UsageError without hnswlib.
    """
    other = A if B is None else B
    graph = build(other, seed)
    parts, count = [], 0
    for at in range(0, len(A), BLOCK):
        left, right, distance = within(graph, A, np.arange(at, min(at + BLOCK, len(A))), other, threshold)
        if B is None:
            apart = left != right
            left, right, distance = left[apart], right[apart], distance[apart]
            left, right = np.minimum(left, right), np.maximum(left, right)
        parts.append((left, right, distance))
        count += len(left)
        refuse_many(count // 2 if B is None else count)
    found = gather_pairs(parts)
    share = recall(A, other, found, threshold, B is None, seed)
    return Pairs(A.numbers[found.left], other.numbers[found.right], found.distance), share


def build(B: FloatRows, seed: int = 0) -> Any:
    """A graph of the points of B; by one thread, since the order of insertion decides what it finds."""
    graph = module().Index(space="l2", dim=max(1, B.points.shape[1]))
    graph.init_index(max_elements=max(1, len(B)), M=LINKS, ef_construction=BUILD_WIDTH, random_seed=seed)
    for at in range(0, len(B), BLOCK):
        stop = min(at + BLOCK, len(B))
        graph.add_items(np.ascontiguousarray(B.points[at:stop]), np.arange(at, stop), num_threads=1)
    return graph


def within(graph: Any, A: FloatRows, rows: Ints, B: FloatRows, threshold: float) -> Part:
    """Positions in A and B and distances of the pairs of some rows of A with what the graph knows within a threshold."""
    reach = A.reach(threshold) ** 2 * (1 + 1e-3) + 1e-5  # hnswlib gives squared float32 distances
    left, right, asked = [], [], FIRST
    while len(rows):
        labels, distance = _ask(graph, A, rows, min(asked, len(B))) if asked <= MOST else (None, None)
        if labels is None or distance is None:
            found = near_pairs(A, rows, B, np.arange(len(B)), threshold)
            left.append(found[0])
            right.append(found[1])
            break
        full = (distance[:, -1] <= reach) & (asked < len(B))
        i, k = np.nonzero((distance <= reach) & ~full[:, None])
        left.append(rows[i])
        right.append(labels[i, k].astype(np.int64))
        rows, asked = rows[full], asked * 4
    none = np.zeros(0, np.int64)
    return confirm(A, np.concatenate([none, *left]), B, np.concatenate([none, *right]), threshold)


def _ask(
    graph: Any, A: FloatRows, rows: Ints, count: int
) -> tuple[NDArray[np.uint64], NDArray[np.float32]] | tuple[None, None]:
    """Neighbours of rows and their squared distances (k,count), or None where the graph does not reach that many."""
    graph.set_ef(max(2 * count, 64))
    try:
        return graph.knn_query(np.ascontiguousarray(A.points[rows]), k=count)  # type: ignore[no-any-return]
    except RuntimeError:
        return None, None


@dataclass(frozen=True, slots=True)
class Saved:
    """A graph that is built once and kept in a file, with a file beside it that says what it was built from."""

    rows: FloatRows
    graph: Any

    @classmethod
    def open(cls, B: FloatRows, folder: Path | None, seed: int = 0) -> Saved:
        """The graph of B, from `folder` if a sound one of just these rows is there, else built, and saved if possible.

        A file is loaded only if nobody else can write in its folder and its BLAKE3 digest is the one written down when it
        was saved. Raises UsageError without hnswlib.
        """
        source = _source(B, seed)
        graph = _load(folder, source, B) if folder else None
        if graph is None:
            graph = build(B, seed)
            if folder:
                _save(graph, folder, source)
        return cls(B, graph)

    def near(self, A: FloatRows, threshold: float) -> Part:
        """Positions in A and in the rows, and distances, of the pairs within a threshold that the graph knows."""
        return within(self.graph, A, np.arange(len(A)), self.rows, threshold)

    def nearest(self, A: FloatRows, count: int) -> Part:
        """Positions in A and in the rows, and distances, of the nearest `count` rows that the graph knows."""
        rows = np.arange(len(A))
        labels, _ = _ask(self.graph, A, rows, min(count, len(self.rows))) if len(self.rows) else (None, None)
        if labels is None:
            return confirm(A, *_crossed(len(A), self.rows), np.inf)
        return confirm(A, np.repeat(rows, labels.shape[1]), self.rows, labels.ravel().astype(np.int64), np.inf)


def _crossed(n: int, B: FloatRows) -> tuple[Ints, FloatRows, Ints]:
    left, right = np.divmod(np.arange(n * len(B)), max(1, len(B)))
    return left, B, right


def _source(B: FloatRows, seed: int) -> str:
    """A digest of all that a graph depends on."""
    made = [FORMAT, B.metric, B.scale, B.left.shape, LINKS, BUILD_WIDTH, seed, _version()]
    return blake3.blake3(repr(made).encode() + np.ascontiguousarray(B.left).tobytes()).hexdigest()


def _version() -> str:
    return " ".join(f"{name} {version(name)}" for name in ("chroma-hnswlib", "hnswlib"))


def _names(source: str) -> tuple[str, str]:
    return f"hnsw-{source[:16]}.bin", f"hnsw-{source[:16]}.json"


def _load(folder: Path, source: str, B: FloatRows) -> Any:
    """The saved graph, or None where there is none, or any doubt of it."""
    file, note = _names(source)
    try:
        with owned.reading(folder, note) as stream:
            said = json.loads(stream.read())
        with tempfile.TemporaryDirectory(prefix="dedupe-") as private:  # what is checked is what is loaded
            copy = Path(private) / "graph"
            with owned.reading(folder, file) as stream, copy.open("wb") as out:
                shutil.copyfileobj(stream, out)
            if said != {"source": source, "file": _digest(copy)}:
                return None
            graph = module().Index(space="l2", dim=B.points.shape[1])
            graph.load_index(str(copy), max_elements=max(1, len(B)))
            return graph if graph.get_current_count() == len(B) else None
    except (OSError, ValueError, RuntimeError):
        return None


def _save(graph: Any, folder: Path, source: str) -> None:
    """Keeps the graph and its note where nobody else can write, since hnswlib believes what it loads; else does without."""
    file, note = _names(source)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        if not owned.usable(folder):
            return
        with tempfile.TemporaryDirectory(prefix="dedupe-") as private:
            made = Path(private) / "graph"
            graph.save_index(str(made))
            with made.open("rb") as stream, owned.writing(folder, file) as out:
                shutil.copyfileobj(stream, out)
            with owned.writing(folder, note) as out:
                out.write(json.dumps({"source": source, "file": _digest(made)}).encode())
    except (OSError, RuntimeError):
        return


def _digest(path: Path) -> str:
    return blake3.blake3().update_mmap(path).hexdigest()
