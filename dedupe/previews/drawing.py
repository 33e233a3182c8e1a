"""Two pictures on one page, the second one as it lies over the first, with what differs marked: made in a child."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dedupe.model import Bytes
from dedupe.previews.page import Page

if TYPE_CHECKING:
    from dedupe.model.observed import Observed

Floats = NDArray[np.float64]

ACROSS, BELOW = (764, 900), (1552, 640)
"""Width and height that one picture has at most, beside the other and above it: a page is at most 1,600 pixels wide."""

WIDE = 2.0
"""Pictures of which one is so many times as wide as high, or more, and the other wider than high, stand one below the other."""

SMALL = 320
"""Smaller pictures are enlarged to so many pixels,"""

BLOCKY = 3.0
"""and where each pixel becomes so many a side, they are shown as squares."""

AROUND = 2.0
"""What lies farther beyond a than so many of its sides is cut off."""

SOURCE = 4096
"""The longest side at which pictures are kept for drawing."""

ABSENT = (228, 228, 224)
"""Where the other picture has something and this one has not."""


@dataclass(frozen=True, slots=True)
class Captions:
    """What is written: the sentence over all, of each picture a name and what it is, and a line below; "" for none."""

    title: str
    names: tuple[str, str]
    about: tuple[str, str]
    below: str


def drawn(a: Bytes, b: Bytes, seen: Observed | None, words: Captions) -> bytes:
    """A PNG of pictures u8 (h,w,3) side by side: b on the frame of a where it was seen how it lies there."""
    a, b = _reduced(a, SOURCE), _reduced(b, SOURCE)
    page = Page(words.title)
    if seen is None:
        below = _stacked(a.shape, b.shape)
        panels = [_alone(one, BELOW if below else ACROSS) for one in (a, b)]
    else:
        frame = Frame.around(a, b, seen)
        below, panels = frame.below, [frame.of_a(a), frame.of_b(b)]
    places = page.panels(panels, words.names, words.about, below=below)
    if seen is not None:
        ends = (1 - seen.shown, frame.corners_b), (seen.beyond, frame.corners_a)
        for place, (more, other) in zip(places, ends, strict=True):
            if more > 0.01:
                page.outline(place, other)
            for box in seen.boxes:
                page.box(place, frame.placed(np.array(box).reshape(2, 2)).ravel())
    page.note(words.below)
    return _png(page)


class Frame:
    """Pixels of a panel in which both pictures lie: that of a, and what b has around it."""

    def __init__(self, low: Floats, high: Floats, scale: Floats, corners: Floats, below: bool) -> None:
        self._low, self._scale, self.below = low, scale, below
        width, height = np.maximum(1, np.round((high - low) * scale)).astype(int)
        self.size = int(width), int(height)
        self.corners_a = self.placed(np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]]))
        self.corners_b = self.placed(corners)

    @classmethod
    def around(cls, a: Bytes, b: Bytes, seen: Observed) -> Frame:
        """The frame of a and of b as it lies over it, as large as there is room and there are pixels."""
        corners = np.array(seen.corners, np.float64)
        low = np.clip(corners.min(axis=0), -AROUND, 0)
        high = np.clip(corners.max(axis=0), 1, 1 + AROUND)
        side = np.array(a.shape[1::-1], np.float64)
        size = (high - low) * side
        below = bool(size[0] > WIDE * size[1])
        room = float((np.array(BELOW if below else ACROSS) / size).min())
        finest = max(1.0, _pixels_of_b(b, corners * side), SMALL / float(size.max()))
        return cls(low, high, side * min(room, finest), corners, below)

    def placed(self, points: Floats) -> Floats:
        """Points (n,2) in shares of a, as pixels of the panel."""
        found: Floats = (points - self._low) * self._scale
        return found

    def of_a(self, image: Bytes) -> Bytes:
        """The panel of a."""
        return self._laid(image, self.corners_a)

    def of_b(self, image: Bytes) -> Bytes:
        """The panel of b."""
        return self._laid(image, self.corners_b)

    def _laid(self, image: Bytes, corners: Floats) -> Bytes:
        import cv2

        scale = float(np.sqrt(_area(corners) / (image.shape[0] * image.shape[1])))
        if scale < 1:  # by area averages first, since a warp takes single pixels
            image = _sized(image, scale)
        height, width = image.shape[:2]
        here = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) - 0.5
        matrix = cv2.getPerspectiveTransform(here, (corners - 0.5).astype(np.float32))
        how = cv2.INTER_NEAREST if scale >= BLOCKY else cv2.INTER_CUBIC
        panel = np.full((self.size[1], self.size[0], 3), ABSENT, np.uint8)
        found: Any = cv2.warpPerspective(
            image, matrix, self.size, dst=panel, flags=how, borderMode=cv2.BORDER_TRANSPARENT
        )
        return found  # type: ignore[no-any-return]


def _pixels_of_b(b: Bytes, corners: Floats) -> float:
    """How many pixels of b, along a side, lie on one of a."""
    area = _area(corners)
    return float(np.sqrt(b.shape[0] * b.shape[1] / area)) if area else 1.0


def _area(corners: Floats) -> float:
    x, y = corners.T
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


def _alone(image: Bytes, room: tuple[int, int]) -> Bytes:
    """A picture as it is, as large as there is room; a small one enlarged."""
    height, width = image.shape[:2]
    scale = min(room[0] / width, room[1] / height, max(1.0, SMALL / max(width, height)))
    return _sized(image, scale)


def _stacked(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    """Whether two pictures (h,w,...) stand one below the other."""
    ratios = sorted(one[1] / one[0] for one in (a, b))
    return ratios[0] > 1 and ratios[1] > WIDE


def _sized(image: Bytes, scale: float) -> Bytes:
    import cv2

    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    how = cv2.INTER_AREA if scale <= 1 else cv2.INTER_NEAREST if scale >= BLOCKY else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, size, interpolation=how))


def _reduced(image: Bytes, side: int) -> Bytes:
    longest = max(image.shape[:2])
    return image if longest <= side else _sized(image, side / longest)


def _png(page: Page) -> bytes:
    from PIL.PngImagePlugin import PngInfo

    about = PngInfo()
    about.add_text("Software", "dedupe compare")
    out = io.BytesIO()
    page.image().save(out, "PNG", pnginfo=about)
    return out.getvalue()
