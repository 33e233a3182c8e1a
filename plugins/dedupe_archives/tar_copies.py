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
    """Copies the parts of a tar but for the entries at these offsets that no link leads to, and what is said of them alone."""
    needed = {normpath(span.leads_to) for span in spans if span.leads_to}
    size = 0
    for span in _staying(spans, offsets, needed):
        copy(stream, out, span.begin, span.end)
        size += span.end - span.begin
    out.write(b"\0" * (-(size + 2 * BLOCK) % RECORD + 2 * BLOCK))


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
