"""Which of several pictures is kept: rules, best first, and a default that settles everything."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, takewhile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe.errors import DedupeError, UsageError, said
from dedupe.group.named import Folder, Name, NotFolder, NotName, as_kept_first
from dedupe.model import Candidates, Files, Ints, Rule

LOSSLESS = [b"PNG", b"BMP", b"TIFF", b"PPM", b"VP8L"]
"""What a content of a lossless format keeps as its format; a GIF has lost all but 256 colours."""

STEPS = 2
"""Classes of pixels by doubling: pictures whose sides differ by less than a fifth are most often in one."""


@dataclass(frozen=True, slots=True)
class Own:
    """A keep rule of the host's: the least of what `order` gives is kept first."""

    name: str
    order: Callable[[Candidates], NDArray[Any]]
    version: str = "1"

    def made(self) -> Rule:
        """The rule itself: it has no parameters."""
        return self


RULES: dict[str, Own] = {
    rule.name: rule
    for rule in (
        Own("frames", lambda candidates: -candidates.frames),
        Own("detail", lambda candidates: np.zeros(len(candidates), np.int8)),
        Own("resolution", lambda candidates: -np.floor(STEPS * np.log2(np.maximum(candidates.pixels, 1)))),
        Own("metadata", lambda candidates: -candidates.has("camera", "date", "gps")),
        Own("date", lambda candidates: -candidates.has("date")),
        Own("gps", lambda candidates: -candidates.has("gps")),
        Own("hdr", lambda candidates: -candidates.has("hdr", "motion")),
        Own("most-pixels", lambda candidates: -candidates.pixels),
        Own("fewest-pixels", lambda candidates: candidates.pixels),
        Own("lossless", lambda candidates: ~np.isin(candidates.format, LOSSLESS)),
        Own("largest", lambda candidates: -candidates.size),
        Own("smallest", lambda candidates: candidates.size),
        Own("oldest", lambda candidates: _age(candidates)),
        Own("newest", lambda candidates: -_age(candidates)),
        Own("original-name", as_kept_first),
        Own("shortest-path", lambda candidates: candidates.path_length),
        Own("longest-path", lambda candidates: -candidates.path_length),
    )
}
SHORT = {"pixels": "most-pixels", "size": "largest", "path": "shortest-path"}
"""Other names of some."""

FACTORIES: dict[str, Callable[..., Rule]] = {
    **{name: rule.made for name, rule in RULES.items()},
    **{name: replace(RULES[rule], name=name).made for name, rule in SHORT.items()},
    **{rule.name: rule for rule in (Folder, NotFolder, Name, NotName)},
}
"""As a plugin's hook would give them."""

DEFAULT: tuple[Rule, ...] = (
    *(
        RULES[name]
        for name in ("frames", "detail", "resolution", "metadata", "hdr", "most-pixels", "lossless", "largest")
    ),
    *(RULES[name] for name in ("oldest", "original-name", "shortest-path")),
    Name(),
)

OPPOSITE = {
    "newest": "oldest",
    "largest": "smallest",
    "most-pixels": "fewest-pixels",
    "shortest-path": "longest-path",
    "folder": "not-folder",
    "name": "not-name",
}
_NEXT = re.compile(r",(?=\s*(?:[A-Za-z][\w-]*\s*)?(?:[,:=]|$))")
_PATTERN = re.compile(r"((?:not-)?(?:folder|name))=(.*)", re.DOTALL)


def listed(text: str) -> list[str]:
    """The rules in a list with commas; one before `word=` may belong to the parameters of a plugin's rule."""
    found: list[str] = []
    for part in _NEXT.split(text):
        if found and re.match(r"[\w-]+:", found[-1]) and re.match(r"\s*\w+\s*=", part):
            found[-1] += f",{part}"
        elif part.strip():
            found.append(part.strip())
    return found


def made(words: Iterable[str], make: Callable[[str, str, Mapping[str, Callable[..., Rule]]], Rule]) -> list[Rule]:
    """The rules that are asked for, as `make` of the plugins makes them. Raises UsageError, also for a contradiction."""
    specs = (_PATTERN.sub(r"\1:pattern=\2", spec) for text in words for spec in listed(text))
    rules = [make("rule", spec, FACTORIES) for spec in specs]
    for a, b in combinations(rules, 2):
        names = {SHORT.get(each.name, each.name) for each in (a, b)}
        if names in [{*pair} for pair in OPPOSITE.items()] and _pattern(a) == _pattern(b):
            raise UsageError(
                f"--keep {a.name}{_pattern(a)},{b.name}{_pattern(b)}: these contradict each other; give one."
            )
    return rules


def _pattern(rule: Rule) -> str:
    return f"={rule.pattern}" if isinstance(rule, Folder | Name) else ""


def idle(files: Files, rows: Ints, contents: NDArray[np.void], rules: Sequence[Rule]) -> list[str]:
    """The rules for folders and names that match no file, as they were written; the arguments are those of `keep_order`."""
    index = np.flatnonzero(rows >= 0)
    candidates = Candidates(files, index, contents, rows[index])
    named = [rule for rule in rules if isinstance(rule, Folder | Name)]
    return [f"{rule.name}{_pattern(rule)}" for rule in named if rule.idle(candidates)]


def keep_order(files: Files, rows: Ints, contents: NDArray[np.void], rules: Sequence[Rule] = ()) -> Ints:
    """File indices int64 (n,), best to keep first, by `rules` and then DEFAULT; pictures in memory after
    all files, which are kept for them.

    `rows` int64 (n,) is each file's row in `contents`, or -1 for files to leave out. Raises DedupeError for a rule that
    raises, or does not give each file a number.
    """
    index = np.flatnonzero(rows >= 0)
    candidates = Candidates(files, index, contents, rows[index])
    order = np.arange(len(index))
    for rule in reversed([*rules, *DEFAULT]):  # one column at a time in memory
        key = _numbers(rule, candidates)
        order = order[np.argsort(key[order], kind="stable")]
    return index[order[np.argsort(files.no_file[index[order]], kind="stable")]]


def before_detail(files: Files, rows: Ints, contents: NDArray[np.void], rules: Sequence[Rule], some: Ints) -> Ints:
    """Numbers int64 (n,) of the files `some` int64 (n,), equal where no rule tells two apart that stands before `detail`, which
    only the judge can apply, for it needs both pictures.
    """
    index, at = np.unique(some, return_inverse=True)
    candidates = Candidates(files, index, contents, rows[index])
    found = files.no_file[index].astype(np.int64)
    for rule in takewhile(lambda rule: rule.name != "detail", [*rules, *DEFAULT]):
        key = np.unique(_numbers(rule, candidates), return_inverse=True)[1]
        found = np.unique(found * (len(index) + 1) + key, return_inverse=True)[1]
    return found[at]


def deciding(
    files: Files, rows: Ints, contents: NDArray[np.void], rules: Sequence[Rule], kept: Ints, member: Ints
) -> Ints:
    """Which of [*rules, *DEFAULT] tells each file `member` int64 (m,) from its kept one first, int64 (m,); -1 for none."""
    found = np.full(len(member), -1, np.int64)
    for number, rule in enumerate([*rules, *DEFAULT]):
        left = np.flatnonzero(found < 0)
        index, at = np.unique(np.concatenate([kept[left], member[left]]), return_inverse=True)
        key = _numbers(rule, Candidates(files, index, contents, rows[index]))
        ours, others = key[at[: len(left)]], key[at[len(left) :]]
        found[left[ours != others]] = number
    return found


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
