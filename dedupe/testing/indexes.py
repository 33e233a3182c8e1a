"""What the contract asks of every search index, as checks with names."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe.testing import tested
from dedupe.testing.tested import cases, checks_in

RADIUS = 0.25
SHARE = 0.9
"""Of the near pairs of the made-up points so many are to be proposed."""


class IndexUnderTest(tested.UnderTest):
    """The index under test."""

    kind = "index"

    def near(self, points: NDArray[np.float32], built: Any = None) -> set[tuple[int, int]]:
        """The pairs that it proposes of points float32 (n,d) with themselves, those included that it leaves to the host."""
        built = self.thing.build(points, 0) if built is None else built
        left, right, rest = (np.asarray(each) for each in self.thing.near(built, points, RADIUS))
        assert left.shape == right.shape and left.ndim == rest.ndim == 1, (
            f"near gave arrays {left.shape}, {right.shape} and {rest.shape}"
        )
        every = np.arange(len(points))
        for each in (left, right, rest):
            assert not np.setdiff1d(each, every).size, "near gave numbers of no points"
        return {
            *zip(left.tolist(), right.tolist(), strict=True),
            *((i, j) for i in rest.tolist() for j in every.tolist()),
        }


def index_checks(
    index: Any, *, variants: Mapping[str, Any] | None = None, import_seconds: float = 0.3
) -> Callable[..., None]:
    """A test function with one named pytest case for every promise that an index makes; assign it to a `test_` name.

    `index` is an index, its class, or a function that makes one. `variants` gives a second legal value for parameters
    where guessing one fails; importing the index's module may take `import_seconds`.
    """
    return cases(CHECKS, IndexUnderTest(index, variants or {}, import_seconds))


def points(n: int = 400, d: int = 16) -> NDArray[np.float32]:
    """Points of length 1 (n,d) in clusters of five."""
    rng = np.random.default_rng(0)
    found = np.repeat(rng.standard_normal((-(-n // 5), d)), 5, axis=0)[:n] + 0.03 * rng.standard_normal((n, d))
    out: NDArray[np.float32] = (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)
    return out


def check_near(subject: IndexUnderTest) -> None:
    """It proposes nearly all near pairs; the host finds out which are none."""
    X = points()
    apart = np.linalg.norm(X[:, None].astype(np.float64) - X, axis=2)
    known = {(i, j) for i, j in zip(*np.nonzero(apart <= RADIUS), strict=True) if i != j}
    share = len(known & subject.near(X)) / len(known)
    assert share >= SHARE, f"{share:.1%} of the near pairs were proposed, not {SHARE:.0%}"


def check_few(subject: IndexUnderTest) -> None:
    """One point, and equal ones, are points too."""
    for X in (points(1), np.repeat(points(1), 30, axis=0)):
        assert subject.near(X), f"{len(X)} equal points are not near themselves"


def check_nearest(subject: IndexUnderTest) -> None:
    """A point's nearest is itself, and as many come as were asked for, or None."""
    X = points()
    given = subject.thing.nearest(subject.thing.build(X, 0), X, 3)
    if given is not None:
        assert np.shape(given) == (len(X), 3), f"3 neighbours of {len(X)} points came as {np.shape(given)}"
        share = float((np.asarray(given) == np.arange(len(X))[:, None]).any(axis=1).mean())
        assert share >= SHARE, f"{share:.1%} of the points are among their own nearest"


def check_saved(subject: IndexUnderTest) -> None:
    """What was saved and loaded proposes the same; what is no such file is refused."""
    X = points()
    built = subject.thing.build(X, 0)
    with tempfile.TemporaryDirectory() as folder:
        path, broken = Path(folder, "index"), Path(folder, "broken")
        subject.thing.save(built, path)
        loaded = subject.thing.load(path, X.shape)
        broken.write_bytes(b"no index")
        try:
            subject.thing.load(broken, X.shape)
        except Exception:
            pass
        else:
            raise AssertionError("a file of other bytes was loaded")
    assert subject.near(X.copy(), loaded) == subject.near(X.copy(), built), "loaded, it proposes other pairs"


def check_deterministic(subject: IndexUnderTest) -> None:
    """The same points and seed propose the same pairs again, whatever numpy's global generator is at."""
    first = subject.near(points())
    np.random.seed(7)
    assert subject.near(points()) == first, "the same points gave other pairs"


def check_input_unchanged(subject: IndexUnderTest) -> None:
    """The points handed over are not written to."""
    X = points()
    subject.near(X)
    assert np.array_equal(X, points()), "the points were changed"


CHECKS = tested.CHECKS | checks_in(globals())
