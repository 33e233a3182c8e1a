"""Pictures near a query, looked at beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from dedupe.console import counted
from dedupe.describe.gather import Gathered
from dedupe.judge import Judged, judged, source
from dedupe.model import TURNS, Decoder, Failure, Ints, Proposed, Run

MOST = 1_000
"""Contents that are looked at for one query, the nearest ones: 8 s of one core, or so."""

_OTHERS = {
    "variant": ("picture shares its layout and differs", "pictures share its layout and differ", " in content"),
    "similar": ("picture is another shot of its scene", "pictures are other shots of its scene", ""),
    "different": ("picture near it is a different one", "pictures near it are different ones", ""),
}
"""What kinds that are no copies come to: one, several, and how both go on."""


def looked_at(
    query: Gathered, found: Gathered, near: Ints, pairs: Proposed, decoders: Sequence[Decoder], run: Run
) -> dict[int, Judged]:
    """What the query and each content are to each other, by the content's row, or why that cannot be said.

    `near` int64 (k,) are the files near the query, nearest first; of their contents the first MOST are looked at. `pairs` are
    the query's, by content.
    """
    rows = found.collection.rows[near]
    first = np.sort(np.unique(rows, return_index=True)[1])[:MOST]
    turns = pairs.turn[np.searchsorted(pairs.right, rows[first])]
    one = source(query, 0)
    asked = [
        (one, source(found, file), TURNS[turn]) for file, turn in zip(near[first].tolist(), turns.tolist(), strict=True)
    ]
    return dict(zip(rows[first].tolist(), judged(asked, decoders, run), strict=True))


def notes(rows: Sequence[int], said: Mapping[int, Judged], listed: Sequence[str]) -> list[str]:
    """What is to be said of those that are not listed; `rows` are the contents of the files near the query."""
    known = [said[row] for row in rows if row in said]
    counts = Counter(one.kind for one in known if not isinstance(one, Failure))
    out = []
    for kind, (one, several, on) in _OTHERS.items():
        if counts[kind] and kind not in listed:
            how = "" if kind == "different" else f" (--kind {kind} lists {'it' if counts[kind] == 1 else 'them'})"
            out.append(f"{counted(counts[kind], one, several)}{on}: not listed{how}.")
    if lost := sum(isinstance(one, Failure) for one in known):
        out.append(f"{counted(lost, 'picture near it', 'pictures near it')} could not be looked at: not listed.")
    if rest := len(rows) - len(known):
        more = counted(rest, "picture is farther and was", "pictures are farther and were")
        out.append(f"The nearest {MOST:,} pictures were looked at; {more} not.")
    return out
