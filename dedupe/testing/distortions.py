"""What the contract asks of every distortion, as checks with names."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable, Mapping
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe.errors import PictureError
from dedupe.plugins.kinds import KINDS
from dedupe.testing import tested
from dedupe.testing.fresh import fresh
from dedupe.testing.pictures import PLAIN, photo
from dedupe.testing.tested import cases, checks_in

SMALL = ((1, 1), (1, 2), (2, 1), (2, 2), (3, 3), (5, 4), (1, 40), (40, 1), (9, 16))
"""(height, width) of pictures that few distortions have a use for."""


class DistortionUnderTest(tested.UnderTest):
    """The distortion under test."""

    kind = "distortion"

    def apply(self, image: NDArray[np.uint8], seed: int = 0) -> NDArray[np.uint8]:
        """What becomes of a copy of a picture u8 (h,w,3): u8 (h',w',3)."""
        copy: NDArray[np.uint8] = self.thing.apply(image.copy(), np.random.default_rng(seed))
        return copy


def distortion_checks(
    distortion: Any, *, variants: Mapping[str, Any] | None = None, import_seconds: float = 0.3
) -> Callable[..., None]:
    """A test function with one named pytest case for every promise that a distortion makes; assign it to a `test_` name.

    `distortion` is a distortion, its class, or a function that makes one. `variants` gives a second legal value for
    parameters where guessing one fails; importing the distortion's module may take `import_seconds`.
    """
    return cases(CHECKS, DistortionUnderTest(distortion, variants or {}, import_seconds))


@cache
def pictures() -> tuple[NDArray[np.uint8], ...]:
    """Four photos u8 (h,w,3), one of them cut to odd sides."""
    from PIL import Image

    photos = [np.array(Image.open(BytesIO(photo(i))).convert("RGB")) for i in range(4)]
    return (*photos[:3], np.ascontiguousarray(photos[3][:151, :133]))


def check_contract(subject: DistortionUnderTest) -> None:
    """Every attribute is there and means something; so it is with what `named` returns."""
    problem = KINDS["distortion"].problem(subject.thing)
    named = getattr(subject.thing, "named", None)
    if problem is None and named is not None:
        problem = KINDS["distortion"].problem(named("photo.jpg"))
    assert problem is None, problem


def check_picklable(subject: DistortionUnderTest) -> None:
    """It reaches worker processes: pickled and unpickled, it gives the same pixels."""
    again: Any = pickle.loads(pickle.dumps(subject.thing))
    copy = again.apply(pictures()[0].copy(), np.random.default_rng(0))
    assert np.array_equal(copy, subject.apply(pictures()[0])), "unpickled, it gives other pixels"


def check_shapes(subject: DistortionUnderTest) -> None:
    """A photo becomes a picture u8 (h',w',3)."""
    for image in pictures():
        _check_picture(subject.apply(image), image.shape)


def _check_picture(copy: Any, shape: tuple[int, ...]) -> None:
    assert isinstance(copy, np.ndarray), f"apply returned a {type(copy).__name__}, not a numpy array"
    assert copy.dtype == np.uint8, f"a picture {shape} became {copy.dtype}, not uint8"
    assert copy.ndim == 3 and copy.shape[2] == 3 and copy.size, f"a picture {shape} became {copy.shape}, not (h, w, 3)"


def check_small(subject: DistortionUnderTest) -> None:
    """A picture of few pixels is distorted, or refused by a PictureError with a reason and a sentence."""
    for height, width in SMALL:
        image = np.arange(height * width * 3, dtype=np.uint8).reshape(height, width, 3)
        try:
            copy = subject.apply(image)
        except PictureError as error:
            assert error.reason.isidentifier() and " " in str(error), (
                f"{error.reason!r}, {error}: no reason or no sentence"
            )
        else:
            _check_picture(copy, image.shape)


def check_plain(subject: DistortionUnderTest) -> None:
    """Pictures with hardly anything on them are distorted too, without a warning."""
    for plain in PLAIN.values():
        image = np.repeat(plain[:, :, None], 3, axis=2)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            _check_picture(subject.apply(image), image.shape)


def check_visible(subject: DistortionUnderTest) -> None:
    """It changes something."""
    changed = [subject.apply(image) for image in pictures()]
    assert any(not np.array_equal(a, b) for a, b in zip(changed, pictures(), strict=True)), "no photo was changed"


def check_deterministic(subject: DistortionUnderTest) -> None:
    """The same picture and generator give the same pixels, whatever numpy's global generator is at."""
    for image in pictures():
        first = subject.apply(image, 5).copy()
        np.random.seed(7)
        assert np.array_equal(first, subject.apply(image, 5)), "the same picture and generator gave two results"


def check_fresh_process(subject: DistortionUnderTest) -> None:
    """A new process gives the same pixels."""
    code = (
        "import pickle, numpy\nd, image = pickle.loads(given[0])\n"
        "out = numpy.ascontiguousarray(d.apply(image, numpy.random.default_rng(3))).tobytes()"
    )
    here = np.ascontiguousarray(subject.apply(pictures()[1], 3)).tobytes()
    assert fresh(code, pickle.dumps((subject.thing, pictures()[1]))) == here, "a new process gave another result"


def check_input_unchanged(subject: DistortionUnderTest) -> None:
    """The picture handed over is not written to, for other distortions are handed the same; so it comes read-only."""
    image = pictures()[0].copy()
    first = np.array(subject.thing.apply(image, np.random.default_rng(0)))
    assert np.array_equal(image, pictures()[0]), "apply changed its input"
    image.flags.writeable = False
    again = subject.thing.apply(image, np.random.default_rng(0))
    assert np.array_equal(first, again), "a read-only picture is distorted differently"


CHECKS = tested.CHECKS | checks_in(globals())
