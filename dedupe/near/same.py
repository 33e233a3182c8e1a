"""Contents that need no descriptor to be near each other: their bytes are equal, or they are flat and their pixels are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from dedupe.describe.choose import Chosen
from dedupe.model import Bools, Ints, Matrix

Contents = NDArray[np.void]


def shaped(matrix: Matrix, contents: Contents) -> Matrix:
    """The rows of a matrix whose contents are not too flat for descriptors to tell apart."""
    return matrix.among(contents["quality"] > 0)


def equal_pixels(*sides: Contents) -> list[Ints]:
    """For each side the class of each content, int64 (n,): of those without quality, which match by little else, those whose
    pixels are equal are one, on all sides together; -1 for the others.
    """
    return _classes("pixels", sides, [side["quality"] <= 0 for side in sides])


def shades(contents: Contents, chosen: Sequence[Chosen]) -> Bools:
    """Which contents are shades alone and seen by one of the descriptors, bool (n,): hashes of grey know nothing of them."""
    found: Bools = (contents["quality"] < 0) & any(map(sees_colours, chosen))
    return found


def sees_colours(each: Chosen) -> bool:
    """Whether a descriptor looks at colours."""
    return each.descriptor.decode.mode == "RGB"


def told_apart(
    chosen: Sequence[Chosen], matrices: Mapping[str, Sequence[Matrix]], contents: Contents, *, judged: bool
) -> dict[str, list[Matrix]]:
    """The matrices of each descriptor, by its label, with the contents that it tells apart: those that have shapes, and where the
    pairs are `judged`, shades too, if it looks at colours.
    """
    found = {}
    for each in chosen:
        seen = (contents["quality"] > 0) | (shades(contents, [each]) if judged else False)
        found[each.label] = [matrix.among(seen) for matrix in matrices[each.label]]
    return found


def set_aside(contents: Contents, used: Bools | bool = True) -> list[str]:
    """What to say of the contents `used`, bool (n,), that only their pixels are compared of; nothing where there are none."""
    count = int(np.count_nonzero((contents["quality"] <= 0) & used))
    who, whose = ("picture is", "its") if count == 1 else ("pictures are", "their")
    return [f"{count:,} {who} blank, pure noise or nearly so: matched by {whose} pixels only."] if count else []


def equal_bytes(*sides: Contents) -> list[Ints]:
    """For each side the class of each content, int64 (n,): contents of equal bytes are one, on all sides together."""
    return _classes("digest", sides, [np.ones(len(side), np.bool_) for side in sides])


def _classes(field: str, sides: tuple[Contents, ...], used: list[Bools]) -> list[Ints]:
    """Classes of equal digests; these may end in zeros, which numpy ignores, but are all of one length."""
    form = f"S{sides[0].dtype[field].itemsize}"
    digests = [np.ascontiguousarray(side[field]).view(form)[some] for side, some in zip(sides, used, strict=True)]
    number = np.unique(np.concatenate(digests), return_inverse=True)[1]
    found = [np.full(len(side), -1, np.int64) for side in sides]
    for classes, some, own in zip(
        found, used, np.split(number, np.cumsum([len(each) for each in digests])), strict=False
    ):
        classes[some] = own
    return found


def having(values: Ints, wanted: Ints) -> tuple[Ints, Ints]:
    """Each of `wanted` int64 (k,) with each place where `values` int64 (n,) has it: numbers among those wanted, and places,
    int64 (m,) both, in the order of the first.
    """
    order = np.argsort(values, kind="stable")
    first, last = (np.searchsorted(values[order], wanted, side) for side in ("left", "right"))
    count = last - first
    which = np.repeat(np.arange(len(wanted)), count)
    return which, order[np.arange(len(which)) + np.repeat(first - np.cumsum(count) + count, count)]
