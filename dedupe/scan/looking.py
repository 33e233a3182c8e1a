"""Groups of pictures that were looked at, pair by pair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedupe.describe.gather import Gathered
from dedupe.group import Neighbours
from dedupe.judge import accepted, judged, judged_groups, source
from dedupe.model import TURNS, Decoder, Failure, Proposed, Run
from dedupe.model.judgement import Judgement
from dedupe.report import counted

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LookedAt:
    """Pairs of a kept content and a member, what was said of those that are copies, and notes on the others."""

    pairs: Proposed
    copies: Mapping[tuple[int, int], Judgement]
    notes: Sequence[str]


def looked_at_groups(
    found: Gathered,
    order: Ints,
    neighbours: Sequence[Neighbours],
    limits: Sequence[float],
    fixed: NDArray[np.bool_],
    apart: Ints,
    decoders: Sequence[Decoder],
    run: Run,
) -> LookedAt:
    """The keeper's rule over contents in keep order, int64 (k,), asking the judge; what cannot be looked at is no match."""
    files = found.collection.places

    def ask(pairs: Proposed) -> list[Judgement | None]:
        rows = zip(pairs.left.tolist(), pairs.right.tolist(), pairs.turn.tolist(), strict=True)
        asked = [(source(found, int(files[a])), source(found, int(files[b])), TURNS[turn]) for a, b, turn in rows]
        return [None if isinstance(said, Failure) else said for said in judged(asked, decoders, run)]

    grouped = judged_groups(order, neighbours, limits, fixed, ask, apart)
    copies = {pair: said for pair, said in grouped.said.items() if said is not None and accepted(said)}
    taken = set(grouped.pairs.right.tolist())
    refused: dict[int, str] = {}
    for (_, row), said in grouped.said.items():
        if row not in taken and not accepted(said):
            refused.setdefault(row, "not judged" if said is None else said.kind)
    return LookedAt(grouped.pairs, copies, _notes(Counter(refused.values())))


def _notes(refused: Counter[str]) -> list[str]:
    notes = []
    if count := refused["variant"]:
        what = counted(count, "picture shares its layout", "pictures share their layout")
        notes.append(f"{what} with another one and {'differs' if count == 1 else 'differ'} in content: not listed.")
    if count := refused["similar"]:
        notes.append(f"{counted(count, 'picture is', 'pictures are')} another shot of a scene: not listed.")
    if count := refused["not judged"]:
        notes.append(f"{counted(count, 'picture', 'pictures')} could not be looked at once more: not listed.")
    return notes
