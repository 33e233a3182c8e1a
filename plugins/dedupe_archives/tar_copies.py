"""A tar without some of its entries: the bytes of all others as they are, in their order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from posixpath import normpath
from typing import BinaryIO

from dedupe import PictureError
from dedupe_archives.tar_entries import BLOCK, Span

RECORD = 20 * BLOCK
"""A tar's size is a multiple of it."""

STEP = 1 << 20


def copy_spans(stream: BinaryIO, out: BinaryIO, spans: Sequence[Span], offsets: frozenset[int]) -> None:
    """Copies the parts of a tar but for the entries at these offsets that no link leads to, and what is said of them alone.

    Raises PictureError (`damaged`) where another tar stands behind the end of the first: it would be lost.
    """
    needed = {normpath(span.leads_to) for span in spans if span.leads_to}
    size = 0
    for span in _staying(spans, offsets, needed):
        copy(stream, out, span.begin, span.end)
        size += span.end - span.begin
    _refuse_more(stream, spans[-1].end if spans else 0)
    out.write(b"\0" * (-(size + 2 * BLOCK) % RECORD + 2 * BLOCK))


def _refuse_more(stream: BinaryIO, end: int) -> None:
    """Raises PictureError where something stands behind the end of the archive."""
    stream.seek(end)
    while part := stream.read(STEP):
        if part.strip(b"\0"):
            raise PictureError(
                "damaged", "Something stands behind its end, as where archives were joined, and would be lost."
            )


def _staying(spans: Iterable[Span], offsets: frozenset[int], needed: set[bytes]) -> Iterator[Span]:
    waiting: list[Span] = []
    for span in spans:
        if span.is_about:
            waiting.append(span)
            continue
        if not any(each.offset in offsets and normpath(each.name) not in needed for each in span.entries):
            yield from waiting
            yield span
        waiting = []
    yield from waiting


def copy(stream: BinaryIO, out: BinaryIO, begin: int, end: int) -> None:
    """Copies bytes of a stream. Raises PictureError where it ends before."""
    stream.seek(begin)
    while begin < end:
        part = stream.read(min(STEP, end - begin))
        if not part:
            raise PictureError("truncated", "The archive ends before its directory says.")
        out.write(part)
        begin += len(part)
