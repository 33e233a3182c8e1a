"""A decoded picture, and what descriptors are handed of it: each request is served once and shared."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np
from PIL import Image

from dedupe.model import Decode, DecodedInfo, Mode
from dedupe.pixels.arrays import packed, pixels, unpacked
from dedupe.pixels.colour import FILTERS, resize
from dedupe.pixels.grey import resize_grey
from dedupe.pixels.taps import IN_ORDER

if TYPE_CHECKING:
    from numpy.typing import NDArray

Pixels: TypeAlias = "Image.Image | NDArray[np.uint8] | NDArray[np.uint32]"

_METHODS = Image.Transpose
_TURN = {
    "hflip": _METHODS.FLIP_LEFT_RIGHT,
    "vflip": _METHODS.FLIP_TOP_BOTTOM,
    "rotate180": _METHODS.ROTATE_180,
    "rotate90": _METHODS.ROTATE_90,
    "rotate270": _METHODS.ROTATE_270,
    "transpose": _METHODS.TRANSPOSE,
    "transverse": _METHODS.TRANSVERSE,
}
_FILTER = {
    "lanczos": Image.Resampling.LANCZOS,
    "bicubic": Image.Resampling.BICUBIC,
    "bilinear": Image.Resampling.BILINEAR,
    "box": Image.Resampling.BOX,
}


class Picture:
    """An upright picture: `luma` u8 (h,w), `rgb` u8 (h,w,3) or None where it was not asked for, `info`. Read-only.

    It is made from such arrays, whole pixels u32 (h,w) or Pillow's pictures of mode "L" and "RGB"; arrays are made when they
    are asked for.
    """

    __slots__ = ("_arrays", "_images", "_regions", "_whole", "info")

    def __init__(self, luma: Pixels, rgb: Pixels | None, info: DecodedInfo) -> None:
        self.info = info
        self._images: dict[tuple[Mode, str], Image.Image] = {}
        self._arrays: dict[tuple[object, ...], NDArray[np.uint8]] = {}
        self._whole: dict[str, NDArray[np.uint32]] = {}
        self._regions: dict[str, Picture] = {}
        self._keep("L", luma)
        if rgb is not None:
            self._keep("RGB", rgb)

    def _keep(self, mode: Mode, given: Pixels) -> None:
        if isinstance(given, Image.Image):
            self._images[mode, "none"] = given
        elif given.dtype == np.uint32:
            self._whole["none"] = cast("NDArray[np.uint32]", given)
        else:
            self._arrays[mode, "none"] = array = np.ascontiguousarray(given, np.uint8).view()
            array.flags.writeable = False

    @property
    def luma(self) -> NDArray[np.uint8]:
        """The grey picture."""
        return self.array("L", "none")

    @property
    def rgb(self) -> NDArray[np.uint8] | None:
        """The picture in colour, or None."""
        return self.array("RGB", "none") if self._colour else None

    @property
    def _colour(self) -> bool:
        return "none" in self._whole or ("RGB", "none") in self._images.keys() | self._arrays.keys()

    def array(self, mode: Mode, turn: str) -> NDArray[np.uint8]:
        """The whole picture in a mode, turned. Raises KeyError for RGB of a picture decoded to grey."""
        key = mode, turn
        if key not in self._arrays:
            self._arrays[key] = pixels(self._image(mode, turn))
        return self._arrays[key]

    def image(self, mode: Mode) -> Image.Image:
        """The whole picture as Pillow's, which must not be changed. Raises KeyError as `array` does."""
        return self._image(mode, "none")

    def region(self, name: str) -> Picture:
        """One of REGIONS as a picture of its own; itself where the name is empty."""
        if not name:
            return self
        if name not in self._regions:
            luma = self.image("L")
            box = _box(name, *luma.size)
            rgb = self.image("RGB").crop(box) if self._colour else None
            self._regions[name] = Picture(luma.crop(box), rgb, self.info)
        return self._regions[name]

    def sized(self, mode: Mode, turn: str, size: tuple[int, int], resample: str) -> NDArray[np.uint8]:
        """The picture turned, then brought to a size (w,h) with that filter, its proportions ignored, as Pillow does it."""
        key = mode, turn, size, resample
        if key not in self._arrays:
            self._arrays[key] = self._resized(mode, turn, size, resample)
        return self._arrays[key]

    def _resized(self, mode: Mode, turn: str, size: tuple[int, int], resample: str) -> NDArray[np.uint8]:
        if mode == "RGB" and resample in FILTERS:
            return resize(self._pixels(turn), size, resample)
        if mode == "L" and resample == "lanczos" and IN_ORDER:
            return resize_grey(self.array("L", turn), size)
        return pixels(self._image(mode, turn).resize(size, _FILTER[resample]))

    def _pixels(self, turn: str) -> NDArray[np.uint32]:
        if turn not in self._whole:
            self._whole[turn] = packed(self._image("RGB", turn))
        return self._whole[turn]

    def _image(self, mode: Mode, turn: str) -> Image.Image:
        key = mode, turn
        if key not in self._images:
            self._images[key] = (
                self._upright(mode) if turn == "none" else self._image(mode, "none").transpose(_TURN[turn])
            )
        return self._images[key]

    def _upright(self, mode: Mode) -> Image.Image:
        whole = self._whole.get("none") if mode == "RGB" else None
        return Image.fromarray(self._arrays[mode, "none"]) if whole is None else unpacked(whole)


def _box(region: str, width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of a window of at least one pixel."""
    _, x, y = region.split("-")
    wide, high = max(1, width // 2), max(1, height // 2)
    left, top = int(x) * (width - wide) // 2, int(y) * (height - high) // 2
    return left, top, left + wide, top + high


def image_for(picture: Picture, decode: Decode, turn: str, region: str = "") -> NDArray[np.uint8]:
    """What a descriptor asked for, u8 (h,w) or (h,w,3), read-only; equal requests of one picture share one array.

    The picture, or one of its REGIONS, is turned first (TURNS), then resized in 8 bit. `picture` must be of the source that
    `decode` names.
    """
    picture = picture.region(region)
    if decode.size is None:
        return picture.array(decode.mode, turn)
    return picture.sized(decode.mode, turn, decode.size, decode.resample)
