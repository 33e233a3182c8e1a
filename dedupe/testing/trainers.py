"""What the contract asks of every trainer, as checks with names."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import SkipTest

import numpy as np
from numpy.typing import NDArray

from dedupe.model import Manifest
from dedupe.plugins.contract import NAME
from dedupe.testing import tested
from dedupe.testing.tested import cases, checks_in

Floats = NDArray[np.float32]
BATCH = 50


class Vectors:
    """Made-up vectors float32 (pictures,dimensions) in read-only batches; after `breaks` batches it fails."""

    def __init__(self, pictures: int, dimensions: int, breaks: int | None = None) -> None:
        rng = np.random.default_rng(0)
        few = rng.standard_normal((pictures, dimensions // 4 + 1)) @ rng.standard_normal(
            (dimensions // 4 + 1, dimensions)
        )
        noise = rng.standard_normal((pictures, dimensions))
        self.rows = np.maximum(1 + few / 4 + noise / 8, 0).astype(np.float32)
        self.rows.flags.writeable = False
        self.passes = 0
        self._breaks = breaks

    def __iter__(self) -> Iterator[Floats]:
        self.passes += 1
        for number, start in enumerate(range(0, len(self.rows), BATCH)):
            if number == self._breaks:
                raise Broken
            yield self.rows[start : start + BATCH]


class Broken(Exception):
    """What a broken source of vectors raises."""


@dataclass
class TrainerUnderTest(tested.UnderTest):
    """The trainer under test, and how many made-up vectors of which length it is given."""

    pictures: int = 320
    dimensions: int = 64
    kind = "trainer"

    def fit(self, out: Path, batches: Iterable[Floats] | None = None) -> tuple[Manifest, list[tuple[str, int, int]]]:
        """Has it learn; the manifest, and the calls of progress."""
        calls: list[tuple[str, int, int]] = []
        given = Vectors(self.pictures, self.dimensions) if batches is None else batches
        return self.thing.fit(given, out, lambda *call: calls.append(call)), calls


def trainer_checks(
    trainer: Any,
    *,
    variants: Mapping[str, Any] | None = None,
    pictures: int = 320,
    dimensions: int = 64,
    import_seconds: float = 0.3,
) -> Callable[..., None]:
    """A test function with one named pytest case for every promise that a trainer makes; assign it to a `test_` name.

    `trainer` is a trainer, its class, or a function that makes one, with settings under which it learns quickly from
    `pictures` made-up vectors of `dimensions` values. `variants` gives a second legal value for parameters where guessing
    one fails; importing the trainer's module may take `import_seconds`.
    """
    return cases(CHECKS, TrainerUnderTest(trainer, variants or {}, import_seconds, pictures, dimensions))


def check_manifest(subject: TrainerUnderTest) -> None:
    """The manifest says what it has learned from, what opens it, and details that JSON can hold."""
    with tempfile.TemporaryDirectory() as folder:
        manifest, _ = subject.fit(Path(folder, "head.onnx"))
    assert isinstance(manifest, Manifest), f"fit returned a {type(manifest).__name__}, not a Manifest"
    assert manifest.pictures == subject.pictures, f"pictures is {manifest.pictures}; there were {subject.pictures}"
    assert type(manifest.dimensions) is int and manifest.dimensions > 0, f"dimensions is {manifest.dimensions!r}"
    for word in (manifest.name, manifest.descriptor):
        assert isinstance(word, str) and NAME.fullmatch(word), f"{word!r} is no name"
    try:
        json.dumps(dict(manifest.details), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise AssertionError(f"the details do not go into JSON: {error}") from None


def check_output(subject: TrainerUnderTest) -> None:
    """One file is written, the one asked for, in place of what stood there."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "head.onnx")
        out.write_bytes(b"old")
        subject.fit(out)
        assert out.stat().st_size > 3 and out.read_bytes() != b"old", "nothing was written"
        left = sorted(path.name for path in Path(folder).iterdir())
        assert left == ["head.onnx"], f"these files are left: {', '.join(left)}"


def check_progress(subject: TrainerUnderTest) -> None:
    """It tells how far it is."""
    with tempfile.TemporaryDirectory() as folder:
        _, calls = subject.fit(Path(folder, "head.onnx"))
    assert calls, "progress was never called"
    for stage, done, total in calls:
        assert isinstance(stage, str) and 0 <= done <= total, f"progress was told {stage!r}, {done!r} of {total!r}"


def check_deterministic(subject: TrainerUnderTest) -> None:
    """The same vectors give the same file again, whatever numpy's global generator is at."""
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder, "1.onnx"), Path(folder, "2.onnx")
        subject.fit(first)
        np.random.seed(7)
        subject.fit(second)
        assert first.read_bytes() == second.read_bytes(), "the same vectors gave two files"


def check_broken(subject: TrainerUnderTest) -> None:
    """Where the vectors break off it raises, and what stood there stands."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "head.onnx")
        out.write_bytes(b"old")
        try:
            subject.fit(out, Vectors(subject.pictures, subject.dimensions, breaks=1))
        except Exception:
            assert out.read_bytes() == b"old", "what stood there is gone"
        else:
            raise AssertionError("the vectors broke off, and nothing was raised")


def check_opens(subject: TrainerUnderTest) -> None:
    """The file is an ONNX model from (k,d) to finite values (k,dimensions), by itself (needs onnxruntime)."""
    try:
        from onnxruntime import InferenceSession
    except ImportError:
        raise SkipTest("onnxruntime is not installed") from None
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "head.onnx")
        manifest, _ = subject.fit(out)
        session = InferenceSession(out.read_bytes(), providers=["CPUExecutionProvider"])
    assert len(session.get_inputs()) == 1, "the model has more inputs than one"
    rows = Vectors(5, subject.dimensions).rows
    (values,) = session.run(None, {session.get_inputs()[0].name: rows})[:1]
    assert values.shape == (5, manifest.dimensions), f"5 vectors became {values.shape}, not (5, {manifest.dimensions})"
    assert np.isfinite(values).all(), "the model gives NaN or infinity"


CHECKS = tested.CHECKS | checks_in(globals())
