"""Pictures to columns: batches for speed, one by one when something is wrong, so that only the guilty picture fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe.decode.picture import Picture, image_for
from dedupe.describe.workers.shapes import Column, vector_dtype
from dedupe.errors import PictureError, said
from dedupe.model import Decode
from dedupe.processes.slots import MANY

PICTURES = 32
BYTES = 64 << 20
"""A batch is described when it has so many pictures, or so many bytes of pixels."""

Request = tuple[Decode, str, str, str]
"""What is asked for, the turn, the region, the distortion."""

Images = dict[Request, NDArray[np.uint8]]


class Describer:
    """Collects pictures and describes them; `announce(index, column)` is called before each call of a descriptor."""

    def __init__(
        self, columns: Sequence[Column], dead: Mapping[int, str], announce: Callable[[int, int], None]
    ) -> None:
        self._columns, self._dead, self._announce = columns, dead, announce
        self._requests: list[Request] = [(c.descriptor.decode, c.turn, c.region, c.distorted) for c in columns]
        self._widths: dict[int, int] = {}
        self._waiting: list[tuple[int, int, int, Images]] = []
        self._bytes = 0
        self.vectors: list[tuple[list[int], list[NDArray[Any]]]] = []
        self.failures: list[tuple[int, PictureError]] = []
        self.clear()

    def clear(self) -> None:
        """Forgets what has been described."""
        self.vectors = [([], []) for _ in self._columns]
        self.failures = []

    def add(self, index: int, row: int, mask: int, picture_of: Callable[[Column], Picture]) -> None:
        """Takes what the columns in `mask` ask of a picture; `picture_of` gives the one that a column is about.

        A distorted copy that cannot be had costs its columns alone. Raises PictureError for the picture itself.
        """
        images: Images = {}
        for number, (column, request) in enumerate(zip(self._columns, self._requests, strict=True)):
            if mask >> number & 1 and request not in images:
                try:
                    images[request] = image_for(picture_of(column), *request[:3])
                except PictureError as error:
                    if column.distortion is None:
                        raise
                    self.failures.append((index, error))
                    mask &= ~sum(1 << n for n, other in enumerate(self._requests) if other == request)
        self._waiting.append((index, row, mask, images))
        self._bytes += sum(image.nbytes for image in images.values())

    @property
    def full(self) -> bool:
        """Whether it is time to flush."""
        return len(self._waiting) >= PICTURES or self._bytes >= BYTES

    def flush(self) -> None:
        """Describes all pictures that wait."""
        waiting, self._waiting, self._bytes = self._waiting, [], 0
        stacks: dict[tuple[Request, tuple[int, ...]], Any] = {}
        for column, request in enumerate(self._requests):
            chosen = [(index, row, images[request]) for index, row, mask, images in waiting if mask >> column & 1]
            if not chosen:
                continue
            rows = tuple(row for _, row, _ in chosen)
            images = stacks.setdefault((request, rows), None)
            if images is None:
                images = stacks[request, rows] = stacked(request[0], [image for _, _, image in chosen])
            self._column(column, [index for index, _, _ in chosen], rows, images)

    def _column(self, column: int, index: Sequence[int], rows: Sequence[int], images: Any) -> None:
        if column in self._dead:
            how = "took too long" if self._dead[column] == "timeout" else "crashed"
            self._fail(index, PictureError(self._dead[column], f"{self._name(column)} {how} when it was tried."))
            return
        X = self._attempt(column, index, images)
        if isinstance(X, PictureError):  # by now all is let go that the attempt held, memory above all
            if len(index) > 1:
                for i in range(len(index)):
                    self._column(column, index[i : i + 1], rows[i : i + 1], images[i : i + 1])
            else:
                self._fail(index, X)
            return
        if X.dtype.kind == "f" and not (finite := np.isfinite(X).all(axis=1)).all():
            sentence = f"{self._name(column)} gave values that are no finite numbers."
            good = finite.tolist()
            self._fail(
                [i for i, fine in zip(index, good, strict=True) if not fine], PictureError("not_finite", sentence)
            )
            rows, X = [row for row, fine in zip(rows, good, strict=True) if fine], X[finite]
        self.vectors[column][0].extend(rows)
        self.vectors[column][1].append(X)

    def _attempt(self, column: int, index: Sequence[int], images: Any) -> NDArray[Any] | PictureError:
        try:
            return self.describe(column, index[0] if len(index) == 1 else MANY, images)
        except Exception as error:
            return self._refusal(column, error)

    def describe(self, column: int, index: int, images: Any) -> NDArray[Any]:
        """What the descriptor makes of the images, made sure of. Raises PictureError, and what the descriptor raises."""
        self._announce(index, column)
        descriptor = self._columns[column].descriptor
        X = descriptor.describe(images)
        wanted = vector_dtype(descriptor)
        if not isinstance(X, np.ndarray) or X.dtype != wanted:
            found = X.dtype if isinstance(X, np.ndarray) else type(X).__name__
            raise PictureError("wrong_dtype", f"{self._name(column)} gave {found}, not an array of {wanted}.")
        width = self._widths.get(column, X.shape[-1] if X.ndim == 2 else 0)
        if X.shape != (len(images), width) or not width:
            wanted_shape = f"({len(images)}, {width or 'd'})"
            raise PictureError("wrong_shape", f"{self._name(column)} gave an array {X.shape}, not {wanted_shape}.")
        self._widths[column] = width
        return np.ascontiguousarray(X)

    def _refusal(self, column: int, error: Exception) -> PictureError:
        if isinstance(error, PictureError):
            return PictureError(error.reason, str(error))
        if isinstance(error, MemoryError):
            return PictureError("memory", f"{self._name(column)} takes more memory than a worker may use.")
        return PictureError("raised", f"{self._name(column)} raised {said(error)[:250]}")

    def _fail(self, index: Sequence[int], error: PictureError) -> None:
        self.failures.extend((each, error) for each in index)

    def _name(self, column: int) -> str:
        descriptor = self._columns[column].descriptor
        return f"The descriptor {descriptor.name} ({type(descriptor).__module__})"


def stacked(decode: Decode, images: list[NDArray[np.uint8]]) -> Any:
    """What `describe` is handed: one read-only array (n,h,w[,3]), or the list of arrays where no size was asked for."""
    if decode.size is None:
        return images
    stack = np.stack(images)
    stack.flags.writeable = False
    return stack
