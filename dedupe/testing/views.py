"""Made-up pictures for trainers that are fed pictures."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

from dedupe.model import PictureTrainer, Views


class MadePictures:
    """So many different pictures as a trainer wants them, with lighter, darker and noisy copies, in read-only batches; after
    `breaks` batches it fails.
    """

    def __init__(self, trainer: PictureTrainer, pictures: int, breaks: int | None = None) -> None:
        self._trainer, self._count, self._breaks = trainer, pictures, breaks

    def __len__(self) -> int:
        return self._count

    def digest(self) -> str:
        """Which pictures these are."""
        return f"made up: {self._count}"

    def epoch(self, number: int, batch: int = 64) -> Iterator[Views]:
        """All of them once, in an order that the seed and the number draw."""
        order = np.random.default_rng([self._trainer.seed, number]).permutation(self._count)
        for at in range(0, self._count, batch):
            if at // batch == self._breaks:
                raise OSError("the pictures broke off")
            some = order[at : at + batch]
            every = [self._views(number, int(one)) for one in some]
            pictures, copies = (np.stack(each) for each in zip(*every, strict=True))
            pictures.flags.writeable = copies.flags.writeable = False
            yield Views(some, pictures, copies)

    def _views(self, epoch: int, number: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """A picture and its copies."""
        decode, copies = self._trainer.decode, self._trainer.copies
        assert decode.size is not None, "the contract asks for one"
        picture = _picture(number, decode.size, decode.mode)
        rng = np.random.default_rng([self._trainer.seed, epoch, number])
        shape = (copies, *picture.shape)
        light = rng.uniform(0.8, 1.2, (copies, *(1,) * picture.ndim))
        changed = picture * light + rng.normal(0, 8, shape)
        return picture, np.clip(changed, 0, 255).astype(np.uint8)


@cache
def _picture(number: int, size: tuple[int, int], mode: str) -> NDArray[np.uint8]:
    """A smooth picture that no other number has."""
    from PIL import Image

    spots = np.random.default_rng(number).integers(0, 256, (6, 6, 3), np.uint8)
    return np.asarray(Image.fromarray(spots).convert(mode).resize(size, Image.Resampling.BICUBIC))
