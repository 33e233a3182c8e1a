"""`copy:model=FILE`: a network that `dedupe train copy` made, from pictures to vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe import Decode, PictureError, UsageError
from dedupe_cnn.copy_file import OUTPUT
from dedupe_cnn.features import Vectors
from dedupe_cnn.head import kept
from dedupe_cnn.lite0 import INPUT
from dedupe_cnn.session import run
from dedupe_cnn.trained import OfFile


def decode(side: int) -> Decode:
    """The whole picture at the network's side, its proportions ignored."""
    return Decode((side, side), "RGB", resample="bilinear")


def vectors(model: Path, images: NDArray[np.uint8], width: int, device: str = "cpu") -> Vectors:
    """Pictures u8 (n,s,s,3) to vectors of unit length, float32 (n,width)."""
    if not len(images):
        return np.zeros((0, width), np.float32)
    (found,) = run(model, INPUT, images, (OUTPUT,), device=device)
    return found


class CopyModel(OfFile):
    """A network trained by `copy`, asked for as -d FILE.onnx (see `Head` for dtype and metric).

    A model that its manifest does not know is refused, and so is one that, tried once, does not give what the manifest says.
    """

    name = "copy"

    @property
    def version(self) -> str:
        """Names the model's file; "none" without one. Raises UsageError for a bad manifest."""
        return f"1.{self._digest}"

    @property
    def decode(self) -> Decode:  # type: ignore[override] # heads look at one size
        """The whole picture at the size that the network was trained at. Raises UsageError for a bad manifest."""
        return decode(224 if self.model is None else self._side())

    def check(self) -> None:
        """Raises UsageError where no model is named, or one that cannot be used: the sentence says why."""
        side, width = self._side(), int(self._manifest()["dimensions"])
        try:
            found = vectors(self._known(), np.full((1, side, side, 3), 127, np.uint8), width)
        except PictureError as error:
            raise UsageError(str(error)) from None
        except MemoryError:
            raise
        except Exception as error:
            raise UsageError(
                f"{self.model} cannot be used as a network that `dedupe train copy` made: {error}."
            ) from None
        if found.shape != (1, width) or not np.isfinite(found).all():
            raise UsageError(
                f"{self.model} does not give the {width} finite numbers that its manifest says; train it again."
            )

    def describe(self, images: NDArray[np.uint8]) -> NDArray[Any]:
        """Pictures u8 (n,s,s,3) to float32 or int8 (n,d), or to packed bits u8 (n,d/8)."""
        width = int(self._manifest()["dimensions"])
        assert self.model is not None, "a manifest was read beside it"
        return kept(vectors(self.model, images, width, self.device), self.dtype, median=False)

    def _side(self) -> int:
        side = self._manifest()["details"].get("side")
        if type(side) is not int or not 32 <= side <= 1024:
            raise UsageError(
                f"The manifest of {self.model} does not say at what side pictures are to be seen; train it again."
            )
        return side
