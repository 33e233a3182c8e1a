"""What the contract asks of every trainer, as checks with names."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest import SkipTest

import numpy as np

from dedupe.model import Floats, Manifest, Pictures, PictureTrainer, Trainer
from dedupe.plugins.contract import NAME
from dedupe.testing import tested
from dedupe.testing.tested import cases, checks_in
from dedupe.testing.views import MadePictures

Fed = Iterable[Floats] | Pictures
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
                raise OSError("the vectors broke off")
            yield self.rows[start : start + BATCH]


@dataclass(frozen=True, slots=True)
class Learned:
    """What came of a training: the manifest, the calls of progress, what was written, and which files are in the folder."""

    manifest: Manifest
    calls: list[tuple[str, int, int]]
    content: bytes
    files: list[str]


@dataclass
class TrainerUnderTest(tested.UnderTest):
    """The trainer under test, and how many made-up vectors of which length it is given, or pictures."""

    pictures: int = 320
    dimensions: int = 64
    kind = "trainer"

    @property
    def trainer(self) -> Trainer | PictureTrainer:
        """The trainer itself."""
        found: Trainer | PictureTrainer = self.thing
        return found

    def fed(self, breaks: int | None = None) -> Fed:
        """What it learns from; after `breaks` batches that fails."""
        if isinstance(self.trainer, PictureTrainer):
            return MadePictures(self.trainer, self.pictures, breaks)
        return Vectors(self.pictures, self.dimensions, breaks)

    def fit(self, out: Path, breaks: int | None = None) -> Learned:
        """Has it learn; what came of that."""
        calls: list[tuple[str, int, int]] = []
        given: Any = self.fed(breaks)
        manifest = self.trainer.fit(given, out, lambda *call: calls.append(call))
        return Learned(manifest, calls, out.read_bytes(), sorted(path.name for path in out.parent.iterdir()))

    @cached_property
    def learned(self) -> Learned:
        """What came of learning once, where another file stood."""
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder, "head.onnx")
            out.write_bytes(b"old")
            return self.fit(out)


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
    `pictures` made-up vectors of `dimensions` values, or so many made-up pictures. `variants` gives a second legal value for
    parameters where guessing one fails; importing the trainer's module may take `import_seconds`.
    """
    return cases(CHECKS, TrainerUnderTest(trainer, variants or {}, import_seconds, pictures, dimensions))


def check_manifest(subject: TrainerUnderTest) -> None:
    """The manifest says what it has learned from, what opens it, and details that JSON can hold."""
    manifest = subject.learned.manifest
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
    written, left = subject.learned.content, subject.learned.files
    assert len(written) > 3 and written != b"old", "nothing was written"
    assert left == ["head.onnx"], f"these files are left: {', '.join(left)}"


def check_progress(subject: TrainerUnderTest) -> None:
    """It tells how far it is."""
    assert subject.learned.calls, "progress was never called"
    for stage, done, total in subject.learned.calls:
        assert isinstance(stage, str) and 0 <= done <= total, f"progress was told {stage!r}, {done!r} of {total!r}"


def check_deterministic(subject: TrainerUnderTest) -> None:
    """The same vectors or pictures give the same file again, whatever numpy's global generator is at."""
    first = subject.learned.content
    np.random.seed()  # a fixed one could be what the first was drawn by
    with tempfile.TemporaryDirectory() as folder:
        second = subject.fit(Path(folder, "again.onnx")).content
    assert first == second, "the same vectors or pictures gave two files"


def check_broken(subject: TrainerUnderTest) -> None:
    """Where the vectors or pictures break off it raises, and what stood there stands."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "head.onnx")
        out.write_bytes(b"old")
        try:
            subject.fit(out, breaks=1)
        except Exception:
            assert out.read_bytes() == b"old", "what stood there is gone"
        else:
            raise AssertionError("the vectors or pictures broke off, and nothing was raised")


def check_opens(subject: TrainerUnderTest) -> None:
    """The file is an ONNX model of one input, (k,d) for a trainer fed with vectors, that gives finite values (k,dimensions), by
    itself (needs onnxruntime).
    """
    try:
        from onnxruntime import InferenceSession
    except ImportError:
        raise SkipTest("onnxruntime is not installed") from None
    manifest = subject.learned.manifest
    session = InferenceSession(subject.learned.content, providers=["CPUExecutionProvider"])
    assert len(session.get_inputs()) == 1, "the model has more inputs than one"
    (given,) = session.get_inputs()
    rows = Vectors(5, subject.dimensions).rows
    if isinstance(subject.trainer, PictureTrainer):  # what goes in is its descriptor's to know
        shape = [size if isinstance(size, int) else 5 for size in given.shape]
        rows = np.ones(shape, np.uint8 if given.type == "tensor(uint8)" else np.float32)
    (values,) = session.run(None, {given.name: rows})[:1]
    expected = (len(rows), manifest.dimensions)
    assert values.shape == expected, f"{len(rows)} inputs became {values.shape}, not {expected}"
    assert np.isfinite(values).all(), "the model gives NaN or infinity"


CHECKS = tested.CHECKS | checks_in(globals())
