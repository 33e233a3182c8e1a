"""Decoding: a file's bytes to an upright picture, and the picture to what descriptors ask for.

What needs Pillow is imported when it is first used: a scan that knows every file already never does.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dedupe.decode.formats import DECODE_VERSION, format_name, mark, words_of
from dedupe.magic import HEAD, SUFFIXES, sniff

if TYPE_CHECKING:
    from dedupe.decode.picture import Picture, image_for
    from dedupe.decode.reading import read_picture, recognised
    from dedupe.decode.worth import pixels_digest, quality

__all__ = [
    "DECODE_VERSION",
    "HEAD",
    "SUFFIXES",
    "Picture",
    "format_name",
    "image_for",
    "mark",
    "pixels_digest",
    "quality",
    "read_picture",
    "recognised",
    "sniff",
    "words_of",
]

_HOME = {
    "Picture": "picture",
    "image_for": "picture",
    "pixels_digest": "worth",
    "quality": "worth",
    "read_picture": "reading",
    "recognised": "reading",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"dedupe.decode.{_HOME[name]}"), name)
