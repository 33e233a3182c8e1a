"""Which of several pictures is kept: rules, best first, and a default that settles everything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe.errors import DedupeError, said
from dedupe.model import Candidates, Files, Rule

Ints = NDArray[np.int64]

LOSSLESS = [b"PNG", b"BMP", b"TIFF", b"PPM", b"VP8L"]
"""What a content of a lossless format keeps as its format; a GIF has lost all but 256 colours."""


@dataclass(frozen=True, slots=True)
class Own:
    """A keep rule of the host's: the least of what `order` gives is kept first."""

    name: str
    order: Callable[[Candidates], NDArray[Any]]
    version: str = "1"

    def made(self) -> Rule:
        """The rule itself: it has no parameters."""
        return self


RULES = {
    rule.name: rule
    for rule in (
        Own("most-pixels", lambda candidates: -candidates.pixels),
        Own("fewest-pixels", lambda candidates: candidates.pixels),
        Own("lossless", lambda candidates: ~np.isin(candidates.format, LOSSLESS)),
        Own("largest", lambda candidates: -candidates.size),
        Own("smallest", lambda candidates: candidates.size),
        Own("oldest", lambda candidates: _age(candidates)),
        Own("newest", lambda candidates: -_age(candidates)),
        Own("shortest-path", lambda candidates: candidates.path_length),
        Own("longest-path", lambda candidates: -candidates.path_length),
        Own("name", lambda candidates: candidates.index),
    )
}
FACTORIES = {name: rule.made for name, rule in RULES.items()}
"""As a plugin's hook would give them."""

DEFAULT = ("most-pixels", "lossless", "largest", "oldest", "shortest-path", "name")


def keep_order(files: Files, rows: Ints, contents: NDArray[np.void], rules: Sequence[Rule] = ()) -> Ints:
    """File indices int64 (n,), best to keep first, by `rules` and then DEFAULT.

    `rows` int64 (n,) is each file's row in `contents`, or -1 for files to leave out. Raises DedupeError for a rule that
    raises, or does not give each file a number.
    """
    index = np.flatnonzero(rows >= 0)
    candidates = Candidates(files, index, contents, rows[index])
    order = np.arange(len(index))
    for rule in reversed([*rules, *(RULES[name] for name in DEFAULT)]):  # one column at a time in memory
        key = _numbers(rule, candidates)
        order = order[np.argsort(key[order], kind="stable")]
    return index[order]


def _age(candidates: Candidates) -> Ints:
    """The place of each picture's date among all, oldest first, int64 (n,); of one date the file's own decides."""
    dates = candidates.date, candidates.written
    order = np.lexsort(dates[::-1])
    later = [np.diff(each[order], prepend=each[order[:1]]) != 0 for each in dates]
    places = np.empty(len(order), np.int64)
    places[order] = np.cumsum(later[0] | later[1])
    return places


def _numbers(rule: Rule, candidates: Candidates) -> NDArray[Any]:
    """What a rule gives, made sure of."""
    try:
        given = np.asarray(rule.order(candidates))
    except Exception as error:
        raise DedupeError(f"The keep rule {rule.name} raised {said(error)[:250]}; leave it out.") from error
    if given.shape != (len(candidates),) or given.dtype.kind not in "biuf":
        wanted = f"not a number for each of {len(candidates)} files"
        raise DedupeError(f"The keep rule {rule.name} gave {given.dtype} {given.shape}, {wanted}; leave it out.")
    return given
