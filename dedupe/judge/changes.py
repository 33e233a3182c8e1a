"""What stands in the one picture and not in the other, where the rest agrees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dedupe.judge.evidence import Evidence, pixels_of
from dedupe.judge.tone import CELLS
from dedupe.model.judgement import Box

Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]

REACH = 16
"""How many pixels away, at most, a part is looked for that has moved."""

TRIED = 40
"""So many blocks are looked for, those with most structure in both."""

BOXES, SPECK = 20, 0.05
"""So many pieces get a box, and none that has a smaller share of the largest one's blocks."""

CHANGED = 24
"""A pixel is changed if a channel differs by more than so many levels."""

STAIN = 25
"""No codec shifts the colour of a cell and its neighbours by so many levels."""

PAINT, FLAT = 18, 0.6
"""What was painted over a picture has colours so many levels off, and so much of it has one; a thing that was dyed has shades."""

MARGIN = 8
"""Pixels farther away make no difference to the slope of a soft edge."""

THIN = 7
"""Lines of fewer pixels are thin, as those of letters are."""

VEIL_PIXELS, VEIL_LEVELS = 30, 16
"""Fewer pixels say nothing of a veil; one is under it that is off by fewer levels."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is apart: its `box` in shares of the canvas, the share of its blocks that only moved, whether it is one compact
    piece, the share of its blocks that have structure in both, how much of it has one colour in a and in b, as what is laid
    over a picture has, the share of the edges around it that the one has which has more of them, `edged`, and of its pixels
    that are those of the other under a light `veil`; `added`: over which of the two, "a" or "b", something was laid, as far
    as that can be told; `solid`: how much of it is left without lines that are thin.
    """

    box: Box
    compact: bool
    filled: float
    moved: float = 0.0
    plain: tuple[float, float] = (0.0, 0.0)
    edged: float = 0.5
    veil: float = 0.0
    added: str = ""
    solid: float = 1.0


def change(found: Evidence) -> Change | None:
    """What is apart in two pictures of which the rest agrees; None where it is no more than noise leaves."""
    blocks, apart = found.blocks, found.apart
    if not differ(found):
        return None
    strength = np.maximum(blocks.a, blocks.b)
    labels, pieces = _pieces(apart)
    areas = pieces[:, cv2.CC_STAT_AREA]
    largest = pieces[np.argmax(areas)]
    density = largest[cv2.CC_STAT_AREA] / (largest[cv2.CC_STAT_WIDTH] * largest[cv2.CC_STAT_HEIGHT])
    compact = bool(areas.max() > 0.7 * areas.sum() and density > 0.5)
    filled = float((np.minimum(blocks.a, blocks.b)[apart] > 0.2 * strength[apart]).mean())
    large = 1 + np.flatnonzero(4 * areas >= areas.max())
    box = box_around(np.isin(labels, large))
    where = changed_pixels(found)
    a, b = found.canvas.a, found.canvas.b
    plain, edged = (one_colour(a[where]), one_colour(b[where])), _edged(a, b, where)
    if found.drawn:  # what moved in it, or lies there as a veil, is other content all the same
        return Change(box, compact, filled, plain=plain, edged=edged)
    veil = max(_veil(a[where], b[where]), _veil(b[where], a[where]))
    added = _added(found, filled, plain)
    return Change(box, compact, filled, _moved(found), plain, edged, veil, added, _solid(where))


def differ(found: Evidence) -> bool:
    """Whether more is apart than noise leaves."""
    blocks, apart = found.blocks, found.apart
    if not apart.any():
        return False
    strength = np.maximum(blocks.a, blocks.b)
    strong = int((apart & (strength > 0.5 * float(np.median(strength[blocks.structured])))).sum())
    if found.drawn:
        return strong > 0
    return strong >= 3 and int(_pieces(apart)[1][:, cv2.CC_STAT_AREA].max()) >= 3


def _pieces(apart: Bools) -> tuple[Any, Any]:
    """The number of the piece of each block, and what OpenCV counts of each piece."""
    _, labels, pieces, _ = cv2.connectedComponentsWithStats(apart.astype(np.uint8), connectivity=8)
    return labels, pieces[1:]


def stain(found: Evidence) -> Box | None:
    """Where colours alone differ by more than codecs make of them; None if nowhere, and if each cell is but a pixel."""
    if min(found.canvas.both.shape) < 2 * CELLS:
        return None
    cells = cv2.blur(found.colour.apart, (3, 3)) > STAIN
    return box_around(cells) if cells.any() else None


def painted(found: Evidence) -> Box | None:
    """Where colours alone differ since text or a shape of one flat colour lies over one of the two; None if nowhere."""
    canvas, cells = found.canvas, cv2.blur(found.colour.apart, (3, 3)) > PAINT
    where = cv2.resize(cells.astype(np.uint8), canvas.both.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    where &= _most_off(canvas.a, canvas.b) > CHANGED
    flat = where.any() and max(one_colour(one[where]) for one in (canvas.a, canvas.b)) > FLAT
    return box_around(cells) if flat else None


def pieces(found: Evidence) -> list[Box]:
    """Boxes around what is apart, in shares of the canvas, the largest first: blocks that lie next to each other are one."""
    if not found.apart.any():
        return []
    near: Any = cv2.dilate(found.apart.astype(np.uint8), np.ones((3, 3), np.uint8))
    _, labels = cv2.connectedComponents(near, connectivity=8)
    counts = np.bincount(labels[found.apart])
    large = [one for one in np.argsort(-counts, kind="stable").tolist() if counts[one] > SPECK * counts.max()]
    return [box_around(found.apart & (labels == one)) for one in large[:BOXES]]


def _solid(where: Bools) -> float:
    changed = where.astype(np.uint8)
    return float(
        cv2.morphologyEx(changed, cv2.MORPH_OPEN, np.ones((THIN, THIN), np.uint8)).sum() / max(1, changed.sum())
    )


def _added(found: Evidence, filled: float, plain: tuple[float, float]) -> str:
    """Over which of the two something was laid: it has structure where the other has none, or one colour."""
    if filled < 0.1:
        a, b = (float(one[found.apart].mean()) for one in (found.blocks.a, found.blocks.b))
        return "b" if b > a else "a"
    least, most = sorted(plain)
    if most < 0.33 or most < 1.75 * least:
        return ""
    return "a" if plain[0] > plain[1] else "b"


def box_around(apart: Bools) -> Box:
    """A box around what is true, at least one, in shares of the width and the height."""
    rows, columns = np.nonzero(apart)
    h, w = apart.shape
    left, right = float(columns.min() / w), float((columns.max() + 1) / w)
    return left, float(rows.min() / h), right, float((rows.max() + 1) / h)


def _moved(found: Evidence) -> float:
    """The share of the blocks that are apart whose content is found nearby: things, or the camera, have moved."""
    a, b = (cv2.GaussianBlur(one, (0, 0), 0.8) for one in found.canvas.greys)
    blocks, size = found.blocks, found.blocks.size
    rows, columns = np.nonzero(found.apart)
    strongest = np.argsort(-np.minimum(blocks.a, blocks.b)[rows, columns], kind="stable")[:TRIED]
    tried = moved = 0
    for row, column in zip(rows[strongest].tolist(), columns[strongest].tolist(), strict=True):
        top, left = max(0, row * size - size // 2), max(0, column * size - size // 2)
        part = a[top : row * size + size + size // 2, left : column * size + size + size // 2]
        above, before = max(0, top - REACH), max(0, left - REACH)
        around = b[above : top + part.shape[0] + REACH, before : left + part.shape[1] + REACH]
        if part.std() < 3:
            continue
        likeness = cv2.matchTemplate(around, part, cv2.TM_CCOEFF_NORMED)
        tried += 1
        moved += bool(likeness.max() > 0.85 and likeness.max() > likeness[top - above, left - before] + 0.15)
    return moved / max(1, tried)


def changed_pixels(found: Evidence) -> Bools:
    """The pixels that are changed, in and around the blocks that are apart."""
    canvas = found.canvas
    where = pixels_of(found.apart, found.blocks.size, canvas.both.shape) & canvas.both
    some: Bools = where & (_most_off(canvas.a, canvas.b) > CHANGED)
    return some


def _most_off(a: Bytes, b: Bytes) -> Any:
    """By how many levels the channel differs that differs most, u8 (h,w)."""
    red, green, blue = cv2.split(cv2.absdiff(a, b))
    return cv2.max(cv2.max(red, green), blue)


def _edged(a: Bytes, b: Bytes, where: Bools) -> float:
    """The share of the edges around changed pixels that the one has which has more of them.

    What is laid over a picture has its edges in that picture alone; what moved has them where it was in one, and where it is in
    the other.
    """
    p, q = edges_around(a, b, where)
    return max(p, q) / (p + q) if p + q else 0.5


def edges_around(a: Bytes, b: Bytes, where: Bools) -> tuple[float, float]:
    """How strong the edges around changed pixels are in a and in b."""
    solid = cv2.morphologyEx(where.astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    around = cv2.morphologyEx(solid, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    if not around.any():
        return 0.0, 0.0
    part = _part(around)
    return float(slopes(a[part])[around[part]].sum()), float(slopes(b[part])[around[part]].sum())


def _part(some: Bools) -> tuple[slice, slice]:
    """The rows and columns of some pixels, with what is near enough to count for their slopes."""
    rows, columns = (np.flatnonzero(some.any(axis=axis)) for axis in (1, 0))
    return slice(max(0, rows[0] - MARGIN), rows[-1] + MARGIN + 1), slice(
        max(0, columns[0] - MARGIN), columns[-1] + MARGIN + 1
    )


def slopes(rgb: Bytes) -> Any:
    """How steep a picture u8 (h,w,3) is, of all channels, float32 (h,w)."""
    soft = cv2.GaussianBlur(rgb, (0, 0), 0.7).astype(np.float32)
    across, down = (cv2.Sobel(soft, cv2.CV_32F, *axes, ksize=1) for axes in ((1, 0), (0, 1)))
    red, green, blue = cv2.split(across * across + down * down)
    return np.sqrt(red + green + blue)


def _veil(under: Bytes, over: Bytes) -> float:
    """The share of pixels u8 (n,3) of `over` that are those of `under` mixed with one light colour, as watermarks are."""
    if len(under) < VEIL_PIXELS:
        return 0.0
    x, y = under.astype(np.float32), over.astype(np.float32)
    weights = np.ones(len(x), np.float32)
    for _ in range(6):  # what is mixed otherwise counts less and less
        p, q = (x - np.average(x, axis=0, weights=weights), y - np.average(y, axis=0, weights=weights))
        share = float((weights[:, None] * p * q).sum() / max(1.0, float((weights[:, None] * p * p).sum())))
        off = np.abs(q - share * p).max(axis=1)
        weights = 1 / (1 + (off / VEIL_LEVELS) ** 2)
    colour = np.average(y - share * x, axis=0, weights=weights) / max(0.01, 1 - share)
    light = 0.2 < share < 0.85 and 128 < float(colour.mean()) < 300
    return float((off < VEIL_LEVELS).mean()) if light else 0.0


def one_colour(pixels: Bytes) -> float:
    """The largest share of pixels u8 (n,3) that lie within 16 levels in each channel."""
    if not len(pixels):
        return 0.0
    cells = np.bincount((pixels // 8).astype(np.int64) @ [1024, 32, 1], minlength=1 << 15).reshape(32, 32, 32)
    for axis in range(3):
        cells = cells.take(range(1, 32), axis) + cells.take(range(31), axis)
    return float(cells.max() / len(pixels))
