"""A distortion applied to a picture, with what it draws and what it returns made sure of."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dedupe.errors import DedupeError, PictureError

if TYPE_CHECKING:
    from dedupe.model import Distortion

Pixels: TypeAlias = NDArray[np.uint8]


def generator(digest: bytes, key: str, seed: int = 0) -> np.random.Generator:
    """What a distortion draws from for one picture: by its content's digest, the distortion's key, and a seed."""
    from blake3 import blake3

    mixed = blake3(digest + key.encode() + (b" %d" % seed if seed else b"")).digest()
    return np.random.default_rng(int.from_bytes(mixed[:16], "little"))


def named(distortion: Distortion, path: bytes) -> Distortion:
    """The distortion, which draws the name of that file where it is one that draws names."""
    of = getattr(distortion, "named", None)
    if of is None:
        return distortion
    made: Distortion = of(os.path.basename(path).decode("utf-8", "replace"))
    return made


def apply(distortion: Distortion, image: Pixels, rng: np.random.Generator) -> Pixels:
    """The distorted copy, u8 (h',w',3) C-contiguous and the caller's own, of a picture u8 (h,w,3), which stays as it is.

    Raises PictureError: the distortion's own, `raised` for whatever else it raises, `wrong_shape` or `wrong_dtype` for a
    result that is no picture, `memory`; and DedupeError that a distortion raises for want of what it needs.
    """
    view = np.ascontiguousarray(image).view()
    view.flags.writeable = False
    try:
        result = distortion.apply(view, rng)
    except DedupeError:
        raise
    except MemoryError:
        raise PictureError("memory", f"{distortion.name} takes more memory than there is.") from None
    except Exception as error:
        text = " ".join(str(error).split())[:200]
        raise PictureError("raised", f"{distortion.name} raised {type(error).__name__}: {text}") from error
    return _picture(distortion, result, image)


def _picture(distortion: Distortion, result: object, image: Pixels) -> Pixels:
    if not isinstance(result, np.ndarray) or result.dtype != np.uint8:
        found = result.dtype if isinstance(result, np.ndarray) else type(result).__name__
        raise PictureError("wrong_dtype", f"{distortion.name} gave {found}, not an array of uint8.")
    if result.ndim != 3 or result.shape[2] != 3 or not result.size:
        raise PictureError("wrong_shape", f"{distortion.name} gave an array {result.shape}, not (h, w, 3).")
    own = result.flags.c_contiguous and result.flags.writeable and not np.may_share_memory(result, image)
    return result if own else result.copy(order="C")
