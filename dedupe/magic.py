"""What format a file is in, by its first bytes alone."""

from __future__ import annotations

HEAD = 64
"""How many of a file's first bytes decide its format."""

SUFFIXES = frozenset(
    b".jpg .jpeg .jpe .jfif .mpo .png .apng .gif .bmp .dib .tif .tiff .webp .avif .avifs "
    b".jp2 .j2k .j2c .jpc .jpf .jpx .ppm .pgm .pbm .pnm".split()
)
"""The suffixes of the formats below, lower case with the dot."""

CAMERA_RAW = frozenset({".arw", ".cr2", ".cr3", ".dng", ".nef", ".nrw", ".orf", ".rw2"})
"""The suffixes of cameras' RAW files whose previews a plugin reads, where its library is installed."""

CANON_RAW = b"II*\0\x10\0\0\0CR\2\0"
"""How a camera's RAW file begins that is a TIFF but says what it is; most of them begin as any other TIFF."""

_MAGIC = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG2000"),
    (b"\xff\x4f\xff\x51", "JPEG2000"),
)
_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)


def sniff(head: bytes) -> bool:
    """Whether a file with these first bytes (64 are enough) is in a format that the host reads itself."""
    return format_of(head) is not None


def format_of(head: bytes) -> str | None:
    """The format of a file with these first bytes: a key such as "JPEG" or "JPEG2000", or None."""
    if head.startswith(CANON_RAW):
        return None
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp":
        return "AVIF" if brands(head) & {b"avif", b"avis"} else None
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return "BMP"
    if len(head) > 2 and head[:1] == b"P" and head[1] in b"123456" and head[2] in b" \t\r\n#":
        return "PPM"
    return None


def brands(head: bytes) -> set[bytes]:
    """The brands in an ISO base media file's first box, as far as the head reaches."""
    end = min(int.from_bytes(head[:4], "big"), len(head))
    return {head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))}
