"""The decoder: libheif turns and mirrors pictures as their container says, so their EXIF orientation counts for nothing."""

from __future__ import annotations

import calendar
import struct
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from dedupe import DecodedInfo, PictureError, install_hint

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HEVC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
GENERAL = frozenset({b"mif1", b"msf1"})
AV1 = frozenset({b"avif", b"avis"})
TRUNCATED = "The file ends before the picture does."
EXIF_IFD, ORIGINAL, DIGITIZED, DATE_TIME = 0x8769, 0x9003, 0x9004, 0x0132


class HeifDecoder:
    """Decodes the primary picture of a HEIF file, alpha over white, more than 8 bits brought to 8."""

    name = "heif"
    suffixes = (".heic", ".heif", ".hif", ".heics", ".heifs")

    @property
    def version(self) -> str:
        """Names pillow-heif's version, or that it is missing: a refusal holds only until it is installed."""
        return _version()

    def matches(self, head: bytes) -> bool:
        """Whether the first box says HEIF, and not AVIF."""
        if head[4:8] != b"ftyp":
            return False
        end = min(int.from_bytes(head[:4], "big"), len(head))
        brands = {head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))}
        return bool(brands & HEVC) or (bool(brands & GENERAL) and not brands & AV1)

    def decode(self, stream: BinaryIO, want: tuple[int, int] | None) -> tuple[NDArray[np.uint8], DecodedInfo]:  # noqa: ARG002
        """The whole picture, whatever is wanted: u8 (h,w,3), or (h,w) for a grey one.

        Raises PictureError: `codec_missing` without pillow-heif, `truncated`, `too_large` (Pillow's MAX_IMAGE_PIXELS).
        """
        try:
            import pillow_heif
        except ImportError:
            sentence = f"HEIC and HEIF files need pillow-heif: {install_hint('heif')}."
            raise PictureError("codec_missing", sentence) from None
        data = stream.read()
        if not _whole(data):
            raise PictureError("truncated", TRUNCATED)
        pillow_heif.options.DECODE_THREADS = 1  # there is a worker for every processor already
        try:
            file = pillow_heif.open_heif(data, convert_hdr_to_8bit=True)
        except ValueError as error:
            if "end of file" in str(error).lower():
                raise PictureError("truncated", TRUNCATED) from None
            raise
        _refuse_bomb(file.size)
        image = file.to_pillow()
        info = DecodedInfo(*image.size, "HEIF", _taken(file.info.get("exif")))
        return _pixels(image), info


@cache
def _version() -> str:
    """Read from the name of the metadata's folder beside the module: every start asks, and importlib.metadata is slow."""
    spec = find_spec("pillow_heif")
    if spec is None or spec.origin is None:
        return "1+none"
    beside = [path.name for path in Path(spec.origin).parents[1].glob("pillow_heif-*-info")]
    return f"1+{beside[0].rpartition('.')[0].replace('_', '-')}" if len(beside) == 1 else f"1+{_asked()}"


def _asked() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"pillow-heif-{version('pillow-heif')}"
    except PackageNotFoundError:
        return "unknown"


def _whole(data: bytes) -> bool:
    """Whether the boxes at the top fill the file."""
    at = 0
    while at + 8 <= len(data):
        size = struct.unpack_from(">I", data, at)[0]
        if size == 1 and at + 16 <= len(data):
            size = struct.unpack_from(">Q", data, at + 8)[0]
        if size < 8:
            return bool(size == 0)
        at += size
    return at == len(data)


def _refuse_bomb(size: tuple[int, int]) -> None:
    from PIL import Image

    most = Image.MAX_IMAGE_PIXELS
    if most is not None and size[0] * size[1] > most:
        raise PictureError("too_large", f"Its {size[0]} x {size[1]} pixels are more than the {most:,} pixels allowed.")


def _pixels(image: Any) -> NDArray[np.uint8]:
    import numpy as np
    from PIL import Image

    if image.mode not in ("L", "RGB"):
        seen = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen).convert("RGB")
    return np.asarray(image)


def _taken(exif: bytes | None) -> int | None:
    """Seconds since 1970 of the local time in the EXIF block."""
    from PIL import Image

    if not exif:
        return None
    try:
        block = Image.Exif()
        block.load(exif)
        inner = block.get_ifd(EXIF_IFD)
        text = str(inner.get(ORIGINAL) or inner.get(DIGITIZED) or block.get(DATE_TIME) or "")
        return calendar.timegm(datetime.strptime(text[:19], "%Y:%m:%d %H:%M:%S").timetuple())
    except (SyntaxError, ValueError, TypeError, KeyError, OSError, struct.error):
        return None
