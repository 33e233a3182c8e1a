"""What tests of odd and broken pictures share: a small photo, bombs, decoding one, and scanning many."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dedupe import testing
from dedupe.decode import Picture, read_picture
from dedupe.describe.workers import Column, run
from dedupe.errors import PictureError
from dedupe.model import Batch, Decode, Failure
from pictures import CAP, encoded
from plain_files import plain_files

MEMORY = 2 << 30


@dataclass
class Tiny:
    """A descriptor that is the picture at 8 x 8."""

    name = "tiny"
    version = "1"
    metric = "l2"
    decode = Decode((8, 8), "L", "working", "box")
    threshold = 1.0

    def describe(self, images: Any) -> Any:
        return images.reshape(len(images), -1).astype(np.float32)


@cache
def photo(width: int = 320, height: int = 240) -> Image.Image:
    with Image.open(testing.photos()[33]) as image:
        return image.convert("RGB").resize((width, height))


def read(data: bytes, decoders: tuple[Any, ...] = ()) -> Picture:
    return read_picture(data, decoders, rgb=True, full=False, pixel_cap=CAP)


def reason(data: bytes, decoders: tuple[Any, ...] = ()) -> str:
    with pytest.raises(PictureError) as refused:
        read(data, decoders)
    message = str(refused.value)
    assert message.endswith((".", "]", "'", ")")) or ":" in message
    assert "\n" not in message
    return refused.value.reason


def scan(
    paths: list[bytes], decoders: tuple[Any, ...] = (), **options: Any
) -> tuple[dict[int, Any], dict[int, Failure]]:
    """Each file's vector and content, and the failures, by index."""
    given: dict[str, Any] = {"workers": 2, "known": None, "timeout": 60, "memory": MEMORY, "pixel_cap": CAP}
    columns = [Column("tiny", Tiny(), "none")]
    return collected(run(plain_files(paths), np.arange(len(paths)), columns, decoders, notify=print, **given | options))


def collected(batches: Iterator[Batch]) -> tuple[dict[int, Any], dict[int, Failure]]:
    good: dict[int, Any] = {}
    bad: dict[int, Failure] = {}
    seen: dict[bytes, Any] = {}
    for batch in batches:
        rows, X = batch.vectors[0]
        assert np.array_equal(rows, np.flatnonzero(batch.decoded))
        vectors = dict(zip(rows.tolist(), X, strict=True))
        for row, index in enumerate(batch.index.tolist()):
            assert index not in good and index not in bad
            digest = batch.contents[row]["digest"].tobytes()
            if batch.decoded[row]:
                seen[digest] = vectors[row].tobytes(), batch.contents[row].tobytes()
            good[index] = seen[digest]
        for index, failure in batch.failures:
            assert index not in good and index not in bad
            bad[index] = failure
    return good, bad


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *chunks: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + header
        + b"".join(chunks)
        + chunk(b"IDAT", zlib.compress(bytes(400)))
        + chunk(b"IEND", b"")
    )


def lying_jpeg(width: int, height: int) -> bytes:
    data = bytearray(encoded(photo(64, 64), "JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def webp_header(width: int, height: int) -> bytes:
    body = (
        b"VP8X"
        + struct.pack("<I", 10)
        + bytes(4)
        + (width - 1).to_bytes(3, "little")
        + (height - 1).to_bytes(3, "little")
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def lossless_webp_header(width: int, height: int) -> bytes:
    bits = (width - 1) | (height - 1) << 14
    body = b"VP8L" + struct.pack("<I", 6) + b"\x2f" + struct.pack("<I", bits) + bytes(5)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def tiff_header(width: int, height: int) -> bytes:
    tags = ((256, width), (257, height), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, height), (279, 100))
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(200)


BOMBS = {
    "png": lambda: png(100_000, 100_000),
    "bmp": lambda: (
        b"BM" + struct.pack("<IIIIiiHHIIIIII", 154, 0, 54, 40, 100_000, 100_000, 1, 24, 0, 0, 0, 0, 0, 0) + bytes(100)
    ),
    "gif": lambda: b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + encoded(photo(64, 64), "GIF")[10:],
    "jpg": lambda: lying_jpeg(65_500, 65_500),
    "webp": lambda: webp_header(16_777_216, 16_777_216),
    "webp under Pillow's limit": lambda: lossless_webp_header(16_383, 8_000),
    "tif": lambda: tiff_header(100_000, 100_000),
    "ppm": lambda: b"P6 100000 100000 255\n" + bytes(100),
}
