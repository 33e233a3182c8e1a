"""A page with pictures, their names and a few lines, drawn with Pillow and the font that comes with it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dedupe.model import Bytes

if TYPE_CHECKING:
    from PIL import Image

Floats = NDArray[np.float64]
Place = tuple[int, int, int, int]
"""Left, top, width and height of a panel."""

MARGIN, GAP, LEAST = 24, 24, 592
"""Pixels around the page and between panels, and the width that its content has at least."""

TITLE, NAME, SMALL = 22, 17, 14
"""Sizes of the letters."""

PAPER, INK, GREY, RIM = (255, 255, 255), (24, 24, 24), (104, 104, 104), (200, 200, 196)
MARK, EDGE = (226, 61, 25), (20, 110, 200)
"""Of boxes around what differs, and of the line where the other picture ends."""


class Page:
    """A page that grows downwards as things are put on it."""

    def __init__(self, title: str) -> None:
        self._title, self._notes = title, list[str]()
        self._panels: list[tuple[Place, Bytes, str, str]] = []
        self._lines: list[tuple[Place, list[tuple[float, float]], tuple[int, int, int], int]] = []
        self._width, self._bottom = LEAST, 0

    def panels(
        self, images: Sequence[Bytes], names: Sequence[str], about: Sequence[str], *, below: bool
    ) -> list[Place]:
        """Puts pictures u8 (h,w,3) beside each other, or each below the one before, each under its name; where they lie."""
        head = NAME + SMALL + 18
        column = max(LEAST // 2 - GAP // 2, *(one.shape[1] for one in images))
        x, y = MARGIN, 0
        for image, name, some in zip(images, names, about, strict=True):
            place = (x, y + head, image.shape[1], image.shape[0])
            self._panels.append((place, image, name, some))
            self._width = max(self._width, x - MARGIN + (LEAST if below else column))
            self._width = max(self._width, x - MARGIN + image.shape[1])
            self._bottom = max(self._bottom, y + head + image.shape[0])
            x, y = (x, self._bottom + GAP) if below else (x + column + GAP, y)
        return [place for place, *_ in self._panels]

    def box(self, place: Place, box: Floats) -> None:
        """Marks a part of a panel by its left, top, right and bottom in pixels of it."""
        left, top, right, bottom = (float(one) for one in box)
        left, top = max(2.0, left - 3), max(2.0, top - 3)
        right, bottom = min(place[2] - 3.0, right + 3), min(place[3] - 3.0, bottom + 3)
        if right > left and bottom > top:
            corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
            self._lines.append((place, corners, MARK, 3))

    def outline(self, place: Place, corners: Floats) -> None:
        """Draws on a panel where the other picture ends, by its corners (4,2) in pixels of it."""
        self._lines.append((place, [(float(x), float(y)) for x, y in corners], EDGE, 2))

    def note(self, text: str) -> None:
        """Writes a line below all."""
        self._notes += [text] if text else []

    def image(self) -> Image.Image:
        """All of it."""
        from PIL import Image, ImageDraw

        title = _folded(self._title, TITLE, self._width)
        notes = [line for note in self._notes for line in _folded(note, SMALL, self._width)]
        top = MARGIN + len(title) * (TITLE + 8) + 12
        height = top + self._bottom + len(notes) * (SMALL + 7) + 12 + MARGIN
        page = Image.new("RGB", (self._width + 2 * MARGIN, height), PAPER)
        draw = ImageDraw.Draw(page)
        for number, line in enumerate(title):
            draw.text((MARGIN, MARGIN + number * (TITLE + 8)), line, INK, _font(TITLE))
        for place, image, name, about in self._panels:
            left, down, width, high = place
            room = max(width, LEAST // 2 - GAP // 2)
            y = top + down - NAME - SMALL - 18
            draw.text((left, y), _shortened(name, NAME, room), INK, _font(NAME))
            draw.text((left, y + NAME + 5), _shortened(about, SMALL, room), GREY, _font(SMALL))
            draw.rectangle((left - 1, top + down - 1, left + width, top + down + high), outline=RIM)
            page.paste(self._marked(place, image), (left, top + down))
        for number, line in enumerate(notes):
            draw.text((MARGIN, top + self._bottom + 12 + number * (SMALL + 7)), line, GREY, _font(SMALL))
        return page

    def _marked(self, place: Place, image: Bytes) -> Image.Image:
        """A panel with the lines on it."""
        from PIL import Image, ImageDraw

        panel = Image.fromarray(image)
        draw = ImageDraw.Draw(panel)
        for _, corners, colour, thick in (line for line in self._lines if line[0] == place):
            shape = [*corners, corners[0], corners[1]]  # so that the first corner is closed, too
            draw.line(shape, PAPER, thick + 2, joint="curve")
            draw.line(shape, colour, thick, joint="curve")
        return panel


@cache
def _font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size)


def _writable(text: str, size: int) -> str:
    """The text with a question mark for each letter that the font has not."""
    return "".join(letter if _has(letter, size) else "?" for letter in text)


@cache
def _has(letter: str, size: int) -> bool:
    font = _font(size)
    if letter.isspace():
        return True
    mask, none = font.getmask(letter), font.getmask("\uffff")
    return mask.size != none.size or bytes(mask) != bytes(none)


def _length(text: str, size: int) -> float:
    return float(_font(size).getlength(text))


def _folded(text: str, size: int, width: int) -> list[str]:
    """Text in lines that are no wider than so many pixels."""
    text = _writable(text, size)
    letters = max(10, int(len(text) * width / max(1.0, _length(text, size))) - 2)
    return wrap(text, letters)


def _shortened(text: str, size: int, width: int) -> str:
    """Text without its middle where it is too wide."""
    text = _writable(text, size)
    if _length(text, size) <= width:
        return text
    for kept in range(len(text) - 1, 0, -1):
        short = f"{text[: kept // 3]}...{text[len(text) - (kept - kept // 3) :]}"
        if _length(short, size) <= width:
            return short
    return "..."
