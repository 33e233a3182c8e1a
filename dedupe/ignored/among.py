"""Which contents of a run are a pair on the list."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dedupe.ignored.listing import pairs
from dedupe.model import Bools, Ints

Contents = NDArray[np.void]


def among(contents: Contents, used: Bools) -> Ints:
    """Pairs on the list of which both are contents that are `used`, bool (n,): rows int64 (m,2), left < right."""
    found = between(contents, contents)
    found = np.sort(found[used[found].all(axis=1)], axis=1)
    return np.unique(found, axis=0)


def between(left: Contents, right: Contents) -> Ints:
    """Pairs on the list of a content of the one side and one of the other: rows int64 (m,2)."""
    known = pairs()
    if not known:
        return np.zeros((0, 2), np.int64)
    wanted = {digest for pair in known for digest in (pair.a, pair.b)}
    mine, theirs = _rows(left, wanted), _rows(right, wanted)
    ways = [way for pair in known for way in ((pair.a, pair.b), (pair.b, pair.a))]
    found = [(mine[one], theirs[other]) for one, other in ways if one in mine and other in theirs]
    return np.array(found, np.int64).reshape(-1, 2)


def note(count: int) -> list[str]:
    """What to say of so many pairs that are left out."""
    if not count:
        return []
    how_many = "1 pair is" if count == 1 else f"{count:,} pairs are"
    what = "it is no duplicate" if count == 1 else "they are no duplicates"
    return [f"{how_many} left out: you said that {what} (dedupe ignore --list)."]


def _rows(contents: Contents, wanted: set[str]) -> dict[str, int]:
    """The rows of the contents that are wanted, by digest."""
    known = np.array(sorted(bytes.fromhex(each.removeprefix("blake3:")) for each in wanted), "S32")
    digests = np.ascontiguousarray(contents["digest"]).view("S32")
    at = np.flatnonzero(np.isin(digests, known))
    return {f"blake3:{contents['digest'][row].tobytes().hex()}": row for row in at.tolist()}
