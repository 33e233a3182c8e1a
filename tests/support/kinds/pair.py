"""A pair of pictures whose kind is known, since it was made so."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

KINDS = ("same-bytes", "same-pixels", "re-encoded", "adjusted", "edited", "variant", "similar", "different")
"""What two pictures can be to each other, the closest first: the first that fits counts."""


@dataclass(frozen=True)
class Pair:
    """`truth` is the kind that two files are by construction, `how` says how the second came to be.

    `acceptable` has the kinds that are right: the truth, and another only where a person could honestly say either.
    """

    a: Path
    b: Path
    truth: str
    how: str
    acceptable: tuple[str, ...]

    def right(self, kind: str) -> bool:
        return kind in self.acceptable

    def overclaimed(self, kind: str) -> bool:
        """Whether a kind says more than is true: that the two are closer to each other than they are."""
        return _rank(kind) < min(map(_rank, self.acceptable))


Make: TypeAlias = Callable[[Path, Path, np.random.Generator], tuple[Path, Path] | None]
"""Writes files of a photo to names that begin with a stem, and gives the two to compare; None where the photo won't do."""


@dataclass(frozen=True)
class Way:
    """A way to come by pairs of one kind; `also` has the other kinds that are right."""

    how: str
    truth: str
    make: Make
    also: tuple[str, ...] = ()

    def pair(self, photo: Path, stem: Path, rng: np.random.Generator) -> Pair | None:
        """The pair made of a photo."""
        made = self.make(photo, stem, rng)
        return Pair(*made, self.truth, self.how, (self.truth, *self.also)) if made else None


def passed(kind: str) -> bool:
    """Whether groups hold pairs of a kind."""
    return _rank(kind) <= _rank("edited")


def _rank(kind: str) -> int:
    """0 for the closest; what is no kind ("not judged") claims nothing."""
    return KINDS.index(kind) if kind in KINDS else len(KINDS)


def write(pairs: Iterable[Pair], manifest: Path) -> None:
    """Lists pairs in a file, one JSON object a line."""
    with manifest.open("w", encoding="utf-8") as out:
        for pair in pairs:
            row = {"a": str(pair.a), "b": str(pair.b), "truth": pair.truth}
            print(json.dumps({**row, "acceptable": pair.acceptable, "how": pair.how}), file=out, flush=True)


def read(manifest: Path) -> list[Pair]:
    """The pairs that a file lists."""
    rows = map(json.loads, manifest.read_text(encoding="utf-8").splitlines())
    return [Pair(Path(r["a"]), Path(r["b"]), r["truth"], r["how"], tuple(r["acceptable"])) for r in rows]
