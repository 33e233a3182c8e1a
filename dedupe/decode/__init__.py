"""Decoding: a file's bytes to an upright picture, and the picture to what descriptors ask for."""

from __future__ import annotations

from dedupe.decode.formats import HEAD, SUFFIXES, sniff
from dedupe.decode.picture import Picture, image_for
from dedupe.decode.quality import pixels_digest, quality
from dedupe.decode.reading import DECODE_VERSION, read_picture, recognised

__all__ = [
    "DECODE_VERSION",
    "HEAD",
    "SUFFIXES",
    "Picture",
    "image_for",
    "pixels_digest",
    "quality",
    "read_picture",
    "recognised",
    "sniff",
]
