"""What the contract asks of every engine, as checks with names: it gives what the local one gives."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe.describe.choose import choose
from dedupe.describe.gather import load_plugins, walk
from dedupe.describe.portions import FilesToDescribe
from dedupe.engines import LocalMachines, started
from dedupe.errors import MetricError
from dedupe.metrics.failed import FailedMetrics
from dedupe.model import (
    CONTENT_FIELDS,
    Batch,
    Criterion,
    LookedAt,
    Machines,
    Matrix,
    Metric,
    Nearness,
    Proposed,
    Run,
    Select,
    ToCompare,
    ToGroup,
    ToJudge,
)
from dedupe.model.judgement import KINDS, Judgement, Lack
from dedupe.testing import tested
from dedupe.testing.pictures import photos
from dedupe.testing.tested import cases, checks_in

PHOTOS = 24
RUN = Run(workers=2, cache="none")


class EngineUnderTest(tested.UnderTest):
    """The engine under test."""

    kind = "engine"

    @contextmanager
    def machines(self) -> Iterator[Machines]:
        """The engine, running."""
        with started(self.thing, RUN) as found:
            yield found


def engine_checks(
    engine: Any, *, variants: Mapping[str, Any] | None = None, import_seconds: float = 0.3
) -> Callable[..., None]:
    """A test function with one named pytest case for every promise that an engine makes; assign it to a `test_` name.

    `engine` is an engine, its class, or a function that makes one. `variants` gives a second legal value for parameters
    where guessing one fails; importing the engine's module may take `import_seconds`.
    """
    return cases(CHECKS, EngineUnderTest(engine, variants or {}, import_seconds))


def check_describe(subject: EngineUnderTest) -> None:
    """Every file comes once, with the values and failures that the local engine gives: pictures, copies of them, and what is
    none.
    """
    with tempfile.TemporaryDirectory() as folder, subject.machines() as machines:
        work = pictures(Path(folder))
        given, wanted = [list(each.describe(work)) for each in (machines, LocalMachines())]
    numbers = sorted(number for batch in given for number in files_of(batch))
    assert numbers == list(range(len(work))), f"of {len(work)} files these came: {numbers}"
    for number, (found, right) in enumerate(zip(values(given), values(wanted), strict=True)):
        assert found == right, f"{work.files.path(number)!r} is given other values than by the local engine"


def check_near(subject: EngineUnderTest) -> None:
    """Who is near whom, how many pairs there are, and the groups are the local engine's."""
    for references in (0, 40):
        asked = points(references)
        with subject.machines() as machines:
            found, right = machines.near(asked), LocalMachines().near(asked)
            same_names(found, right)
            assert found.counts() == right.counts(), f"{found.counts()} pairs are near each other, not {right.counts()}"
            wrong = np.flatnonzero(found.near_another() != right.near_another())
            assert not len(wrong), f"whether contents are near another one is wrong of {len(wrong)}"
            rule = keeping(asked, right)
            same_pairs(found.groups(rule), right.groups(rule))


def check_judged(subject: EngineUnderTest) -> None:
    """With a judge the groups are the local engine's, too, and what stands beside them."""
    asked = points(30)
    with subject.machines() as machines:
        found, right = machines.near(asked), LocalMachines().near(asked)
        rule, single = keeping(asked, right), ~asked.fixed
        judge = ToJudge(MadeUpJudge(), np.arange(len(single)) // 50, single)
        same_looks(found.looked_at(rule, judge), right.looked_at(rule, judge))


def check_failing_metric(subject: EngineUnderTest) -> None:
    """A plugin's metric that fails costs its own descriptor alone."""
    asked, failed = points(0), FailedMetrics()
    odd = Criterion("odd", Metric("odd", "uint8", fails), 1.0, ("none",), asked.criteria[0].matrices)
    criteria = [odd, *asked.criteria]
    with subject.machines() as machines:
        whole = ToCompare(asked.contents, criteria, asked.used, asked.fixed, "auto", None, failed.unless_it_fails)
        found, right = machines.near(whole), LocalMachines().near(asked)
        same_names(found, right)
        assert "odd" in failed, "the metric that failed is not left out through `unless_it_fails`"
        assert found.counts() == right.counts()


def check_nothing(subject: EngineUnderTest) -> None:
    """Where no two contents are near each other there are no groups."""
    asked = points(0, apart=True)
    with subject.machines() as machines:
        found = machines.near(asked)
        assert not any(found.counts()), f"{found.counts()} pairs are near each other"
        assert not found.near_another().any()
        rule = keeping(asked, found)
        assert not len(found.groups(rule))
        looked = found.looked_at(rule, ToJudge(MadeUpJudge(), np.zeros(len(asked.used), np.int64), asked.used))
        assert not len(looked.pairs) and not len(looked.beside) and not looked.not_judged


def pictures(folder: Path) -> FilesToDescribe:
    """Photos, two of them twice, a photo that ends early, one that is no picture, and an empty file, with pdq to be described."""
    for number, photo in enumerate(photos()[:PHOTOS]):
        data = photo.read_bytes()
        (folder / f"{number:02}.jpg").write_bytes(data)
        if number < 2:
            (folder / f"{number:02} copy.jpg").write_bytes(data)
    (folder / "cut.jpg").write_bytes(data[: len(data) // 3])
    (folder / "words.png").write_bytes(b"no picture at all")
    (folder / "empty.jpg").write_bytes(b"")
    loaded = load_plugins(RUN)
    files = walk([bytes(folder)], loaded, Select()).files
    (chosen,) = choose(loaded, ["pdq"])
    return FilesToDescribe(files, np.arange(len(files)), chosen.columns, loaded.decoders, None, None, RUN)


def files_of(batch: Batch) -> set[int]:
    """The files that a batch is about."""
    return {*batch.index.tolist(), *(number for number, _ in batch.failures)}


def values(batches: Sequence[Batch]) -> list[Any]:
    """What was given of each file, in the order of files; of what depends on the moment and on tasks nothing."""
    found: dict[int, list[Any]] = {}
    contents: dict[bytes, Any] = {}
    for batch in batches:
        for row, number in enumerate(batch.index.tolist()):
            digest = batch.contents["digest"][row].tobytes()
            found.setdefault(number, []).append((batch.stat[row, :5].tolist(), digest))
            if batch.decoded[row]:
                vectors = [X[rows == row].tobytes() for rows, X in batch.vectors]
                contents[digest] = batch.contents[row].tobytes(), vectors
        for number, failure in batch.failures:
            found.setdefault(number, []).append(failure)
    return [
        [(each, contents.get(each[1])) if isinstance(each, tuple) else each for each in found[n]] for n in sorted(found)
    ]


def points(references: int, *, apart: bool = False) -> ToCompare:
    """Made-up contents: hashes and vectors in clusters, the first some of which are references, some flat, some not used."""
    n, rng = 300, np.random.default_rng(0)
    cluster = np.arange(n) if apart else np.minimum(rng.geometric(0.02, n), 60)
    hashes = rng.integers(0, 256, (n, 8), np.uint8)[cluster % n]
    flips = rng.integers(0, 8, (n, 2))
    bits = np.unpackbits(hashes, axis=1)
    bits[np.arange(n)[:, None], flips] ^= not apart
    X = rng.standard_normal((n, 32))[cluster % n] + (0 if apart else 0.02) * rng.standard_normal((n, 32))
    contents = np.zeros(n, CONTENT_FIELDS)
    contents["digest"] = [b"%032d" % i for i in range(n)]
    contents["pixels"] = [b"%016d" % (i if apart else i % 7) for i in range(n)]
    contents["quality"] = np.where(rng.random(n) < 0.1, 0, 0.5)
    turned = np.packbits(bits[::-1] ^ apart, axis=1)
    seen = contents["quality"] > 0

    def matrix(X: NDArray[Any]) -> Matrix:
        return Matrix(np.arange(n), X).among(seen)

    ways = matrix(np.packbits(bits, axis=1)), matrix(turned)
    cut = rng.integers(0, 256, (n, 8), np.uint8) if apart else np.roll(turned, 1, axis=0)
    part = rng.standard_normal((n, 32)) if apart else X[::-1] + 0.02 * rng.standard_normal((n, 32))
    criteria = [
        Criterion("bits", "hamming", 4.0, ("none", "hflip"), ways),
        Criterion("floats", "cosine", 0.002, ("none",), (matrix(X.astype(np.float32)),)),
        Criterion("parts", "hamming", 3.0, ("none", "hflip"), ways, (ways[1], matrix(cut))),
        Criterion(
            "regions", "cosine", 0.002, ("none",), (matrix(X.astype(np.float32)),), (matrix(part.astype(np.float32)),)
        ),
    ]
    used = np.ones(n, np.bool_) if apart else rng.random(n) < 0.95
    return ToCompare(contents, criteria, used, np.arange(n) < references, "auto", None, lambda _: nullcontext())


def keeping(asked: ToCompare, near: Nearness) -> ToGroup:
    """All contents near another one in some order, and pairs of them that are to stay apart."""
    order = np.random.default_rng(1).permutation(np.flatnonzero(near.near_another()))
    order = order[np.argsort(~asked.fixed[order], kind="stable")]
    some = order[~asked.fixed[order]]
    return ToGroup(order, asked.fixed, some[: len(some) // 10 * 2].reshape(-1, 2))


def fails(A: NDArray[Any], B: NDArray[Any]) -> NDArray[np.float32]:
    """A metric of a plugin that cannot do it."""
    raise MetricError(f"The metric odd cannot compare {len(A)} with {len(B)} rows.")


def said_of(a: int, b: int) -> Judgement | None:
    """What the made-up judge says of two contents: all kinds, and of some pairs nothing."""
    number = (a * 7919 + b * 104729) % 23
    if number < 12:
        lacks = Lack("a", "cut", 0.5) if number == 3 else None
        box = (0.1, 0.1, 0.3, 0.3) if number in (4, 5, 6, 7) else None
        return Judgement("edited" if box else "re-encoded", f"{a} and {b}", 0.9, box=box, lacks=lacks)
    return None if number == 22 else Judgement(KINDS[5 + number % 3], f"{a} and {b}", 0.5)


@dataclass(frozen=True, slots=True)
class MadeUpJudge:
    """Judges numbers in place of pictures."""

    def ask(self, pairs: Proposed) -> list[Judgement | None]:
        """What is said of pairs."""
        return list(map(said_of, pairs.left.tolist(), pairs.right.tolist()))

    def sources(self, rows: NDArray[np.int64]) -> list[int]:
        """The numbers themselves."""
        found: list[int] = rows.tolist()
        return found

    @property
    def elsewhere(self) -> Callable[[Sequence[tuple[int, int, str]]], list[Judgement | None]]:
        """Judges numbers anywhere."""
        return judged

    def known(self, pairs: Sequence[tuple[int, int, str]]) -> list[Judgement | None]:
        """Nothing."""
        return [None] * len(pairs)

    def keep(self, pairs: Sequence[tuple[int, int, str]], said: Sequence[Judgement | None]) -> None:
        """Keeps nothing."""


def judged(pairs: Sequence[tuple[int, int, str]]) -> list[Judgement | None]:
    """What is said of pairs of numbers."""
    return [said_of(a, b) for a, b, _ in pairs]


def same_names(found: Nearness, right: Nearness) -> None:
    """Makes sure that distances are called the same."""
    assert list(found.names) == right.names, f"the distances are called {found.names}, not {right.names}"
    assert list(found.limits) == right.limits, f"their limits are {found.limits}, not {right.limits}"


def same_pairs(found: Proposed, right: Proposed) -> None:
    """Makes sure that pairs are equal, with distances and turns, in their order."""
    for name in ("left", "right", "distance", "turn"):
        ours, others = getattr(found, name), getattr(right, name)
        assert ours.dtype == others.dtype, f"{name} of the pairs is {ours.dtype}, not {others.dtype}"
        assert ours.shape == others.shape, f"{name} of the pairs is {ours.shape}, not {others.shape}"
        assert np.array_equal(ours, others, equal_nan=name == "distance"), f"{name} of the pairs is another one"


def same_looks(found: LookedAt, right: LookedAt) -> None:
    """Makes sure that what was looked at is the same."""
    same_pairs(found.pairs, right.pairs)
    same_pairs(found.beside, right.beside)
    assert dict(found.said) == dict(right.said), "something else was said of the pairs"
    assert found.not_judged == right.not_judged, f"{found.not_judged} were not judged, not {right.not_judged}"


CHECKS = tested.CHECKS | checks_in(globals())
