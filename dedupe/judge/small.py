"""Pictures of few pixels, thumbnails and icons: too small for blocks and keypoints, they are compared as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dedupe.judge import words
from dedupe.judge.align import turned
from dedupe.judge.canvas import canvas, turned_pixels
from dedupe.judge.edges import SMALL, edges, nearest
from dedupe.judge.look import Look
from dedupe.model import TURNS
from dedupe.model.judgement import Judgement

NEAR = 0.25
"""The distance of edges within which two photos are one shot. Measured on CIFAR-10's cats, dogs and trucks (45 million pairs of a
test and a training picture): 114 pairs within it, of whose 88 test pictures 84 were the same shot when looked at; no pair of
different classes; of 2,100 changed copies (JPEG 80, scaled by 1.1 and back, 10 % brighter or darker, shifted by a pixel) all.
"""

SAVED = 0.04
"""And that within which nothing but a codec, or other tones, lies between them: JPEG 50 leaves 0.03 at most, and a cut by one
pixel of 32 on each side 0.047 at least (150 thumbnails).
"""

TRIED = 0.15
"""The same where other turns than the one proposed are tried, and parts: a copy lies well within it."""

PARTS = (0.94, 0.88, 0.82)
"""The shares of a side that are tried as parts cut out of the middle."""

SCENE = 0.4
"""Up to there two photos may be shots of one scene,"""

LAYOUT = 0.5
"""and two graphics have one layout."""

PHOTO = 24
"""The least pixels along the longer side of which the edges of a photo tell anything."""

BORDER = 0.5
"""The share of a graphic's border that has exactly one colour, where a photo's codec leaves 0.4 at most."""

SAME_SIZE, OTHER_SIZE = (15.0, 25.0), (20.0, 30.0)
"""Levels of grey and of colour that a codec leaves between two copies in the mean of a few pixels, and scaling with it.
Chosen on 1,000 icons of 16x16 pixels and 1,500 glyphs: of the copies of 250 icons (JPEG 95 and 70, WebP 80, half and double
size) it knows 94 to 100 %, and takes no two of the 500,000 pairs of icons for copies; of a million of glyphs three.
"""

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]


def is_small(a: Look, b: Look) -> bool:
    """Whether two pictures are compared here."""
    return min(max(a.width, a.height), max(b.width, b.height)) < SMALL


def judge_small(a: Look, b: Look, turn: str) -> Judgement:
    """What two pictures of which one is small are to each other; b was proposed turned so."""
    both = canvas(a.small, b.small, turned(turn))
    x, y = both.a, both.b
    scaled = (a.width, a.height) != (b.width, b.height)
    bent = _stretched(a.small, turned_pixels(b.small, turn))
    distance, moved = nearest(edges(x), edges(y))
    agree = max(0.0, 1 - distance)
    graphic = _graphic(a) or _graphic(b) or max(x.shape[:2]) < PHOTO
    if not bent and (graphic or distance <= SAVED) and _codec_explains(x, y, scaled):
        return (
            Judgement("adjusted", "grey", agree, turn)
            if _greyed(x, y)
            else _copy(words.encoding(a, b), [], turn, agree)
        )
    if graphic:
        if distance < LAYOUT:
            return Judgement("variant", "one layout with other content", agree, turn)
        return Judgement("different", "other pictures", agree, turn)
    if distance <= NEAR:
        said = [word for word, so in (("stretched", bent), ("moved a little", moved)) if so]
        tones = _tones(x, y) if distance <= SAVED else None
        if said or tones is None:
            return _copy("", said or ["changed in parts"], turn, agree)
        return Judgement("adjusted", tones, agree, turn) if tones else _copy(words.encoding(a, b), [], turn, agree)
    for other, why in _tried(x, b.small, turn):
        return _copy("", [why], other, agree)
    if distance <= SCENE:
        return Judgement("similar", "another shot of one scene", agree, turn)
    return Judgement("different", "other pictures", agree, turn)


def _tried(x: Bytes, b: Bytes, turn: str) -> Iterator[tuple[str, str]]:
    """Other turns of b, and parts that one is of the other, by which they are one picture, with words for it."""
    there = edges(x)
    for other in TURNS:
        if other != turn and nearest(there, edges(turned_pixels(b, other)))[0] <= TRIED:
            yield other, "mirrored" if other == "hflip" else "turned or mirrored"
    y = turned_pixels(b, turn)
    for share in PARTS:
        if (
            nearest(edges(_middle(x, share)), edges(y))[0] <= TRIED
            or nearest(there, edges(_middle(y, share)))[0] <= TRIED
        ):
            yield turn, f"cropped to {100 * share * share:.0f} % of the area"


def _middle(image: Bytes, share: float) -> Bytes:
    """The middle of a picture, enlarged to the size of all of it."""
    height, width = image.shape[:2]
    shape = np.array([[1 / share, 0, width / 2 * (1 - 1 / share)], [0, 1 / share, height / 2 * (1 - 1 / share)]])
    found: Any = cv2.warpAffine(image, shape, (width, height), flags=cv2.INTER_LINEAR)
    return found  # type: ignore[no-any-return]


def _copy(encoding: str, changed: list[str], turn: str, agree: float) -> Judgement:
    said = ["turned or mirrored"] * (turn != "none" and not any("mirrored" in one for one in changed)) + changed
    return Judgement("edited", words.joined(said), agree, turn) if said else Judgement("re-encoded", encoding, agree)


def _codec_explains(x: Bytes, y: Bytes, scaled: bool) -> bool:
    """Whether what is left between two pictures u8 (h,w,3) is noise of a codec, which lies everywhere, and no other content."""
    left = cv2.cvtColor(x, cv2.COLOR_RGB2YCrCb).astype(np.float32) - cv2.cvtColor(y, cv2.COLOR_RGB2YCrCb)
    grey = float(np.abs(cv2.blur(left[..., 0], (3, 3))).max())
    colour = float(np.abs(cv2.blur(left[..., 1:], (5, 5))).max())
    most_grey, most_colour = OTHER_SIZE if scaled else SAME_SIZE
    if not scaled:
        most_grey = min(most_grey, 3 + 2 * float(np.abs(left[..., 0]).mean()))
        most_colour = min(most_colour, 6 + 4 * float(np.abs(left[..., 1:]).mean()))
    return bool(grey <= most_grey and colour <= most_colour)


def _greyed(x: Bytes, y: Bytes) -> bool:
    """Whether one of the two has no colour, and the other has."""
    weak, strong = sorted(
        float(cv2.cvtColor(one, cv2.COLOR_RGB2YCrCb)[..., 1:].std(axis=(0, 1)).max()) for one in (x, y)
    )
    return bool(weak < 1 and strong > 2)


def _tones(x: Bytes, y: Bytes) -> str | None:
    """In words, what of tones and colours is not the same; None where more than these is not."""
    a, b = (cv2.blur(cv2.cvtColor(one, cv2.COLOR_RGB2YCrCb).astype(np.float32), (3, 3)) for one in (x, y))
    gain, lift = np.polyfit(b[..., 0].ravel(), a[..., 0].ravel(), 1)
    if np.abs(gain * b[..., 0] + lift - a[..., 0]).max() > 40:
        return None
    brighter = float((b[..., 0] - a[..., 0]).mean())
    if abs(brighter) > 4:
        return "brighter" if brighter > 0 else "darker"
    if abs(gain - 1) > 0.08:
        return "other contrast"
    return "other colours" if float(np.abs(b[..., 1:] - a[..., 1:]).mean()) > 6 else ""


def _graphic(one: Look) -> bool:
    """Whether a picture stands on a ground of one colour, or on none."""
    pixels = one.small
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]).astype(np.int64) @ [
        1 << 16,
        1 << 8,
        1,
    ]
    most = int(np.unique(border, return_counts=True)[1].max())
    return one.traits.alpha or most > BORDER * len(border)


def _stretched(a: Bytes, b: Bytes) -> bool:
    """Whether the two have other proportions than rounding explains."""
    ratio = a.shape[1] * b.shape[0] / (a.shape[0] * b.shape[1])
    return bool(max(ratio, 1 / ratio) > 1.02 + 2 / min(*a.shape[:2], *b.shape[:2]))
