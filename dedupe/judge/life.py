"""The life of a child that judges pairs: it reads both files, makes sure that they are what was described, and looks."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

from blake3 import blake3

from dedupe.describe.inside.reading import Readers
from dedupe.errors import PictureError
from dedupe.model import Failure, MemberPlace
from dedupe.model.judgement import KINDS, LACKS, Judgement, Lack
from dedupe.model.observed import Observed, as_line, from_line
from dedupe.processes import ReadingLife, Slot
from dedupe.processes.messages import packed, unpacked
from dedupe.processes.slots import DECODE, IDLE, JUDGE, READ

Judged: TypeAlias = Judgement | Failure
"""What two pictures are to each other, or why that cannot be said."""

KEPT = 128 << 20
"""Bytes of pictures that a child keeps ready: of a family each is held against many, and to read one takes as long as to look at
a pair.
"""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a content is read: the path and (device, inode) of its file, its digest, its bytes where they are no file's, the
    mark (`decode.mark`) of the plugin's decoder that read it before, 0 for the host's own, and its place in a container.
    """

    path: bytes
    identity: tuple[int, int]
    digest: bytes
    data: bytes | None = None
    reader: int = 0
    place: MemberPlace | None = None


def data_of(source: Source, readers: Readers) -> bytes:
    """The bytes of a content, which are those that were described. Raises PictureError."""
    from dedupe.describe.workers.opened import read_file

    if source.place is not None:
        data = readers.read(source.place)
    else:
        data = read_file(source.path, source.identity, None)[0] if source.data is None else source.data
    if blake3(data).digest() != source.digest:
        raise PictureError("changed", "It changed after it was described.")
    return data


@dataclass(frozen=True, slots=True)
class PairTask:
    """One pair, by its number; b was proposed turned so. With `evidence` what was seen is wanted, too."""

    items: tuple[int]
    a: Source
    b: Source
    turn: str
    evidence: bool = False
    single: bool = True


class Judging(ReadingLife):
    """How pictures are read."""

    def begun(self, slot: Slot, say: Callable[[bytes], None]) -> Callable[[PairTask], None]:
        """Loads what looks."""
        import cv2

        from dedupe.judge.reading import Opened, judge_files, opened

        cv2.setNumThreads(1)
        ready: OrderedDict[bytes, Opened] = OrderedDict()
        readers = Readers()

        def look(source: Source, item: int, side: int) -> Opened:
            if source.digest not in ready:
                slot.announce(READ, item, side)
                data = data_of(source, readers)
                slot.announce(DECODE, item, side)
                ready[source.digest] = opened(data, source.digest, self.decoders, self.pixel_cap)
                while len(ready) > 2 and sum(one.nbytes for one in ready.values()) > KEPT:
                    ready.popitem(last=False)
            ready.move_to_end(source.digest)
            return ready[source.digest]

        def work(task: PairTask) -> None:
            (item,), source = task.items, task.a
            try:
                first = look(source, item, 0)
                source = task.b
                second = look(source, item, 1)
                slot.announce(JUDGE, item)
                found: Judged = judge_files(
                    first, second, task.turn, self.decoders, self.pixel_cap, evidence=task.evidence
                )
            except PictureError as error:
                found = Failure(source.path, "judge", error.reason, str(error))
            except MemoryError:
                found = Failure(source.path, "judge", "memory", "Judging it takes more memory than a worker may use.")
            slot.announce(IDLE)
            say(told(found, source is task.b))

        return work


def told(found: Judged, second: bool) -> bytes:
    """What a child says of a pair; of a failure, whether it is about the second picture."""
    if isinstance(found, Failure):
        return packed(["failure", second, found.reason, found.message])
    lacks = found.lacks and [found.lacks.side, found.lacks.what, found.lacks.much]
    seen = [] if found.evidence is None else [as_line(found.evidence)]
    return packed(["judged", found.kind, found.why, found.agree, found.turn, found.box, lacks, found.contains, *seen])


def understood(message: bytes, task: PairTask) -> Judged:
    """What a child says of a pair. Raises ValueError for a message that is none."""
    match unpacked(message)[0]:
        case ["failure", bool(second), str(reason), str(text)]:
            return Failure((task.b if second else task.a).path, "judge", reason, text)
        case ["judged", str(kind), str(why), float(agree) | int(agree), str(turn), box, lacks, contains, *seen] if (
            kind in KINDS
        ):
            return Judgement(kind, why, float(agree), turn, _box(box), _lacks(lacks), _seen(seen), _contains(contains))
    raise ValueError("not of these kinds")


def _seen(lines: Sequence[object]) -> Observed | None:
    match lines:
        case []:
            return None
        case [dict(line)]:
            with suppress(KeyError, TypeError):
                return from_line(line)
    raise ValueError("no evidence")


def _box(box: object) -> tuple[float, float, float, float] | None:
    match box:
        case None:
            return None
        case [float(left), float(top), float(right), float(bottom)]:
            return left, top, right, bottom
    raise ValueError("no box")


def _contains(contains: object) -> str | None:
    match contains:
        case None:
            return None
        case "a" | "b" as side:
            return side
    raise ValueError("nothing that contains another one")


def _lacks(lacks: object) -> Lack | None:
    match lacks:
        case None:
            return None
        case ["a" | "b" as side, str(what), float(much) | int(much)] if what in LACKS:
            return Lack(side, what, float(much))
    raise ValueError("nothing that can be lacked")
