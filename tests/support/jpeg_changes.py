"""Small sequential JPEGs of all samplings, and 26 kinds of change to them; with each seed one file, and what both readers say.

A file is changed in parts: its start, its segments, the last of which begins the scan, the scan's codes, and its end.
"""

from __future__ import annotations

import io
import random
import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dedupe.errors import PictureError
from dedupe.jpeg.eighth import read_eighth
from dedupe.jpeg.header import read_header
from dedupe.kernels import kernel
from pictures import encoded, photo

Parts = list[bytes]
START, END = b"\xff\xd8", b"\xff\xd9"
DHT, DQT, DRI, SOS = 0xC4, 0xDB, 0xDD, 0xDA
FRAME = (0xC0, 0xC1)
LUMA = {1: ((1, 1),), 2: ((2, 1), (1, 2)), 4: ((2, 2), (4, 1), (1, 4))}
"""Sampling of the first component, across and down, by its blocks in a unit: they stand in the file in the same way."""

BEGINNINGS = (b"JFIF\0\1\1\0\0\1\0\1\0\0", b"Adobe\0d\0\0\0\0\1", b"Exif\0\0", b"ICC_PROFILE\0\1\1", b"MPF\0", b"words")


def made(rng: random.Random) -> bytes:
    """A picture that is encoded with one of many options, and given another sampling of as many blocks."""
    size = rng.randrange(8, 70), rng.randrange(8, 70)
    image = photo(*size) if rng.random() < 0.5 else _noise(*size, rng)
    options: dict[str, Any] = {"quality": rng.choice((5, 30, 75, 95, 100)), "optimize": rng.random() < 0.3}
    if rng.random() < 0.4:
        options[rng.choice(("restart_marker_blocks", "restart_marker_rows"))] = rng.choice((1, 2, 3, 9))
    if rng.random() < 0.2:
        options |= {"comment": b"words", "icc_profile": bytes(200)}
    if rng.random() < 0.2:
        return _regarded(encoded(image.convert("L"), "JPEG", **options), rng)
    return _regarded(encoded(image, "JPEG", subsampling=rng.randrange(3), **options), rng)


def _noise(width: int, height: int, rng: random.Random) -> Image.Image:
    return Image.frombytes("RGB", (width, height), rng.randbytes(3 * width * height))


def _regarded(data: bytes, rng: random.Random) -> bytes:
    parts = split(data)
    at = _find(parts, rng, *FRAME)
    frame = bytearray(parts[at])
    right, down = frame[11] >> 4, frame[11] & 15
    if frame[9] == 1:  # of one component alone the standard takes no notice of its sampling
        right, down = new = rng.choice(((1, 1), (1, 1), (2, 2), (1, 2), (4, 3)))
    else:
        new = rng.choice(LUMA[right * down])
    for place, old, factor in ((5, down, new[1]), (7, right, new[0])):
        units = -(-int.from_bytes(frame[place : place + 2], "big") // (8 * old))
        if old != factor:
            side = max(8, 8 * factor * units - rng.randrange(8))
            frame[place : place + 2] = side.to_bytes(2, "big")
    frame[11] = new[0] << 4 | new[1]
    parts[at] = bytes(frame)
    return b"".join(parts)


def split(data: bytes) -> Parts:
    """The parts of a file as Pillow writes it."""
    parts, at = [data[:2]], 2
    while parts[-1][1] != SOS:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        parts.append(data[at:end])
        at = end
    return [*parts, data[at:-2], data[-2:]]


def segment(marker: int, content: bytes, length: int | None = None) -> bytes:
    """A segment, which may lie about how long it is."""
    return bytes([0xFF, marker]) + (len(content) + 2 if length is None else length).to_bytes(2, "big") + content


def _find(parts: Parts, rng: random.Random, *markers: int) -> int:
    return rng.choice([i for i, part in enumerate(parts[:-2]) if part[1] in (markers or range(0xC0, 0xFF)) and i])


def _place(parts: Parts, rng: random.Random) -> int:
    """Where in the header something may be put."""
    return rng.randrange(1, len(parts) - 2)


def _with_byte(part: bytes, at: int, value: int) -> bytes:
    return part[:at] + bytes([value]) + part[at + 1 :]


def _with_bit(part: bytes, first: int, last: int, rng: random.Random) -> bytes:
    """One bit of the bytes from first to last turned, if there are any."""
    if last <= first:
        return part
    at = rng.randrange(first, last)
    return _with_byte(part, at, part[at] ^ 1 << rng.randrange(8))


def marker_bit(parts: Parts, rng: random.Random) -> None:
    at = _find(parts, rng)
    parts[at] = _with_bit(parts[at], 0, 2, rng)


def length_bit(parts: Parts, rng: random.Random) -> None:
    at = _find(parts, rng)
    parts[at] = _with_bit(parts[at], 2, 4, rng)


def content_bit(parts: Parts, rng: random.Random) -> None:
    at = _find(parts, rng)
    parts[at] = _with_bit(parts[at], 4, len(parts[at]), rng)


def codes_bits(parts: Parts, rng: random.Random) -> None:
    for _ in range(rng.randrange(1, 4)):
        parts[-2] = _with_bit(parts[-2], 0, len(parts[-2]), rng)


def dropped(parts: Parts, rng: random.Random) -> None:
    del parts[_find(parts, rng)]


def doubled(parts: Parts, rng: random.Random) -> None:
    parts.insert(_place(parts, rng), parts[_find(parts, rng)])


def inserted(parts: Parts, rng: random.Random) -> None:
    said = rng.choice(BEGINNINGS)
    content = (said + rng.randbytes(rng.randrange(9)))[: rng.randrange(24)]
    marker = rng.choice((0xE0, 0xE2, 0xEE, 0xFE, rng.randrange(1, 255)))
    parts.insert(_place(parts, rng), segment(marker, content))


def bare(parts: Parts, rng: random.Random) -> None:
    parts.insert(_place(parts, rng), bytes([0xFF, rng.choice((0, 1, 0xD0, 0xD7, 0xD9, rng.randrange(256)))]))


def second_start(parts: Parts, rng: random.Random) -> None:
    parts.insert(_place(parts, rng), START)


def empty_frame(parts: Parts, rng: random.Random) -> None:
    size = bytes(4) if rng.random() < 0.5 else bytes([0, 16, 0, 16])
    parts.insert(_find(parts, rng, *FRAME), segment(rng.choice(FRAME), b"\x08" + size + b"\x00"))


def second_frame(parts: Parts, rng: random.Random) -> None:
    frame = parts[_find(parts, rng, *FRAME)]
    parts.insert(_place(parts, rng), _with_byte(frame, rng.choice((1, 6, 8, 11)), rng.choice((0x11, 0xC0, 0xC1, 0xC2))))


def arithmetic(parts: Parts, rng: random.Random) -> None:
    parts.insert(_place(parts, rng), segment(0xCC, rng.randbytes(rng.randrange(5))))
    if rng.random() < 0.3:
        at = _find(parts, rng, *FRAME)
        parts[at] = _with_byte(parts[at], 1, 0xC9)


def lines(parts: Parts, rng: random.Random) -> None:
    at = rng.choice((_place(parts, rng), len(parts) - 1))
    parts.insert(at, segment(0xDC, rng.randbytes(rng.choice((0, 1, 2, 2, 3)))))


def restart_interval(parts: Parts, rng: random.Random) -> None:
    parts[:] = [part for part in parts if part[:2] != b"\xff\xdd" or rng.random() < 0.5]
    content = rng.choice((b"", b"\x00", bytes(2), bytes([0, rng.randrange(20)]), bytes(3), bytes([0, 1, 0, 1])))
    parts.insert(_place(parts, rng), segment(DRI, content, rng.choice((None, None, 2, 4, 6))))


def restart_markers(parts: Parts, rng: random.Random) -> None:
    """One of them removed, changed or behind fill bytes; or one where there are none."""
    codes = parts[-2]
    found = [i for i in range(len(codes) - 1) if codes[i] == 0xFF and codes[i + 1]]
    at = rng.choice(found) if found else rng.randrange(len(codes))
    old = codes[at : at + 2] if found else b""
    new = rng.choice((b"", bytes([0xFF, rng.randrange(0xD0, 0xDA)]), b"\xff" + old))
    parts[-2] = codes[:at] + new + codes[at + len(old) :]


def steps_tables(parts: Parts, rng: random.Random) -> None:
    """Tables of steps by other numbers, where they are defined, where they are used, or in both places."""
    number = rng.randrange(16)
    table, frame, how = _find(parts, rng, DQT), _find(parts, rng, *FRAME), rng.randrange(3)
    if how:
        parts[table] = _with_byte(parts[table], 4, number)
    for at in range(12, len(parts[frame]), 3) if how < 2 else ():
        parts[frame] = _with_byte(parts[frame], at, number)


def wide_steps(parts: Parts, rng: random.Random) -> None:
    """Tables of steps of 16 bits, or that only say so."""
    at = _find(parts, rng, DQT)
    content = parts[at][4:]
    wide, name = rng.choice((1, 1, 2, 8, 15)), content[0] & 15
    if rng.random() < 0.7 and len(content) == 65:
        content = content[:1] + b"".join(bytes([0, step]) for step in content[1:])
    parts[at] = segment(DQT, bytes([wide << 4 | name]) + content[1:])


def sampling(parts: Parts, rng: random.Random) -> None:
    at = _find(parts, rng, *FRAME)
    of = rng.randrange(11, len(parts[at]), 3)
    parts[at] = _with_byte(parts[at], of, rng.choice((0x00, 0x01, 0x10, 0x12, 0x21, 0x22, 0x31, 0x15, 0x51, 0x88)))


def names(parts: Parts, rng: random.Random) -> None:
    """Names of components changed or doubled, in the frame, in the scan, or in both in the same way."""
    frame, scan = _find(parts, rng, *FRAME), len(parts) - 3
    new = [rng.choice((1, 2, 3, 82, rng.randrange(256))) for _ in range(parts[frame][9])]
    how = rng.randrange(3)
    for i, name in enumerate(new):
        if how < 2:
            parts[frame] = _with_byte(parts[frame], 10 + 3 * i, name)
        if how > 0:
            parts[scan] = _with_byte(parts[scan], 5 + 2 * i, name)


def code_counts(parts: Parts, rng: random.Random) -> None:
    at = _find(parts, rng, DHT)
    place = rng.randrange(5, 21)
    value = rng.choice((0, 1, 255, max(parts[at][place] - 1, 0), min(parts[at][place] + 1, 255)))
    parts[at] = _with_byte(parts[at], place, value)


def code_tables(parts: Parts, rng: random.Random) -> None:
    """Tables of codes by other numbers, where they are defined, or in the scan."""
    at, scan = _find(parts, rng, DHT), len(parts) - 3
    if rng.random() < 0.5:
        parts[at] = _with_byte(parts[at], 4, rng.choice((0, 1, 3, 4, 0x10, 0x11, 0x13, 0x14, 0x20, 0x31)))
    else:
        place = 6 + 2 * rng.randrange(parts[scan][4])
        parts[scan] = _with_byte(parts[scan], place, rng.choice((0x00, 0x01, 0x10, 0x11, 0x33, 0x44, 0x80)))


def frame_kind(parts: Parts, rng: random.Random) -> None:
    """Another kind of frame (progressive, lossless, arithmetic), or of samples (12 bits)."""
    at = _find(parts, rng, *FRAME)
    new = (1, rng.randrange(0xC0, 0xD0)) if rng.random() < 0.7 else (4, rng.choice((0, 7, 12, 16)))
    parts[at] = _with_byte(parts[at], *new)


def size(parts: Parts, rng: random.Random) -> None:
    at, place = _find(parts, rng, *FRAME), rng.choice((5, 7))
    frame = parts[at]
    old = int.from_bytes(frame[place : place + 2], "big")
    new = rng.choice((0, 1, old - 1, old + 1, old + 8, 2 * old, 65500, 65501, 65535))
    parts[at] = frame[:place] + new.to_bytes(2, "big") + frame[place + 2 :]


def spectrum(parts: Parts, rng: random.Random) -> None:
    """Another part of the spectrum, more or fewer components in the scan, or a wrong length of it."""
    scan = parts[-3]
    at = rng.choice((4, -3, -2, -1)) % len(scan)
    parts[-3] = _with_byte(scan, at, rng.choice((0, 1, 2, 3, 4, 5, 63, 64, 0x10)))
    if rng.random() < 0.3:
        parts[-3] = segment(SOS, scan[4 : rng.randrange(4, len(scan) + 1)])


def cut(parts: Parts, rng: random.Random) -> None:
    whole = b"".join(parts)
    first = rng.choice((2, len(whole) - len(parts[-2]), len(whole) - 5))
    parts[:] = [whole[: rng.randrange(max(first, 2), len(whole))], rng.choice((b"", END, b"\xff"))]


def padded(parts: Parts, rng: random.Random) -> None:
    """Fill bytes or others before a segment or the end marker, or anything behind the end."""
    what = rng.choice((b"\xff", b"\xff" * 5, b"\x00", b"\xff\x00", rng.randbytes(3)))
    parts.insert(rng.choice((_place(parts, rng), len(parts) - 1, len(parts))), what)


CHANGES: tuple[Callable[[Parts, random.Random], None], ...] = (
    marker_bit,
    length_bit,
    content_bit,
    codes_bits,
    dropped,
    doubled,
    inserted,
    bare,
    second_start,
    empty_frame,
    second_frame,
    arithmetic,
    lines,
    restart_interval,
    restart_markers,
    steps_tables,
    wide_steps,
    sampling,
    names,
    code_counts,
    code_tables,
    frame_kind,
    size,
    spectrum,
    cut,
    padded,
)


def changed(seed: int) -> tuple[str, bytes]:
    """The name of a change, each in its turn, and a file that it was made to."""
    rng = random.Random(seed)
    change = CHANGES[seed % len(CHANGES)]
    parts = split(made(rng))
    change(parts, rng)
    return change.__name__, b"".join(parts)


def ours(data: bytes) -> NDArray[np.uint8] | None:
    """The plane at an eighth as the reader of ours gives it; None where that leaves it to libjpeg."""
    try:
        return read_eighth(data, read_header(data))
    except PictureError:  # so is what has no header
        return None


def libjpeg(data: bytes) -> NDArray[np.uint8]:
    """The same as Pillow gives it; raises whatever Pillow does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = Image.open(io.BytesIO(data))
        image.draft("L", (image.width // 8 or 1, image.height // 8 or 1))
        return np.asarray(image)


def disagreement(data: bytes) -> str:
    """What is wrong if ours reads a file, else nothing: that libjpeg does not, or reads other bits."""
    found = ours(data)
    if found is None:
        return ""
    try:
        expected = libjpeg(data)
    except Exception as error:  # Pillow raises nearly everything on bad files
        return f"libjpeg refuses it: {error!r}"
    small = found.shape != expected.shape and min(expected.shape) < 8  # Pillow reduces no side below a pixel
    return "" if small or np.array_equal(found, expected) else "libjpeg reads other bits"


def tried(seeds: range) -> tuple[list[str], Counter[str]]:
    """What is wrong with the changed files of these seeds, and how many of each change ours has read."""
    wrong, read = [], Counter[str]()
    for seed in seeds:
        name, data = changed(seed)
        fault = disagreement(data)
        wrong += [f"seed {seed}, {name}: {fault}"] if fault else []
        read[name] += ours(data) is not None
    return wrong, read


def checked_indices() -> bool:
    """Whether kernels that are compiled now test indices."""

    try:
        kernel("int64(uint8[::1], int64)")(_item)(np.zeros(4, np.uint8), 5)
    except (IndexError, RuntimeError):
        return True
    return False


def _item(values: Any, at: Any) -> Any:
    return values[at]
