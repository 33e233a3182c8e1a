"""What trainers that are fed pictures and the host agree on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from dedupe.model.contract import Decode, Manifest, Named

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Views:
    """Some pictures as `decode` asked for them, u8 (n,h,w[,3]), and k distorted copies of each, u8 (n,k,h,w[,3]).

    `numbers` int64 (n,) says which pictures these are, from 0 to their count: the same in each epoch.
    """

    numbers: NDArray[np.int64]
    pictures: NDArray[np.uint8]
    copies: NDArray[np.uint8]


class Pictures(Protocol):
    """The different pictures that there are to learn from; no more than a few batches of them are in memory."""

    def __len__(self) -> int:
        """How many pictures there are; an epoch lacks those that can no longer be read, or not be distorted."""
        ...

    def digest(self) -> str:
        """Which pictures these are, as "blake3:HEX": a training that goes on compares it."""
        ...

    def epoch(self, number: int, batch: int = 64) -> Iterator[Views]:
        """All pictures once, at most `batch` at a time; the trainer's seed and the number alone decide in which order they come
        and what their copies are.

        Raises Interrupted after SIGINT, DedupeError where no worker can be started.
        """
        ...


@runtime_checkable
class PictureTrainer(Named, Protocol):
    """What learns a descriptor from pictures; `decode`, with a size, says how it wants them.

    With each come `copies` distorted ones, by different `distortions` (as --distortions takes them: a plugin's too) while there
    are enough, drawn by `seed`; they are made of what `decode.source` names. With no copies `distortions` may be "".
    """

    @property
    def decode(self) -> Decode: ...
    @property
    def distortions(self) -> str: ...
    @property
    def copies(self) -> int: ...
    @property
    def seed(self) -> int: ...

    def fit(self, pictures: Pictures, out: Path, progress: Callable[[str, int, int], None]) -> Manifest:
        """Learns from the pictures and writes the artefact `out`; the manifest's `base` is what it stands upon, if anything."""
        ...
