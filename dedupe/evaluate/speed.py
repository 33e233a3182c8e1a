"""What a descriptor costs a picture, without reading and decoding."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dedupe import config
from dedupe.describe.workers import Column
from dedupe.errors import DedupeError, Interrupted
from dedupe.model import Decode, Decoder, Descriptor, Files, Floats, Ints, Run
from dedupe.plugins.devices import device_of, placed

PICTURES = 32
ROUNDS = 3


@dataclass(frozen=True)
class Timed:
    """A descriptor whose one value is the time that another one takes, so that workers measure as they describe."""

    descriptor: Descriptor

    version: ClassVar = "1"
    metric: ClassVar = "l2"
    threshold: ClassVar = 0.0

    @property
    def name(self) -> str:
        """The other's name."""
        return self.descriptor.name

    @property
    def decode(self) -> Decode:
        """What the other one asks for."""
        return self.descriptor.decode

    @property
    def device(self) -> str:
        """Where the other one runs."""
        return device_of(self.descriptor)

    def on(self, device: str) -> Timed:
        """Says that it may run elsewhere."""
        return Timed(placed(self.descriptor, device))

    def describe(self, images: Any) -> Floats:
        """Processor milliseconds a picture at best of ROUNDS, float32 (n,1), after one call that does not count."""
        self.descriptor.describe(_anew(images))
        times = []
        for _ in range(ROUNDS):
            given = _anew(images)
            start = time.process_time()
            self.descriptor.describe(given)
            times.append(time.process_time() - start)
        return np.full((len(images), 1), 1000 * min(times) / len(images), np.float32)


def _anew(images: Any) -> Any:
    """A copy of the images, for a descriptor may remember what it made of an array that it has seen."""
    return [image.copy() for image in images] if isinstance(images, list) else images.copy()


def milliseconds(
    descriptor: Descriptor,
    files: Files,
    index: Ints,
    decoders: Sequence[Decoder],
    limits: Run,
) -> float | None:
    """Processor milliseconds of `describe` a picture, on at most PICTURES of the files `index` int64 (n,), within the run's
    limits.

    In a worker, and after calls that do not count, so that nothing is compiled or loaded meanwhile. Pictures on which it
    fails or takes too long do not count either; None where there are no others. Raises Interrupted.
    """
    from dedupe.describe.workers import run

    some = index[:: max(1, len(index) // PICTURES)][:PICTURES]
    batches = run(
        files,
        some,
        [Column("", Timed(descriptor), "none")],
        decoders,
        workers=1,
        known=None,
        timeout=limits.file_timeout,
        memory=config.WORKER_MEMORY,
        pixel_cap=limits.max_pixels,
        notify=lambda _: None,
    )
    try:
        times = [float(each) for batch in batches for each in batch.vectors[0][1].ravel()]
    except Interrupted:
        raise
    except DedupeError:  # no worker could be started
        return None
    return sum(times) / len(times) if times else None
