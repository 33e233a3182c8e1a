"""Contents that hang together come to one part, with all that is known of who is near whom among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dedupe.engines.parts.components import Forest
from dedupe.engines.parts.tasks import Ref, Tasks
from dedupe.group import Neighbours
from dedupe.model import Floats, Ints, Pairs
from dedupe.near import nearest_turn
from dedupe.near.within import NO_PAIRS

PART = 1 << 12
"""Contents of a part, about, if those that hang together are fewer."""

PARTS = 32
"""There are not many more: of more contents, parts are larger."""

AT_ONCE = 16
"""There are about so many calls that hand pairs out, each to all parts."""


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search has found: classes of contents as in `Neighbours`, `first` int64 (c,) the first content of each, and refs of
    `Pairs` of classes, left < right, in which one pair may be twice.
    """

    name: str
    classes: Ints
    first: Ints
    within: Floats
    pairs: Sequence[Ref] = ()


def parts_of(found: Forest) -> list[Ints]:
    """The contents of each part, int64 (k,) ascending: neighbouring ones of those that hang together make one."""
    size = max(PART, len(found) // PARTS)
    order = np.lexsort((found[:, 0], found[:, 1]))
    rows, roots = found[order].T
    starts = np.flatnonzero(np.diff(roots, prepend=-1))
    part = np.repeat(starts // size, np.diff(starts, append=len(roots)))
    edges = np.flatnonzero(np.diff(part)) + 1
    return [np.sort(some) for some in np.split(rows, edges)] if len(rows) else []


def handed_out(tasks: Tasks, searched: Sequence[Searched], parts: Sequence[Ints]) -> list[tuple[Ref, Ref]]:
    """For each part its `Neighbours`, with rows numbered as in the part, and how many pairs of contents each of them has."""
    if not parts:
        return []
    pieces = [_pieces(tasks, each, parts) for each in searched]
    found = []
    for number, rows in enumerate(parts):
        about, given = [], []
        for each, some in zip(searched, pieces, strict=True):
            classes = each.classes[rows]
            used, place = np.unique(classes[classes >= 0], return_inverse=True)
            local = np.full(len(rows), -1, np.int64)
            local[classes >= 0] = place
            about.append((each.name, local, used, each.within[used], len(some)))
            given += [piece[number] for piece in some]
        found.append(tuple(tasks.calls(2, _neighbours, about, *given)))
    return [(neighbours, counts) for neighbours, counts in found]


def _pieces(tasks: Tasks, each: Searched, parts: Sequence[Ints]) -> list[list[Ref]]:
    """The pairs of a search, some at a time, taken apart by part."""
    part_of = np.full(len(each.classes), -1, np.int64)
    for number, rows in enumerate(parts):
        part_of[rows] = number
    of_class, count = tasks.put(part_of[each.first]), len(each.pairs)
    step = max(1, -(-count // AT_ONCE))
    some = [each.pairs[at : at + step] for at in range(0, count, step)]
    return [tasks.calls(len(parts), _apart, of_class, len(parts), *pairs) for pairs in some]


def _apart(of_class: Ints, parts: int, *pairs: Pairs) -> list[Pairs]:
    every = _one(pairs)
    order = np.argsort(of_class[every.left], kind="stable")
    ends = np.cumsum(np.bincount(of_class[every.left], minlength=parts))
    return [_some(every, at) for at in np.split(order, ends[:-1])]


def _neighbours(
    about: Sequence[tuple[str, Ints, Ints, Floats, int]], *pieces: Pairs
) -> tuple[list[Neighbours], list[int]]:
    found, at = [], 0
    for name, classes, used, within, count in about:
        pairs = _one(pieces[at : at + count])
        at += count
        assert pairs.turn is not None
        pairs = _some(pairs, nearest_turn(pairs.left, pairs.right, pairs.turn, pairs.distance))
        left, right = (np.searchsorted(used, side) for side in (pairs.left, pairs.right))
        found.append(Neighbours(name, classes, within, Pairs(left, right, pairs.distance, pairs.turn)))
    return found, [each.count() for each in found]


def _one(pairs: Sequence[Pairs]) -> Pairs:
    columns = ("left", "right", "distance", "turn")
    return Pairs(*(np.concatenate([getattr(each, name) for each in (NO_PAIRS, *pairs)]) for name in columns))


def _some(pairs: Pairs, at: Ints) -> Pairs:
    assert pairs.turn is not None
    return Pairs(pairs.left[at], pairs.right[at], pairs.distance[at], pairs.turn[at])
