"""What the contract asks of every keep rule, as checks with names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe.model import CONTENT_FIELDS, NO_DATE, Candidates, Files
from dedupe.testing import tested
from dedupe.testing.tested import cases, checks_in

PATHS = (
    b"/b/holiday/IMG_0412.jpg",
    b"/b/holiday/IMG_0412 (1).jpg",
    b"/b/originals/beach.png",
    b"/b/thumbs/beach.webp",
    b"/b/\xff\xfe/odd name.tiff",
    b"/b/x",
    b"/c/a very long name with many words in it, as people give them.jpeg",
)


class RuleUnderTest(tested.UnderTest):
    """The keep rule under test."""

    kind = "rule"

    def order(self, candidates: Candidates) -> NDArray[Any]:
        """What it gives for n candidates, (n,)."""
        return np.asarray(self.thing.order(candidates))


def rule_checks(
    rule: Any, *, variants: Mapping[str, Any] | None = None, import_seconds: float = 0.3
) -> Callable[..., None]:
    """A test function with one named pytest case for every promise that a keep rule makes; assign it to a `test_` name.

    `rule` is a keep rule, its class, or a function that makes one. `variants` gives a second legal value for parameters
    where guessing one fails; importing the rule's module may take `import_seconds`.
    """
    return cases(CHECKS, RuleUnderTest(rule, variants or {}, import_seconds))


def candidates() -> Candidates:
    """Files of all kinds, with and without a date, small and large."""
    n, rng = len(PATHS), np.random.default_rng(0)
    column, offsets = np.zeros(n, np.int64), np.cumsum([0, *map(len, PATHS)])
    size, mtime = rng.integers(100, 10**7, n), rng.integers(10**18, 2 * 10**18, n)
    files = Files(b"".join(PATHS), offsets, size, mtime, mtime, column, np.arange(n), column, column > 0)
    contents = np.zeros(n, CONTENT_FIELDS)
    contents["width"], contents["height"] = rng.integers(1, 9000, (2, n))
    contents["format"] = [b"JPEG", b"JPEG", b"PNG", b"VP8", b"TIFF", b"GIF", b"JPEG"]
    contents["taken"] = [1_500_000_000, NO_DATE, -3600, NO_DATE, NO_DATE, 0, 1_600_000_000]
    return Candidates(files, np.arange(n), contents, np.arange(n)[::-1].copy())


def among(every: Candidates, some: NDArray[np.int64]) -> Candidates:
    """Some of the candidates, by their places int64 (k,)."""
    return Candidates(every.files, every.index[some], every.contents, every.row[some])


def check_numbers(subject: RuleUnderTest) -> None:
    """Each candidate is given a number; none are given where there is none."""
    every = candidates()
    for n in (len(every), 1, 0):
        given = subject.order(among(every, np.arange(n)))
        assert given.shape == (n,), f"{n} candidates gave {given.shape}, not ({n},)"
        assert given.dtype.kind in "biuf", f"they are given {given.dtype}, not numbers"


def check_deterministic(subject: RuleUnderTest) -> None:
    """The same candidates are given the same numbers, whatever numpy's global generator is at."""
    first = subject.order(candidates()).copy()
    np.random.seed(7)
    assert np.array_equal(first, subject.order(candidates()), equal_nan=True), "the same files gave other numbers"


def check_independent(subject: RuleUnderTest) -> None:
    """Which of two is kept does not depend on what else there is."""
    every = candidates()
    given = subject.order(every)
    for some in (np.array([0, 2]), np.array([1, 3, 6]), np.array([4, 5])):
        alone = subject.order(among(every, some))
        assert np.array_equal(np.argsort(alone, kind="stable"), np.argsort(given[some], kind="stable")), (
            "beside other files, another one of these is kept"
        )


def check_input_unchanged(subject: RuleUnderTest) -> None:
    """The columns handed over are not written to."""
    every, before = candidates(), candidates()
    subject.order(every)
    for name in ("size", "mtime_ns", "offsets"):
        assert np.array_equal(getattr(every.files, name), getattr(before.files, name)), f"order changed {name}"
    assert np.array_equal(every.contents, before.contents), "order changed the contents"


CHECKS = tested.CHECKS | checks_in(globals())
