"""Small pictures of many files, by several children."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress

from dedupe import config
from dedupe.decode.prepare import prepare
from dedupe.describe.inside.opening import MemberPlaces
from dedupe.model import Decode, Decoder, File, PictureSource, Run
from dedupe.previews.life import MOST, Preview, Previewing, PreviewTask, understood
from dedupe.processes import Answer, InHand, InTurn, Pool
from dedupe.processes.messages import unpacked

WORTH = 16
"""Pictures that are worth a child."""

ROOM = 24_000_000
"""Bytes that all small pictures have together, a third less than what they take in a page,"""

LEAST = 1_300
"""and what it takes to see anything: what has no room is not shown."""


def previews(
    files: Iterable[File], decoders: Sequence[Decoder], run: Run, openers: Sequence[PictureSource] = ()
) -> dict[str, Preview]:
    """The small pictures of files, by digest: the more there are, the smaller. Pictures in memory are left out, and so are
    those that there is no room for. Raises Interrupted, and DedupeError if no child can be started.
    """
    first = {each.digest: each for each in reversed(list(files)) if not each.in_memory}
    shown = dict(list(reversed(first.items()))[: ROOM // LEAST])
    if not shown:
        return {}
    most = min(MOST, ROOM // len(shown))
    places = MemberPlaces(openers)
    tasks = [PreviewTask((n,), one.path, digest_of(one), most, places.of(one)) for n, one in enumerate(shown.values())]
    workers = min(config.workers(run.workers), 1 + len(tasks) // WORTH)
    work = _Making(Previewing(tuple(decoders), run.max_pixels), tasks, workers)
    found: dict[int, Preview] = {}
    for done, (item, one) in enumerate(Pool(work, workers, run.file_timeout, ahead=True).events(), 1):
        found[item] = one
        run.progress("making previews", done, len(tasks))
    return {digest: found[n] for n, digest in enumerate(shown)}


def digest_of(file: File) -> bytes:
    """The digest of a file's content as bytes; empty, which no content has, where a result that was edited has none."""
    with suppress(ValueError):
        return bytes.fromhex(file.digest.removeprefix("blake3:"))
    return b""


class _Making(InTurn[PreviewTask]):
    """Small pictures."""

    def prepare(self) -> None:
        prepare([Decode(None, "RGB")], large=False)

    def answer(self, message: bytes, items: Collection[int]) -> Answer:
        item = next(iter(items))
        return Answer((item, understood(*unpacked(message))), [item], True)

    def failure(self, item: int, _hand: InHand, _reason: str, fate: str) -> tuple[int, Preview]:
        return item, Preview(b"", note=f"Reading or decoding it {fate}.")
