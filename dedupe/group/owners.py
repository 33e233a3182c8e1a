"""The loop behind `group`, compiled; a module of its own, so that scans without any pair never load it."""

from __future__ import annotations

from typing import Any

from dedupe.kernels import kernel

_I = "i8[::1]"


@kernel()
def _take(owner: Any, row: int, near: int, starts: Any, members: Any, fixed: Any, apart: Any) -> None:
    """Gives `row` the rows of the class `near` that are in no group; one that has to stand apart from others waits."""
    for m in range(starts[near], starts[near + 1]):
        other = members[m]
        waits = len(apart) > 0 and apart[other] < apart[other + 1]
        if other != row and owner[other] < 0 and not fixed[other] and not waits:
            owner[other] = row
            owner[row] = row


@kernel()
def _free(owner: Any, row: int, kept: int, apart: Any, parted: Any) -> bool:
    """Whether neither a kept row nor any that it has is to stand apart from `row`."""
    free = True
    for p in range(apart[row], apart[row + 1]):
        free = free and parted[p] != kept and owner[parted[p]] != kept
    return free


@kernel()
def _first(
    owner: Any, row: int, near: int, starts: Any, members: Any, place: Any, apart: Any, parted: Any, best: int
) -> int:
    """The first that was kept, of `best` (-1 for none) and the rows of the class `near`, and may have `row`."""
    for m in range(starts[near], starts[near + 1]):
        other = members[m]
        if place[other] >= 0 and (best < 0 or place[other] < place[best]) and _free(owner, row, other, apart, parted):
            best = other
    return best


@kernel()
def _seat(
    owner: Any,
    row: int,
    classes: Any,
    starts: Any,
    members: Any,
    above: Any,
    right: Any,
    below: Any,
    left: Any,
    place: Any,
    apart: Any,
    parted: Any,
) -> int:
    """The first of the kept rows near `row` that may have it, -1 for none."""
    best = -1
    for d in range(classes.shape[0]):
        c = classes[d, row]
        if c < 0:
            continue
        best = _first(owner, row, c, starts, members, place, apart, parted, best)
        for e in range(above[c], above[c + 1]):
            best = _first(owner, row, right[e], starts, members, place, apart, parted, best)
        for e in range(below[c], below[c + 1]):
            best = _first(owner, row, left[e], starts, members, place, apart, parted, best)
    return best


@kernel(f"void({_I}, {_I}, i8[:,::1], {_I}, {_I}, {_I}, {_I}, {_I}, {_I}, u1[::1], {_I}, {_I}, {_I})")
def owners(
    owner: Any,
    order: Any,
    classes: Any,
    starts: Any,
    members: Any,
    above: Any,
    right: Any,
    below: Any,
    left: Any,
    fixed: Any,
    apart: Any,
    parted: Any,
    place: Any,
) -> None:
    """Fills owner (n,), which comes in as -1, with the kept row of each row in a group; a kept row owns itself.

    order (k,) rows, best first; classes (descriptors, n) the class of a row or -1; members[starts[c]:starts[c+1]] the
    rows of class c; right[above[c]:above[c+1]] and left[below[c]:below[c+1]] the classes near class c; fixed (n,) is 1 for
    rows that are never members; parted[apart[r]:apart[r+1]] are the rows that stand in no group with row r. Where there are
    any, place (n,), which comes in as -1, is filled with the place in `order` of each row that is no member.
    """
    for at in range(len(order)):
        row = order[at]
        if owner[row] >= 0:
            continue
        if len(apart) > 0 and apart[row] < apart[row + 1] and not fixed[row]:  # better ones have their places by now
            best = _seat(owner, row, classes, starts, members, above, right, below, left, place, apart, parted)
            if best >= 0:
                owner[row] = best
                owner[best] = best
                continue
        if len(apart) > 0:
            place[row] = at
        for d in range(classes.shape[0]):
            c = classes[d, row]
            if c < 0:
                continue
            _take(owner, row, c, starts, members, fixed, apart)
            for e in range(above[c], above[c + 1]):
                _take(owner, row, right[e], starts, members, fixed, apart)
            for e in range(below[c], below[c + 1]):
                _take(owner, row, left[e], starts, members, fixed, apart)
