"""A comparison as a picture: both side by side, aligned, with what differs marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from dedupe.console import shown
from dedupe.describe.gather import load_plugins
from dedupe.errors import DedupeError, UsageError
from dedupe.model import Compared, File, Run
from dedupe.previews.pair import side_by_side
from dedupe.report import pair, size_text

if TYPE_CHECKING:
    from dedupe.model.judgement import Judgement
    from dedupe.model.observed import Observed

UNALIGNED = "The two could not be laid over each other: each is shown as it is."
TURNED = "B is shown turned so that it lies as A does."
BOXES, EDGES = "Red boxes: what differs.", "Blue line: where the other one ends."


def write(result: Compared, stream: TextIO, run: Run = Run()) -> None:  # noqa: B008 - it is frozen
    """Writes a PNG to a text stream over bytes. Raises DedupeError where there is nothing to draw or it cannot be drawn."""
    from dedupe.previews.drawing import Captions

    if not hasattr(stream, "buffer"):
        raise UsageError("--format png: a picture is for a file or a pipe; give -o FILE.png.")
    said = result.judgement
    if said is None or len(result.files) < 2:
        raise DedupeError(f"No picture was made. {pair.sentence(result)}")
    a, b = result.files
    seen = None if said.kind == "different" else said.evidence
    words = Captions(pair.sentence(result), (_name("A", a), _name("B", b)), (_about(a), _about(b)), _below(said, seen))
    loaded = load_plugins(run)
    png = side_by_side(result.files, seen, words, loaded.decoders, run, loaded.openers)
    stream.flush()
    stream.buffer.write(png)


def _name(letter: str, file: File) -> str:
    return f"{letter}  {shown(file.path).rpartition('/')[2]}"


def _about(file: File) -> str:
    return f"{file.width}x{file.height}, {pair.format_text(file)}, {size_text(file.size)}"


def _below(said: Judgement, seen: Observed | None) -> str:
    """The line below: how b is shown and what the marks mean, or that the two are not aligned."""
    if seen is None:
        return UNALIGNED if said.kind in ("similar", "different") else ""
    some = said.turn != "none" or seen.rotated > 1, bool(seen.boxes), min(seen.shown, 1 - seen.beyond) < 0.99
    return " ".join(text for text, there in zip((TURNED, BOXES, EDGES), some, strict=True) if there)
