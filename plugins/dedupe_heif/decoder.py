"""The decoder: libheif turns and mirrors pictures as their container says, so their EXIF orientation counts for nothing."""

from __future__ import annotations

import calendar
import struct
from contextlib import suppress
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from dedupe import DecodedInfo, PictureError, Traits, install_hint

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HEVC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
GENERAL = frozenset({b"mif1", b"msf1"})
AV1 = frozenset({b"avif", b"avis"})
TRUNCATED = "The file ends before the picture does."
MAKE, EXIF_IFD, ORIGINAL, DIGITIZED, DATE_TIME = 0x010F, 0x8769, 0x9003, 0x9004, 0x0132
GPS_IFD, LATITUDE, LONGITUDE = 0x8825, 2, 4
GAIN_MAP = "hdrgainmap"


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
        boxes = _boxes(data)
        if boxes is None:
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
        alpha = "A" in image.getbands() and image.getchannel("A").getextrema() != (255, 255)
        camera, gps, taken = _said(file.info.get("exif"))
        traits = Traits(
            frames=len(file),
            depth=max(8, int(file.info.get("bit_depth", 8))),
            profile=file.info.get("icc_profile") or b"",
            alpha=alpha,
            camera=camera,
            gps=gps,
            hdr=any(GAIN_MAP in kind for kind in file.info.get("aux", ())) or b"tmap" in data[: data.find(b"mdat") + 1],
            motion=b"mpvd" in boxes,
        )
        return _pixels(image), DecodedInfo(*image.size, "HEIF", taken, traits)


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


def _boxes(data: bytes) -> list[bytes] | None:
    """The kinds of the boxes at the top, None where they do not fill the file."""
    at, kinds = 0, list[bytes]()
    while at + 8 <= len(data):
        size = struct.unpack_from(">I", data, at)[0]
        if size == 1 and at + 16 <= len(data):
            size = struct.unpack_from(">Q", data, at + 8)[0]
        kinds.append(data[at + 4 : at + 8])
        if size < 8:
            return kinds if size == 0 else None
        at += size
    return kinds if at == len(data) else None


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


def _said(exif: bytes | None) -> tuple[bool, bool, int | None]:
    """Whether the EXIF block names the camera's maker and the place, and seconds since 1970 of the local time in it."""
    from PIL import Image

    camera = gps = False
    taken = None
    with suppress(SyntaxError, ValueError, TypeError, KeyError, OSError, struct.error):
        block = Image.Exif()
        block.load(exif or b"")
        camera = bool(str(block.get(MAKE, "")).strip("\0 "))
        gps = {LATITUDE, LONGITUDE} <= block.get_ifd(GPS_IFD).keys()
        inner = block.get_ifd(EXIF_IFD)
        text = str(inner.get(ORIGINAL) or inner.get(DIGITIZED) or block.get(DATE_TIME) or "")
        taken = calendar.timegm(datetime.strptime(text[:19], "%Y:%m:%d %H:%M:%S").timetuple())
    return camera, gps, taken
