"""Float pairs by an index of a plugin: it proposes, and every distance given is exact."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from blake3 import blake3

from dedupe import owned
from dedupe.errors import DedupeError, said
from dedupe.model import Index, Ints, Pairs
from dedupe.search.floats import FloatRows, Part, confirm, near_pairs
from dedupe.search.inverted import recall
from dedupe.search.result import gather_pairs, refuse_many

BLOCK = 1024
FORMAT = 2


@dataclass(frozen=True, slots=True)
class Approximate:
    """An index of a plugin; `key` is its name and version with all parameters."""

    key: str
    index: Index

    @property
    def name(self) -> str:
        """The index's name."""
        return self.index.name


def search(by: Approximate, A: FloatRows, B: FloatRows | None, threshold: float, seed: int = 0) -> tuple[Pairs, float]:
    """Pairs within `threshold` of the rows of A, left < right, or of A and B, and the share found of those there are.

    Raises DedupeError for an index that raises or gives no numbers of points.
    """
    other = A if B is None else B
    saved = Saved(by, other, _built(by, other, seed))
    parts, count = [], 0
    for at in range(0, len(A), BLOCK):
        left, right, distance = saved.near(A, threshold, np.arange(at, min(at + BLOCK, len(A))))
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


def _built(by: Approximate, rows: FloatRows, seed: int) -> Any:
    """What the index builds of the points; None where there are none."""
    return _asked(by, by.index.build, np.ascontiguousarray(rows.points), seed) if rows.points.size else None


def _asked(by: Approximate, method: Any, *arguments: Any) -> Any:
    try:
        return method(*arguments)
    except DedupeError:
        raise
    except Exception as error:
        raise DedupeError(f"The index {by.name} raised {said(error)[:250]}; search without --index.") from error


@dataclass(frozen=True, slots=True)
class Saved:
    """What an index has built of rows: once, and kept in a file, with a file beside it that says what it was built from."""

    by: Approximate
    rows: FloatRows
    built: Any

    @classmethod
    def open(cls, by: Approximate, rows: FloatRows, folder: Path | None, seed: int = 0) -> Saved:
        """That of the rows, from `folder` if a sound one of just these rows is there, else built, and saved if possible.

        A file is loaded only if nobody else can write in its folder and its BLAKE3 digest is the one written down when it
        was saved.
        """
        source = _source(by, rows, seed)
        built = _load(by, folder, source, rows) if folder else None
        if built is None:
            built = _built(by, rows, seed)
            if folder and built is not None:
                _save(by, built, folder, source)
        return cls(by, rows, built)

    def near(self, A: FloatRows, threshold: float, some: Ints | None = None) -> Part:
        """Positions in A and in the rows, and distances, of the pairs within a threshold that the index knows; of `some`
        rows of A, int64 (k,), else of all.
        """
        some = np.arange(len(A)) if some is None else some
        none = np.zeros(0, np.int64)
        left, right, rest = none, none, some
        if self.built is not None and len(some):
            reach = float(np.sqrt(A.reach(threshold) ** 2 * (1 + 1e-3) + 1e-5))  # what float32 distances are wrong by
            points = np.ascontiguousarray(A.points[some])
            given = _asked(self.by, self.by.index.near, self.built, points, reach)
            left, right, rest = self._numbers(given, len(some))
            left, rest = some[left], some[rest]
        found = confirm(A, left, self.rows, right, threshold)
        others = near_pairs(A, rest, self.rows, np.arange(len(self.rows)), threshold)
        left, right, distance = (np.concatenate(each) for each in zip(found, others, strict=True))
        return left, right, distance

    def nearest(self, A: FloatRows, count: int) -> Part:
        """Positions in A and in the rows, and distances, of the nearest `count` rows that the index knows."""
        n, m = len(A), len(self.rows)
        labels = None
        if self.built is not None and n:
            points = np.ascontiguousarray(A.points)
            labels = _asked(self.by, self.by.index.nearest, self.built, points, min(count, m))
        if labels is None:
            left, right = np.divmod(np.arange(n * m), max(1, m))
            return confirm(A, left, self.rows, right, np.inf)
        left = np.repeat(np.arange(n), np.shape(labels)[-1])
        left, right, _ = self._numbers((left, np.ravel(labels), left[:0]), n)
        return confirm(A, left, self.rows, right, np.inf)

    def _numbers(self, given: Any, k: int) -> tuple[Ints, Ints, Ints]:
        """Numbers of k points, of the rows and of points again, made sure of."""
        try:
            left, right, rest = (np.asarray(each, np.int64).reshape(-1) for each in given)
            sound = len(left) == len(right) and all(
                not len(each) or (each.min() >= 0 and each.max() < most)
                for each, most in ((left, k), (right, len(self.rows)), (rest, k))
            )
        except (TypeError, ValueError):
            sound = False
        if not sound:
            raise DedupeError(f"The index {self.by.name} gave no numbers of points; search without --index.")
        return left, right, rest


def _source(by: Approximate, rows: FloatRows, seed: int) -> str:
    """A digest of all that an index depends on."""
    made = [FORMAT, by.key, rows.metric, rows.scale, rows.left.shape, seed]
    return blake3(repr(made).encode() + np.ascontiguousarray(rows.left).tobytes()).hexdigest()


def _names(by: Approximate, source: str) -> tuple[str, str]:
    return f"{by.name}-{source[:16]}.bin", f"{by.name}-{source[:16]}.json"


def _load(by: Approximate, folder: Path, source: str, rows: FloatRows) -> Any:
    """The saved index, or None where there is none, or any doubt of it."""
    file, note = _names(by, source)
    try:
        with owned.reading(folder, note) as stream:
            said = json.loads(stream.read())
        with tempfile.TemporaryDirectory(prefix="dedupe-") as private:  # what is checked is what is loaded
            copy = Path(private) / "index"
            with owned.reading(folder, file) as stream, copy.open("wb") as out:
                shutil.copyfileobj(stream, out)
            if said != {"source": source, "file": _digest(copy)}:
                return None
            return by.index.load(copy, rows.points.shape)
    except Exception:  # the plugin's own, too: it is built again
        return None


def _save(by: Approximate, built: Any, folder: Path, source: str) -> None:
    """Keeps an index and its note where nobody else can write, since what is loaded is believed; else does without."""
    file, note = _names(by, source)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        if not owned.usable(folder):
            return
        with tempfile.TemporaryDirectory(prefix="dedupe-") as private:
            made = Path(private) / "index"
            by.index.save(built, made)
            with made.open("rb") as stream, owned.writing(folder, file) as out:
                shutil.copyfileobj(stream, out)
            with owned.writing(folder, note) as out:
                out.write(json.dumps({"source": source, "file": _digest(made)}).encode())
    except Exception:  # a folder that is full, or a plugin that cannot save, costs time alone
        return


def _digest(path: Path) -> str:
    return blake3().update_mmap(path).hexdigest()
