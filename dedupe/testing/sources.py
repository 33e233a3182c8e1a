"""What the contract asks of everything that opens files which hold pictures, as checks with names."""

from __future__ import annotations

import io
import os
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import SkipTest

from dedupe.errors import PictureError
from dedupe.model import Entry, PictureSource
from dedupe.model.containers import HEAD
from dedupe.testing import tested
from dedupe.testing.heads import HEADS
from dedupe.testing.tested import cases, checks_in

CUTS = (0.1, 0.5, 0.9, 0.99)

Held = Mapping[Path, Mapping[str, bytes]]
"""What is in each of some files, by name."""


@dataclass
class SourceUnderTest(tested.UnderTest):
    """The source under test and files of its kind with what they hold; without any, what needs them is skipped."""

    of_its_kind: Held | None = None
    kind = "source"

    @property
    def files(self) -> Held:
        """The files. Raises SkipTest where none were given."""
        if self.of_its_kind is None:
            raise SkipTest("it needs files of the source's kind: dedupe.testing.source_checks takes them")
        return self.of_its_kind

    def entries(self, data: bytes) -> tuple[list[Entry], PictureError | None]:
        """What it gives of a file's bytes, and what it raises at the end."""
        found: list[Entry] = []
        try:
            found.extend(self.thing.entries(io.BytesIO(data)))
        except PictureError as error:
            return found, error
        return found, None


def source_checks(
    source: PictureSource, files: Mapping[str | Path, Mapping[str, bytes]], *, import_seconds: float = 0.3
) -> Callable[..., None]:
    """A test function with one named pytest case for every promise that a source makes; assign it to a `test_` name.

    `files` are files of its kind, at least one, with the bytes of all that they hold, by name.
    """
    found = {Path(path): held for path, held in files.items()}
    return cases(CHECKS, SourceUnderTest(source, import_seconds=import_seconds, of_its_kind=found))


def check_own_files(subject: SourceUnderTest) -> None:
    """It knows its own files by suffix and by their first 512 bytes."""
    assert subject.files, "give at least one file of the source's kind"
    for path in subject.files:
        assert path.name.lower().endswith(subject.thing.suffixes), f"{path.name}: its suffix is not one of the source's"
        assert subject.thing.matches(path.read_bytes()[:HEAD]) is True, f"{path.name} is not recognised"


def check_other_formats(subject: SourceUnderTest) -> None:
    """It leaves the files of other formats alone, and heads that are short or nothing at all."""
    for suffixes, head in HEADS:
        if not set(suffixes.split()) & set(subject.thing.suffixes):
            matched = subject.thing.matches(head.ljust(HEAD, b"\0"))
            assert matched is False, f"matches() gives {matched!r} for the first bytes of a file like {suffixes}"
    for short in (b"", b"\0", b"\xff" * HEAD):
        assert subject.thing.matches(short) is False, f"{short[:4]!r}... is taken for a file of its kind"


def check_entries(subject: SourceUnderTest) -> None:
    """It gives all that there is, each at an offset of its own, with its size."""
    for path, held in subject.files.items():
        found, error = subject.entries(path.read_bytes())
        assert error is None, f"{path.name}: {error}"
        sizes = {os.fsdecode(each.name): each.size for each in found if not each.skipped}
        assert sizes == {name: len(data) for name, data in held.items()}, f"{path.name}: it gives {sizes}"
        assert len({each.offset for each in found}) == len(found), f"{path.name}: two entries have one offset"


def check_reader(subject: SourceUnderTest) -> None:
    """It reads each entry, in any order, again and again."""
    for path, held in subject.files.items():
        data = path.read_bytes()
        found = [each for each in subject.entries(data)[0] if not each.skipped]
        read = subject.thing.reader(io.BytesIO(data))
        for each in [*found, *reversed(found), *found]:
            name = os.fsdecode(each.name)
            assert read(each.offset, each.size) == held[name], f"{path.name}: {name} is read as something else"


def check_truncated(subject: SourceUnderTest) -> None:
    """Of a file that ends early it gives what is whole and says so, unless all is; what is read is right, or PictureError."""
    for path, held in subject.files.items():
        data = path.read_bytes()
        for cut in CUTS:
            part = data[: int(len(data) * cut)]
            found, error = subject.entries(part)
            here = [each for each in found if not each.skipped]
            assert error is not None or len(here) == len(held), f"{path.name} cut at {cut:.0%} is taken for whole"
            for each in here:
                name = os.fsdecode(each.name)
                try:
                    read = subject.thing.reader(io.BytesIO(part))(each.offset, each.size)
                except PictureError:
                    continue
                assert read == held[name], f"{path.name} cut at {cut:.0%}: {name} is read as something else"


def check_without(subject: SourceUnderTest) -> None:
    """Where it can leave entries out, what it writes has all others with their names and bytes, in their order."""
    if not hasattr(subject.thing, "without"):
        raise SkipTest("it does not write files of its kind")
    for path, held in subject.files.items():
        data, out = path.read_bytes(), io.BytesIO()
        found = [each for each in subject.entries(data)[0] if not each.skipped]
        subject.thing.without(io.BytesIO(data), out, frozenset(each.offset for each in found[::2]))
        written, error = subject.entries(out.getvalue())
        read = subject.thing.reader(io.BytesIO(out.getvalue()))
        bytes_ = [read(each.offset, each.size) for each in written]
        wanted = [held[os.fsdecode(each.name)] for each in found[1::2]]
        assert error is None and bytes_ == wanted, f"{path.name}: without every other entry it has not the rest"


def check_picklable(subject: SourceUnderTest) -> None:
    """It reaches child processes: pickled and unpickled, it gives the same entries."""
    again: Any = pickle.loads(pickle.dumps(subject.thing))
    for path in subject.files:
        with path.open("rb") as stream:
            assert list(again.entries(stream)) == subject.entries(path.read_bytes())[0], f"{path.name}: it differs"


CHECKS = {name: check for name, check in tested.CHECKS.items() if name != "key"} | checks_in(globals())
"""A source is no factory: it has no parameters."""
