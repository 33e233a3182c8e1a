"""What two pictures are to each other, for people: in one sentence, and the evidence in a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dedupe.console import counted
from dedupe.report import size_text

if TYPE_CHECKING:
    from dedupe.model import Compared, File
    from dedupe.model.judgement import Box, Judgement
    from dedupe.model.observed import Observed

SENTENCES = {
    "same-bytes": "The same file, byte for byte.",
    "different": "Not the same picture.",
    "another shot of one scene": "Two shots of one scene.",
    "parts of it moved": "Two shots of one scene: parts of it moved.",
    "one is a frame of the other": "The one is a single frame or page of the other.",
    "the same in other colours": "The same thing in other colours.",
}
"""What is said of kinds, and of what is no copy by the judge's words."""

PARTS = "shows ", "contains "
"""So the judge's words begin where one picture is a small part of the other."""

FEW = 8
"""With fewer blocks that have structure there is next to nothing to see."""

SIDES = 0.98, 1.02
"""Between these shares of a side two sizes are one for people."""

BOXES = 3
"""Boxes that are named; a picture shows all."""


def sentence(result: Compared) -> str:
    """What two pictures are to each other, as a person would say it."""
    if result.judgement is None:
        why = next((one.message for one in result.failures if one.stage == "judge"), "")
        return f"Not judged: {why}" if why else "Not judged."
    said, seen = result.judgement, result.judgement.evidence
    found = _said(said, result.files)
    if seen is not None and seen.blocks < FEW and said.kind in ("re-encoded", "different"):
        what = "one of them shows" if said.kind == "different" else "it shows"
        found = f"{found.removesuffix('.')}, as far as can be told: {what} next to nothing."
    return found


def _said(said: Judgement, files: Sequence[File]) -> str:
    photo = "picture" if said.evidence is None or said.evidence.drawn else "photo"
    match said.kind:
        case "same-pixels":
            saved = "in another file" if len({one.format for one in files}) < 2 else f"saved as {format_text(files[1])}"
            return f"The same {photo}, pixel for pixel, {saved}."
        case "re-encoded":
            return f"The same {photo}, {_saved(said, files)}."
        case "edited" if said.why.startswith(PARTS):
            return f"The same {photo}: B {said.why.replace(' it', ' A', 1)}."
        case "adjusted" | "edited":
            return f"The same {photo}, {said.why}."
    return SENTENCES.get(said.kind) or SENTENCES.get(said.why, f"{said.why[:1].upper()}{said.why[1:]}.")


def _saved(said: Judgement, files: Sequence[File]) -> str:
    """How b was saved: of what size, in what format, at what quality."""
    if len(files) < 2:
        return f"saved again: {said.why}"
    a, b = files
    share = max(b.width, b.height) / max(a.width, a.height)
    size = [] if SIDES[0] < share < SIDES[1] else [f"{'smaller' if share < 1 else 'larger'} ({said.why})"]
    quality = said.evidence.jpeg_quality if said.evidence else (None, None)
    how = _quality(*quality)
    if a.format != b.format:
        return " and ".join([*size, f"saved as {format_text(b)}"])
    return " and ".join([*size, f"saved again as {format_text(b)}{how}"]) if how or not size else size[0]


def format_text(file: File) -> str:
    """The name of a file's format, as people write it."""
    return {"WEBP": "WebP", "JPEG2000": "JPEG 2000"}.get(file.format, file.format)


def _quality(a: int | None, b: int | None) -> str:
    if a is None or b is None or abs(a - b) < 3:
        return ""
    return f" at a {'lower' if b < a else 'higher'} quality"


def evidence(result: Compared) -> Iterator[tuple[str, str]]:
    """The evidence, a line each: what was looked at, and what was seen."""
    said = result.judgement
    if said is None:
        return
    seen = said.evidence
    if seen is None:
        alike = said.kind == "same-bytes"
        yield (
            "alignment",
            "not needed: the files are equal" if alike else "found none: they could not be laid over each other",
        )
    else:
        yield "blocks that agree", f"{100 * said.agree:.3g} % of {seen.blocks:,}"
        yield "changed", _changed(seen, result.files)
    if len(result.files) == 2:
        yield "size", _both(*(f"{one.width}x{one.height}" for one in result.files))
        yield "file", _both(*_files(result.files, seen))
    if seen is not None:
        yield from _geometry(said, seen)
        yield from _looks(seen)


def _both(a: str, b: str) -> str:
    return f"{a} in both" if a == b else f"A {a}, B {b}"


def _files(files: Sequence[File], seen: Observed | None) -> Iterator[str]:
    qualities = seen.jpeg_quality if seen else (None, None)
    for one, quality in zip(files, qualities, strict=True):
        about = "" if quality is None else f" of quality {quality}"
        yield f"{format_text(one)}{about} ({size_text(one.size)})"


def _changed(seen: Observed, files: Sequence[File]) -> str:
    if not seen.boxes:
        return "nothing"
    named = [_pixels(box, files[0]) if files else _shares(box) for box in seen.boxes[:BOXES]]
    rest = len(seen.boxes) - len(named)
    return f"in A {'; '.join(named)}{f'; and {rest} more' if rest else ''}"


def _pixels(box: Box, file: File) -> str:
    """A box in pixels of a: width x height and where its upper left corner is."""
    left, top, right, bottom = (
        round(share * side) for share, side in zip(box, (file.width, file.height) * 2, strict=True)
    )
    return f"{right - left}x{bottom - top} at {left},{top}"


def _shares(box: Box) -> str:
    return " ".join(f"{100 * share:.0f} %" for share in box)


def _geometry(said: Judgement, seen: Observed) -> Iterator[tuple[str, str]]:
    crop = f"B shows {100 * seen.shown:.3g} % of A's area" if seen.shown < 0.995 else "B shows all of A"
    more = f", and {100 * seen.beyond:.3g} % of B lies beyond A" if seen.beyond > 0.005 else ""
    yield "crop", crop + more
    turn = "none" if said.turn == "none" else f"{said.turn} makes B lie as A"
    yield "turn", f"{turn}, rotated by {seen.rotated:.1f} degrees" if seen.rotated >= 0.3 else turn


def _looks(seen: Observed) -> Iterator[tuple[str, str]]:
    tone = _levels(seen.lighter, "brighter", "darker") or "as bright"
    yield "tone", f"{tone}, contrast {100 * seen.contrast:.0f} %"
    yield "colour", _colour(*seen.colour, seen.balance)
    soft = seen.softer
    sharp = "as sharp" if not soft else f"B is {'softer' if soft > 0 else 'sharper'} by {abs(soft):.1f} pixels"
    grain = _levels(seen.grain, "more grain", "less grain")
    detail = [*([] if seen.boxes else [sharp]), *([grain] if grain else [])]  # what differs has edges of its own
    if detail:
        yield "detail", ", ".join(detail)


def _levels(value: float, more: str, less: str) -> str:
    """By how many levels B has more of something or less; "" for next to nothing."""
    size = round(abs(value))
    return f"{counted(size, 'level', 'levels')} {more if value > 0 else less}" if size else ""


def _colour(a: float, b: float, apart: float) -> str:
    """How much colour both have, by how many levels they are off grey, and how far it lies apart."""
    if min(a, b) < 1:
        return "both are grey" if max(a, b) < 1 else f"{'A' if a < b else 'B'} is grey"
    off = f", {apart:.0f} levels apart" if apart >= 1 else ""
    return f"B has {100 * b / a:.0f} % of A's{off}"
