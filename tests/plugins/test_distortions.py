"""The distortions that ship keep the contract, and the kit finds distortions and trainers that do not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import SkipTest

import numpy as np
import pytest
from dedupe_distortions import dedupe_distortions

from dedupe.model import Manifest
from dedupe.testing import distortion_checks, distortions, trainer_checks, trainers
from dedupe.testing.fresh import refuse_slow_import

SHIPPED = {factory().name: factory for factory in dedupe_distortions()}
test_blur = distortion_checks(SHIPPED["blur"])


@pytest.mark.parametrize("check", [name for name in distortions.CHECKS if name not in ("fresh-process", "import-time")])
@pytest.mark.parametrize("name", SHIPPED)
def test_shipped(name: str, check: str) -> None:
    distortions.CHECKS[check](distortions.DistortionUnderTest(SHIPPED[name]))


@pytest.mark.parametrize("name", ["noise", "collage", "caption", "chain"])
def test_a_new_process_draws_the_same(name: str) -> None:
    distortions.check_fresh_process(distortions.DistortionUnderTest(SHIPPED[name]))


def test_import_time() -> None:
    refuse_slow_import(SHIPPED["chain"].__module__, 0.3)  # it imports nearly all the others


def failing(checks: Mapping[str, Callable[[Any], None]], subject: Any, leave: tuple[str, ...] = ()) -> list[str]:
    failed = []
    for name, check in checks.items():
        try:
            if name not in leave:
                check(subject)
        except SkipTest:
            pass
        except Exception:
            failed.append(name)
    return failed


class Negative:
    """A distortion that keeps every promise."""

    name, version = "negative", "1"

    def __init__(self, top: int = 255) -> None:
        self.top = top

    def apply(self, image, rng):
        return (self.top - np.minimum(image, self.top)).astype(np.uint8)


class BadContract(Negative):
    version = "1 2"


class BadKey(Negative):
    def __init__(self, top: int = 255) -> None:
        self.top = 255


class BadShapes(Negative):
    def apply(self, image, rng):
        return super().apply(image, rng)[:, :, :1]


class BadSmall(Negative):
    def apply(self, image, rng):
        return super().apply(image, rng)[2:]


class BadPlain(Negative):
    def apply(self, image, rng):
        spread = image.max() - image.min()
        return (image // np.float64(spread)).astype(np.uint8)


class BadVisible(Negative):
    def apply(self, image, rng):
        return image.copy()


class BadDeterministic(Negative):
    def apply(self, image, rng):
        return super().apply(image, rng) ^ np.uint8(np.random.randint(256))


class BadInput(Negative):
    def apply(self, image, rng):
        image ^= 255
        return image


class BadNamed(Negative):
    def named(self, name):
        return None


@pytest.mark.parametrize(
    ("kind", "checks"),
    [
        (Negative, []),
        (BadContract, ["contract"]),
        (BadKey, ["key"]),
        (BadShapes, ["shapes", "small", "plain"]),
        (BadSmall, ["small"]),
        (BadPlain, ["plain"]),
        (BadVisible, ["visible"]),
        (BadInput, ["input-unchanged"]),
        (BadNamed, ["contract"]),
    ],
)
def test_a_broken_promise_of_a_distortion_is_found(kind: type, checks: list[str]) -> None:
    apart = ("picklable", "fresh-process", "import-time")  # of a class in a test module they say nothing
    assert failing(distortions.CHECKS, distortions.DistortionUnderTest(kind), apart) == checks


def test_a_distortion_that_draws_from_elsewhere_is_found() -> None:
    assert failing(
        {"deterministic": distortions.check_deterministic}, distortions.DistortionUnderTest(BadDeterministic)
    )


def test_a_distortion_that_cannot_travel_is_found() -> None:
    class Local(Negative):
        pass

    assert failing(distortions.CHECKS, distortions.DistortionUnderTest(Local), ("fresh-process", "import-time")) == [
        "picklable"
    ]


@dataclass
class Average:
    """A trainer that keeps every promise but for what it writes, which is no ONNX."""

    n: int = 4
    base: str = "features"

    name = "average"
    version = "1"

    def fit(self, batches, out: Path, progress) -> Manifest:
        total = sum(len(rows) for rows in batches)
        sums = np.zeros(64)
        for rows in batches:
            sums += rows.sum(axis=0)
            progress("learning", total, total)
        self.write(out, sums.astype(np.float32).tobytes())
        return Manifest("average4", "head", "", "", total, self.n, {"sum": float(sums.sum())})

    def write(self, out: Path, content: bytes) -> None:
        out.write_bytes(content)


class BadBase(Average):
    base = ""

    def __init__(self) -> None: ...


class BadTrainerKey(Average):
    def __init__(self, n: int = 4) -> None:
        self.n = 4


class BadCount(Average):
    def fit(self, batches, out, progress):
        given = super().fit(batches, out, progress)
        return Manifest(given.name, given.descriptor, "", "", 1, given.dimensions)


class BadDetails(Average):
    def fit(self, batches, out, progress):
        given = super().fit(batches, out, progress)
        return Manifest(given.name, given.descriptor, "", "", given.pictures, 4, {"loss": float("nan")})


class BadOutput(Average):
    def write(self, out, content):
        super().write(out, content)
        out.with_suffix(".log").write_text("done")


class BadProgress(Average):
    def fit(self, batches, out, progress):
        return super().fit(batches, out, lambda *_: None)


class BadTrainerDeterministic(Average):
    def write(self, out, content):
        super().write(out, content + np.random.bytes(8))


class BadBroken(Average):
    def fit(self, batches, out, progress):
        out.write_bytes(b"")
        return super().fit(batches, out, progress)


@pytest.mark.parametrize(
    ("kind", "checks"),
    [
        (Average, []),
        (BadBase, ["contract"]),
        (BadTrainerKey, ["key"]),
        (BadCount, ["manifest"]),
        (BadDetails, ["manifest"]),
        (BadOutput, ["output"]),
        (BadProgress, ["progress"]),
        (BadTrainerDeterministic, ["deterministic"]),
        (BadBroken, ["broken"]),
    ],
)
def test_a_broken_promise_of_a_trainer_is_found(kind: type, checks: list[str]) -> None:
    assert failing(trainers.CHECKS, trainers.TrainerUnderTest(kind), ("import-time", "opens")) == checks


def test_a_file_that_is_no_model_is_found() -> None:
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    assert failing({"opens": trainers.check_opens}, trainers.TrainerUnderTest(Average)) == ["opens"]


def test_an_author_gets_named_cases() -> None:
    made = trainer_checks(Average)
    (mark,) = made.pytestmark
    assert mark.kwargs["ids"] == list(trainers.CHECKS)
