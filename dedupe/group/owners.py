"""The loop behind `group`, compiled; a module of its own, so that scans without any pair never load it."""

from __future__ import annotations

from typing import Any

from dedupe.kernels import kernel

_I = "i8[::1]"


@kernel()
def _take(owner: Any, row: int, near: int, starts: Any, members: Any, fixed: Any) -> None:
    """Gives `row` the rows of the class `near` that are in no group."""
    for m in range(starts[near], starts[near + 1]):
        other = members[m]
        if other != row and owner[other] < 0 and not fixed[other]:
            owner[other] = row
            owner[row] = row


@kernel(f"void({_I}, {_I}, i8[:,::1], {_I}, {_I}, {_I}, {_I}, {_I}, {_I}, u1[::1])")
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
) -> None:
    """Fills owner (n,), which comes in as -1, with the kept row of each row in a group; a kept row owns itself.

    order (k,) rows, best first; classes (descriptors, n) the class of a row or -1; members[starts[c]:starts[c+1]] the
    rows of class c; right[above[c]:above[c+1]] and left[below[c]:below[c+1]] the classes near class c; fixed (n,) is 1 for
    rows that are never members.
    """
    for at in range(len(order)):
        row = order[at]
        if owner[row] >= 0:
            continue
        for d in range(classes.shape[0]):
            c = classes[d, row]
            if c < 0:
                continue
            _take(owner, row, c, starts, members, fixed)
            for e in range(above[c], above[c + 1]):
                _take(owner, row, right[e], starts, members, fixed)
            for e in range(below[c], below[c + 1]):
                _take(owner, row, left[e], starts, members, fixed)
