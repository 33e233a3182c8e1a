"""A graph of points: built by one thread, asked for neighbours in growing numbers."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe import UsageError, install_hint

LINKS = 16
BUILD_WIDTH = 100
FIRST = 16  # neighbours asked for at first
MOST = 1024  # more than these, and comparing a point with all is as good
BLOCK = 1024
LIBRARY = 64  # bytes behind a saved graph

Points = NDArray[np.float32]
Ints = NDArray[np.int64]


class Hnsw:
    """The graph, by the library hnswlib, which comes as hnswlib or as chroma-hnswlib."""

    name = "hnsw"
    version = "1"

    def check(self) -> None:
        """Raises UsageError where the library is not installed."""
        _module()

    def build(self, points: Points, seed: int) -> Any:
        """A graph of points (m,d); by one thread, since the order of insertion decides what it finds."""
        graph = _module().Index(space="l2", dim=points.shape[1])
        graph.init_index(max_elements=len(points), M=LINKS, ef_construction=BUILD_WIDTH, random_seed=seed)
        for at in range(0, len(points), BLOCK):
            some = points[at : at + BLOCK]
            graph.add_items(some, np.arange(at, at + len(some)), num_threads=1)
        return graph

    def near(self, built: Any, points: Points, radius: float) -> tuple[Ints, Ints, Ints]:
        """Neighbours are asked for in growing numbers until the farthest is outside the radius, so that none that the graph
        knows is cut off; points with more than `MOST` are left to the host.
        """
        left, right, asked = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], FIRST
        rows, size = np.arange(len(points)), built.get_current_count()
        while len(rows) and asked <= MOST:
            labels, distance = _ask(built, points[rows], min(asked, size))
            if labels is None or distance is None:
                break
            within = distance <= radius * radius  # hnswlib gives squared distances
            full = within[:, -1] & (asked < size)
            i, k = np.nonzero(within & ~full[:, None])
            left.append(rows[i])
            right.append(labels[i, k].astype(np.int64))
            rows, asked = rows[full], asked * 4
        return np.concatenate(left), np.concatenate(right), rows

    def nearest(self, built: Any, points: Points, count: int) -> Ints | None:
        """The nearest that the graph knows, int64 (k,count); None where it does not reach that many."""
        labels, _ = _ask(built, points, count)
        return None if labels is None else labels.astype(np.int64)

    def save(self, built: Any, path: Path) -> None:
        """Writes the graph as hnswlib does, and which version of it did."""
        built.save_index(str(path))
        with path.open("ab") as file:
            file.write(_library())

    def load(self, path: Path, shape: tuple[int, int]) -> Any:
        """The graph of a file, which is cut back to what hnswlib wrote. Raises ValueError where it is of other points or of
        another version of hnswlib, RuntimeError where it is none.
        """
        with path.open("r+b") as file:
            file.seek(-min(LIBRARY, path.stat().st_size), os.SEEK_END)
            if file.read() != _library():
                raise ValueError("a graph of another hnswlib")
            file.seek(-LIBRARY, os.SEEK_END)
            file.truncate()
        graph = _module().Index(space="l2", dim=shape[1])
        graph.load_index(str(path), max_elements=shape[0])
        if graph.get_current_count() != shape[0]:
            raise ValueError("a graph of other points")
        return graph


def _ask(graph: Any, points: Points, count: int) -> tuple[NDArray[np.uint64], NDArray[np.float32]] | tuple[None, None]:
    """Neighbours of points and their squared distances (k,count), or None where the graph does not reach that many."""
    graph.set_ef(max(2 * count, 64))
    try:
        return graph.knn_query(np.ascontiguousarray(points), k=count)  # type: ignore[no-any-return]
    except RuntimeError:
        return None, None


def _module() -> Any:
    try:
        return importlib.import_module("hnswlib")
    except ImportError:
        raise UsageError(
            f"--index hnsw needs the module hnswlib, which is not installed: {install_hint('hnsw')}. Unless "
            "there is a wheel for this Python, that needs a compiler for C++; --index inverted needs neither."
        ) from None


def _library() -> bytes:
    """Which hnswlib is installed, and in which version, in LIBRARY bytes."""
    from importlib import metadata  # as slow as all the rest

    for name in ("chroma-hnswlib", "hnswlib"):
        try:
            return f"{name} {metadata.version(name)}".encode().ljust(LIBRARY)
        except metadata.PackageNotFoundError:
            continue
    return b"?".ljust(LIBRARY)
