"""Tar archives, and the shards that WebDataset makes of them: files of one name but for the suffix are one sample."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any, BinaryIO

from dedupe import Entry, PictureError
from dedupe_archives.tar_copies import copy_spans
from dedupe_archives.tar_entries import BLOCK, entries_of, is_header, spans_of

LABELS = (b".cls", b".json")
LARGEST_LABEL = 1 << 16
"""Bytes of what may be a label."""
KEYS = ("label", "cls", "class", "class_name")
"""What a label may be called in JSON."""
SAMPLE = 64
"""Files of a sample that are waited for, until its label is known."""


class Tar:
    """Tar archives."""

    name = "tar"
    version = "1"
    suffixes = (".tar",)

    def matches(self, head: bytes) -> bool:
        """Whether its first block is a header, whose checksum tells, or the first of the two that end it."""
        return is_header(head) or (len(head) >= BLOCK and not any(head[:BLOCK]))

    def entries(self, stream: BinaryIO) -> Iterator[Entry]:
        """Its files, those of a sample with its label. Raises PictureError (`truncated`)."""
        return labelled(entries_of(stream), stream)

    def reader(self, stream: BinaryIO) -> Callable[[int, int], bytes]:
        """Goes there and reads."""

        def read(offset: int, size: int) -> bytes:
            stream.seek(offset)
            data = stream.read(size)
            if len(data) < size:
                raise PictureError("truncated", "The archive ends before the picture does.")
            return data

        return read

    def without(self, stream: BinaryIO, out: BinaryIO, offsets: frozenset[int]) -> None:
        """Copies what stays, header by header; what a link in it leads to stays, too. Raises PictureError (`truncated`)."""
        copy_spans(stream, out, list(spans_of(stream)), offsets)


def labelled(entries: Iterator[Entry], stream: BinaryIO) -> Iterator[Entry]:
    """The entries with the labels that stand beside them: those of one sample follow each other."""
    sample: list[Entry] = []
    key, label = b"", ""
    try:
        for entry in entries:
            if _key(entry.name) != key or len(sample) >= SAMPLE:
                yield from (replace(each, label=label) for each in sample)
                sample, key, label = [], _key(entry.name), ""
            sample.append(entry)
            if not entry.skipped and entry.name.lower().endswith(LABELS):
                label = _label(stream, entry) or label
    except PictureError:
        yield from (replace(each, label=label) for each in sample)
        raise
    yield from (replace(each, label=label) for each in sample)


def _key(name: bytes) -> bytes:
    """What the files of one sample have in common: the path up to the first dot of the name."""
    folder, slash, base = name.rpartition(b"/")
    return folder + slash + base.partition(b".")[0]


def _label(stream: BinaryIO, entry: Entry) -> str:
    if entry.size > LARGEST_LABEL:
        return ""
    stream.seek(entry.offset)
    text = stream.read(entry.size)
    with suppress(ValueError, RecursionError):
        said: Any = text.decode().strip()
        if entry.name.lower().endswith(b".json"):
            about = json.loads(said)
            said = next((about[name] for name in KEYS if name in about), "") if isinstance(about, dict) else ""
        if isinstance(said, str | int):
            return str(said)
    return ""
