"""What `dedupe distort` gives out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dedupe.model.arrays import Failure
from dedupe.model.held import Held
from dedupe.model.results import Header


@dataclass(frozen=True, slots=True, repr=False)
class Copies(Held):
    """A folder of distorted copies: `copies` are their numbers by distortion, `pairs` the path of the list of pairs.

    `files` are the photos that have any, `others` counts files left out by reason, `seconds` by stage.
    """

    header: Header
    pairs: bytes
    files: int
    copies: Mapping[str, int]
    failures: Sequence[Failure]
    others: Mapping[str, int]
    seconds: Mapping[str, float]
