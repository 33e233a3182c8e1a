"""Lists of pictures with their labels, as CSV and JSON lines have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dedupe.model.arrays import Failure
    from dedupe.model.containers import Listing

OUTSIDE = "The list names it, and it lies outside of the list's folder; --follow-rows follows such paths."
AWAY = "The list names an address, and not a file; --follow-rows follows addresses."


@dataclass(frozen=True, slots=True)
class PathList:
    """The files that a list names, in its order, and their labels, by path; the `addresses` that are to be followed, with theirs.
    `skipped` counts rows by reason, `failures` are those that name something which is not followed, or cannot be read. What is at
    the addresses is `inside`, once it is known.
    """

    paths: Sequence[bytes]
    labels: Mapping[bytes, str]
    failures: Sequence[Failure] = ()
    skipped: Mapping[str, int] = field(default_factory=dict)
    addresses: Sequence[tuple[bytes, str]] = ()
    inside: Listing | None = None
