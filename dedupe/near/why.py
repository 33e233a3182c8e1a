"""In words why a picture is kept and another one is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dedupe.group.keep import SHORT
from dedupe.model import File, Rule

SAID = 3
"""Reasons that a kept picture is given at most."""

Words = Callable[[File, File], tuple[str, str]]

_HELD = {
    "camera": "camera data",
    "date": "the date",
    "gps": "GPS",
    "hdr": "HDR",
    "motion": "the clip",
}
_METADATA = ("camera", "date", "gps")


def _frames(kept: File, other: File) -> tuple[str, str]:
    return f"more frames: {kept.frames or 1}", f"fewer frames: {other.frames or 1}"


def _pixels(kept: File, other: File) -> tuple[str, str]:
    return f"larger: {kept.width}x{kept.height}", f"smaller: {other.width}x{other.height}"


def _fewer(kept: File, other: File) -> tuple[str, str]:
    larger, smaller = _pixels(other, kept)
    return smaller, larger


def _holding(*traits: str) -> Words:
    def words(kept: File, other: File) -> tuple[str, str]:
        more = [_HELD[each] for each in traits if each in (kept.has or ()) and each not in (other.has or ())]
        what = " and ".join(filter(None, (", ".join(more[:-1]), *more[-1:])))
        return f"keeps {what}", f"lacks {what}"

    return words


def _always(kept: str, other: str) -> Words:
    return lambda *_: (kept, other)


_WORDS: dict[str, Words] = {
    "frames": _frames,
    "resolution": _pixels,
    "metadata": _holding(*_METADATA),
    "date": _holding("date"),
    "gps": _holding("gps"),
    "hdr": _holding("hdr", "motion"),
    "most-pixels": _pixels,
    "fewest-pixels": _fewer,
    "lossless": lambda kept, other: (f"lossless: {kept.format}", f"lossy: {other.format}"),
    "largest": _always("more bytes", "fewer bytes"),
    "smallest": _always("fewer bytes", "more bytes"),
    "oldest": _always("older", "newer"),
    "newest": _always("newer", "older"),
    "original-name": _always("its name is no copy's", "named as a copy"),
    "shortest-path": _always("shorter path", "longer path"),
    "longest-path": _always("longer path", "shorter path"),
    "folder": _always("in a wanted folder", "not in a wanted folder"),
    "not-folder": _always("in no unwanted folder", "in an unwanted folder"),
    "not-name": _always("has no unwanted name", "has an unwanted name"),
}

LACKING = {
    "cut": ("not cropped", "cropped"),
    "framed": ("without a border", "with a border"),
    "covered": ("nothing laid over it", "something is laid over it"),
    "colour": ("in colour", "grey"),
    "hues": ("in full colour", "in shades of one colour"),
    "transparency": ("keeps transparency", "lacks transparency"),
    "depth": ("more levels a channel", "fewer levels a channel"),
    "detail": ("more detail", "less detail"),
    "enlarged": ("the original of an enlargement", "an enlargement with no more detail"),
}
"""Why a picture is kept and another one is not that lacks what it has, by what that is (LACKS)."""

_SAID = {
    "something is laid over it": ("captioned", "something added"),
    "cropped": ("cropped", "shows "),
    "with a border": ("border", "with bars"),
}
"""The words for what a member was seen to be that say as much as a reason."""

NOTHING_MORE = "has nothing that the kept one lacks"
"""Of a picture that would be kept before it, but stood beneath one that lacks what the kept one has."""

_REFERENCE = "in a reference folder", "a reference is kept"
_BY_NAME = "first by name", "later by name"


def why(rule: Rule | None, kept: File, other: File) -> tuple[str, str]:
    """Why one picture is kept and the other is not, by the rule that tells them apart; None: the kept one is a reference."""
    if rule is None:
        return _REFERENCE
    if rule.name == "name":
        return ("has the wanted name", "lacks the wanted name") if getattr(rule, "pattern", "") else _BY_NAME
    words = _WORDS.get(SHORT.get(rule.name, rule.name))
    return words(kept, other) if words else (f"first by {rule.name}", f"later by {rule.name}")


def joined(seen: str, reason: str) -> str:
    """What a member was seen to be, and why it is not kept, where that says more."""
    same = _SAID.get(reason, (reason,))
    return seen if any(words in seen for words in same) else f"{seen}; {reason}"


def together(reasons: Iterable[tuple[int, str]]) -> str:
    """The reasons (number of the rule, words) for which a picture is kept, the most important ones, each once."""
    return ", ".join(list(dict.fromkeys(words for _, words in sorted(reasons) if words))[:SAID])
