"""What the contract asks of every descriptor, as checks with names."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from unittest import SkipTest

import numpy as np
from numpy.typing import NDArray

from dedupe.describe.workers.shapes import vector_dtype
from dedupe.model import Metric
from dedupe.plugins import descriptor_key
from dedupe.testing import tested
from dedupe.testing.fresh import fresh
from dedupe.testing.pictures import PHOTOS, PLAIN, images, mild_jpeg, photo, plain
from dedupe.testing.tested import cases, checks_in

NEARLY_ZERO = 1e-5
NEARER_SHARE = 0.99


@dataclass
class DescriptorUnderTest(tested.UnderTest):
    """The descriptor under test, with pictures as it wants them."""

    tolerance: float = 1e-5
    kind = "descriptor"

    @cached_property
    def mixed(self) -> Any:
        """Eight photos, and pictures with hardly anything on them."""
        return images([photo(i) for i in range(8)] + [plain(kind) for kind in PLAIN], self.thing.decode)

    @cached_property
    def photos(self) -> Any:
        """The photos on which distances are compared."""
        return images([photo(i) for i in range(PHOTOS)], self.thing.decode)

    def describe(self, pictures: Any) -> NDArray[Any]:
        """The vectors (n,d) of copies of the pictures, themselves copied, so that no check sees what another is after."""
        return np.array(self.thing.describe(copied(pictures)))


def descriptor_checks(
    descriptor: Any, *, variants: Mapping[str, Any] | None = None, import_seconds: float = 0.3, tolerance: float = 1e-5
) -> Callable[..., None]:
    """A test function with one named pytest case for every promise that a descriptor makes; assign it to a `test_` name.

    `descriptor` is a descriptor, its class, or a function that makes one. `variants` gives a second legal value for
    parameters where guessing one fails. Values that are floats may differ between a batch and a single picture by
    `tolerance` times the largest of the row; importing the descriptor's module may take `import_seconds`.
    """
    return cases(CHECKS, DescriptorUnderTest(descriptor, variants or {}, import_seconds, tolerance))


def copied(pictures: Any) -> Any:
    """A deep copy of what `describe` is handed."""
    return [array.copy() for array in pictures] if isinstance(pictures, list) else pictures.copy()


def check_check(subject: DescriptorUnderTest) -> None:
    """`check`, where there is one, gives nothing: it raises a UsageError where the descriptor cannot work."""
    check = getattr(subject.thing, "check", lambda: None)
    assert (found := check()) is None, f"check() gave {found!r}; it raises UsageError, or gives None"


def check_picklable(subject: DescriptorUnderTest) -> None:
    """It reaches worker processes: pickled and unpickled, it has the same key and gives the same bytes."""
    again = pickle.loads(pickle.dumps(subject.thing))
    assert descriptor_key(again) == descriptor_key(subject.thing), "unpickled, it has another key"
    same = np.array(again.describe(copied(subject.mixed))).tobytes() == subject.describe(subject.mixed).tobytes()
    assert same, "unpickled, it gives another result"


def check_shapes(subject: DescriptorUnderTest) -> None:
    """The result is an array (n,d) with the same d for every n."""
    width = None
    for n in (1, 2, 7):
        X = subject.thing.describe(copied(subject.mixed[:n]))
        assert isinstance(X, np.ndarray), f"describe returned a {type(X).__name__}, not a numpy array"
        assert X.ndim == 2 and len(X) == n and X.shape[1] > 0, f"{n} pictures gave shape {X.shape}, not ({n}, d)"
        width = width or X.shape[1]
        assert X.shape[1] == width, f"1 picture gave {width} columns, {n} gave {X.shape[1]}"


def check_dtype(subject: DescriptorUnderTest) -> None:
    """The dtype is the one that the descriptor declares, else that of its metric."""
    dtype, wanted = subject.describe(subject.mixed[:3]).dtype, vector_dtype(subject.thing)
    assert dtype == wanted, f"the dtype is {dtype}; it is {wanted} unless the attribute `dtype` says otherwise"


def check_empty(subject: DescriptorUnderTest) -> None:
    """No pictures give an array (0,d) of the usual d and dtype."""
    usual, X = subject.describe(subject.mixed[:3]), subject.describe(subject.mixed[:0])
    assert X.shape == (0, usual.size // 3), f"no pictures gave shape {X.shape}, not (0, {usual.size // 3})"
    assert X.dtype == usual.dtype, f"no pictures gave {X.dtype}, some give {usual.dtype}"


def check_deterministic(subject: DescriptorUnderTest) -> None:
    """The same pictures give the same bytes again, and a result stays as it is when the next is made."""
    result = subject.thing.describe(copied(subject.mixed))
    first = np.array(result)
    subject.thing.describe(copied(subject.mixed)[::-1])
    assert first.tobytes() == result.tobytes(), "the result of one call is overwritten by the next"
    assert first.tobytes() == subject.describe(subject.mixed).tobytes(), "the same pictures gave two results"


def check_fresh_process(subject: DescriptorUnderTest) -> None:
    """A new process gives the same bytes."""
    try:
        task = pickle.dumps((subject.thing, subject.mixed))
    except Exception as error:
        raise SkipTest("it cannot be pickled, see the case `picklable`") from error
    code = (
        "import pickle, numpy\nd, pictures = pickle.loads(given[0])\nout = numpy.array(d.describe(pictures)).tobytes()"
    )
    assert fresh(code, task) == subject.describe(subject.mixed).tobytes(), "a new process gave another result"


def check_batch_equals_single(subject: DescriptorUnderTest) -> None:
    """A picture's values do not depend on the pictures beside it: exactly for bits, nearly for floats."""
    batch, turned = subject.describe(subject.mixed), subject.describe(subject.mixed[::-1])[::-1]
    for i, row in enumerate(batch):
        single = subject.describe(subject.mixed[i : i + 1])
        assert single.size == row.size, f"a single picture has {single.size} values, in a batch {row.size}"
        assert _same(row, single.ravel(), subject.tolerance), f"picture {i} is described differently alone"
        assert _same(row, turned[i], subject.tolerance), f"picture {i} is described differently in another order"


def _same(a: NDArray[Any], b: NDArray[Any], tolerance: float) -> bool:
    if a.dtype.kind == "f":
        return bool(np.allclose(a, b, rtol=0, atol=tolerance * np.abs(np.nan_to_num(a)).max(), equal_nan=True))
    slack = 1 if a.dtype == np.int8 else 0  # quantised floats: a value on the edge may fall to either side
    return bool((np.abs(a.astype(np.int64) - b.astype(np.int64)) <= slack).all())


def check_input_unchanged(subject: DescriptorUnderTest) -> None:
    """The pictures handed over are not written to, for other descriptors are handed the same; so they come read-only."""
    handed = copied(subject.mixed)
    subject.thing.describe(handed)
    assert len(handed) == len(subject.mixed), "describe changed the list that it was handed"
    assert all(np.array_equal(a, b) for a, b in zip(handed, subject.mixed, strict=True)), "describe changed its input"
    for array in handed if isinstance(handed, list) else [handed]:
        array.flags.writeable = False
    same = np.array(subject.thing.describe(handed)).tobytes() == subject.describe(subject.mixed).tobytes()
    assert same, "read-only pictures are described differently"


def check_finite(subject: DescriptorUnderTest) -> None:
    """No picture gives NaN or infinity, also none that is blank."""
    for kind, X in (
        ("photos", subject.describe(subject.photos)),
        ("photos and plain ones", subject.describe(subject.mixed)),
    ):
        bad = np.flatnonzero(~np.isfinite(X.astype(np.float64)).all(axis=tuple(range(1, X.ndim))))
        assert not len(bad), (
            f"{len(bad)} of {len(X)} pictures ({kind}) gave NaN or infinity, the first of them number {bad[0]}"
        )


def distances(metric: str | Metric, A: NDArray[Any], B: NDArray[Any]) -> NDArray[np.float64]:
    """All distances float64 (n,m) between the rows of A (n,d) and B (m,d), written down a second time, for the kit only."""
    if isinstance(metric, Metric):
        return np.asarray(metric.block(A.copy(), B.copy())).astype(np.float64)
    if metric == "hamming":
        return np.asarray(np.bitwise_count(A[:, None, :] ^ B[None, :, :]).sum(2), np.float64)
    X, Y = A.astype(np.float64), B.astype(np.float64)
    if metric == "l2":
        return np.asarray(np.sqrt(((X[:, None, :] - Y[None, :, :]) ** 2).sum(2)))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(1 - (X @ Y.T) / (np.linalg.norm(X, axis=1)[:, None] * np.linalg.norm(Y, axis=1)[None, :]))


def check_identity(subject: DescriptorUnderTest) -> None:
    """The distance from a photo to itself is 0."""
    X = subject.describe(subject.photos)
    own = np.diagonal(distances(subject.thing.metric, X, X))
    assert (np.abs(own) <= NEARLY_ZERO).all(), f"the distance from a photo to itself is up to {np.max(np.abs(own))}"


def check_symmetry(subject: DescriptorUnderTest) -> None:
    """There and back are equally far."""
    X = subject.describe(subject.photos)
    A, B = X[: PHOTOS // 2], X[PHOTOS // 2 :]
    there, back = distances(subject.thing.metric, A, B), distances(subject.thing.metric, B, A).T
    assert np.allclose(there, back, rtol=NEARLY_ZERO, atol=NEARLY_ZERO, equal_nan=True), "d(a, b) is not d(b, a)"


def check_mild_jpeg(subject: DescriptorUnderTest) -> None:
    """A photo saved as a JPEG of quality 80 is nearer than another photo, in 99 of 100 comparisons."""
    X = subject.describe(subject.photos)
    J = subject.describe(images([mild_jpeg(i) for i in range(PHOTOS)], subject.thing.decode))
    own = np.diagonal(distances(subject.thing.metric, X, J))
    others = distances(subject.thing.metric, X, X)[~np.eye(PHOTOS, dtype=bool)].reshape(PHOTOS, PHOTOS - 1)
    share = float((own[:, None] < others).mean())
    assert share >= NEARER_SHARE, f"a photo's mild JPEG is nearer than another photo in {share:.1%} of comparisons only"


CHECKS = tested.CHECKS | checks_in(globals())
