"""What the contract asks of every report, as checks with names."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any
from unittest import SkipTest

from dedupe.leak import leak
from dedupe.query import compare, describe, find
from dedupe.scan import scan
from dedupe.testing import tested
from dedupe.testing.pictures import mild_jpeg, photo
from dedupe.testing.tested import cases, checks_in


class ReportUnderTest(tested.UnderTest):
    """The report under test."""

    kind = "report"

    def text(self, result: Any) -> str:
        """What it writes of a result."""
        binary = BytesIO()
        stream = TextIOWrapper(binary, "utf-8", errors="backslashreplace", newline="")
        self.thing.write(result, stream)
        assert not stream.closed, "it closed the stream"
        stream.flush()
        return binary.getvalue().decode()


def report_checks(
    report: Any, *, variants: Mapping[str, Any] | None = None, import_seconds: float = 0.3
) -> Callable[..., None]:
    """A test function with one named pytest case for every promise that a report makes; assign it to a `test_` name.

    `report` is a report, its class, or a function that makes one. `variants` gives a second legal value for parameters
    where guessing one fails; importing the report's module may take `import_seconds`.
    """
    return cases(CHECKS, ReportUnderTest(report, variants or {}, import_seconds))


VERBS: dict[str, Callable[[Path, Path, Path], Any]] = {
    "scan": lambda folder, *_: scan([folder], cache="none", workers=1),
    "find": lambda folder, a, _: find(a, [folder], cache="none", workers=1),
    "compare": lambda _, a, b: compare(a, b, cache="none", workers=1),
    "describe": lambda folder, *_: describe([folder], cache="none", workers=1),
    "leak": lambda folder, *_: leak(folder, folder.with_name("other"), cache="none", workers=1),
}


@cache
def results(command: str) -> tuple[Any, Any]:
    """What a command gives of photos and copies with odd names and a broken file, and of one photo alone."""
    with tempfile.TemporaryDirectory() as where:
        many, one, other = (Path(where, name) for name in ("many", "one", "other"))
        for folder in (many, one, other):
            folder.mkdir()
        for i in range(3):
            (many / f"{i}.jpg").write_bytes(photo(i))
        for name in ('a copy, with "quotes" & <marks>.jpg', "\u00fcmlaut\n.jpg", os.fsdecode(b"\xff.jpg")):
            try:
                (many / name).write_bytes(mild_jpeg(0))
            except OSError:  # a file system that has no such names
                continue
        (many / "broken.jpg").write_bytes(b"\xff\xd8 nothing")
        for folder in (one, other):
            (folder / "0.jpg").write_bytes(photo(0))
        run = VERBS[command]
        return run(many, many / "0.jpg", many / "1.jpg"), run(one, one / "0.jpg", one / "0.jpg")


def _all_results(subject: ReportUnderTest) -> list[Any]:
    found = [each for command in subject.thing.commands if command in VERBS for each in results(command)]
    if not found:
        raise SkipTest(f"there are results to write of {', '.join(VERBS)} only")
    return found


def check_writes(subject: ReportUnderTest) -> None:
    """It writes results with groups, failures and odd names, and such as have next to nothing."""
    for result in _all_results(subject):
        subject.text(result)


def check_says_something(subject: ReportUnderTest) -> None:
    """Different results are written differently."""
    texts = [subject.text(result) for result in _all_results(subject)]
    assert len(set(texts)) == len(texts), "two results gave one text"


def check_deterministic(subject: ReportUnderTest) -> None:
    """The same result gives the same text again."""
    for result in _all_results(subject):
        assert subject.text(result) == subject.text(result), "the same result gave two texts"


CHECKS = tested.CHECKS | checks_in(globals())
