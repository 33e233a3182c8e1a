"""The decoder: LibRaw finds the largest preview of a RAW file, a JPEG or a bitmap, and says how the camera was held."""

from __future__ import annotations

import calendar
import contextlib
import io
import os
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from dedupe import DecodedInfo, PictureError, install_hint

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SUFFIXES = (".arw", ".cr2", ".cr3", ".dng", ".nef", ".nrw", ".orf", ".rw2")
HEADS = (b"II*\0\x10\0\0\0CR", b"IIRO", b"IIRS", b"MMOR", b"IIU\0")  # CR2, ORF, RW2; CR3 is a kind of MP4
ORIENTATION = 0x0112
STDERR = 2
EXIF_ORIENTATIONS = (1, 2, 4, 3, 5, 8, 6, 7)
"""By LibRaw's `flip`, as its own writer of EXIF has them (`tiff_head`)."""


class RawDecoder:
    """Decodes the largest preview of a camera's RAW file; what stands beside a JPEG of the same photo is near it.

    NEF, ARW and DNG begin as any TIFF does; the host hands them to the decoder that knows the head of a CR2.
    """

    name = "raw"

    @property
    def suffixes(self) -> tuple[str, ...]:
        """None without rawpy: the files are then counted as of another type, with what to install."""
        return SUFFIXES if _library() else ()

    @property
    def version(self) -> str:
        """Names rawpy's version, or that it is missing: a refusal holds only until it is installed."""
        return f"1+{_library() or 'none'}"

    def matches(self, head: bytes) -> bool:
        """Whether the file begins as a CR2, CR3, ORF or RW2 does."""
        return head.startswith(HEADS) or head[4:12] == b"ftypcrx "

    def decode(self, stream: BinaryIO, want: tuple[int, int] | None) -> tuple[NDArray[np.uint8], DecodedInfo]:
        """The preview, reduced by its JPEG decoder as far as `want` allows: u8 (h,w,3), or (h,w) for a grey one.

        Raises PictureError: `codec_missing` without rawpy, `truncated`, `not_supported` (no preview, or an unknown camera).
        """
        import numpy as np

        preview, taken = _preview(stream.read())
        orientation = preview.getexif().get(ORIENTATION, 1)
        turned = orientation in (5, 6, 7, 8)
        width, height = preview.size[::-1] if turned else preview.size
        if want is not None:
            preview.draft(None, want[::-1] if turned else want)
        return np.asarray(_upright(preview)), DecodedInfo(width, height, "RAW", taken)


def _preview(data: bytes) -> tuple[Any, int | None]:
    """The preview as a picture of Pillow's, not yet upright, and when it was taken."""
    try:
        import rawpy
    except ImportError:
        sentence = f"The previews in cameras' RAW files need rawpy: {install_hint('raw')}."
        raise PictureError("codec_missing", sentence) from None
    try:
        with _silent(), rawpy.imread(io.BytesIO(data)) as raw:
            thumb = raw.extract_thumb()
            _make_sure_it_is_whole(raw, rawpy)
            return _picture(thumb, raw.sizes.flip), _taken(raw.other.timestamp)
    except rawpy.LibRawIOError:
        raise PictureError("truncated", "The file ends before the picture does.") from None
    except (rawpy.LibRawNoThumbnailError, rawpy.LibRawUnsupportedThumbnailError):
        raise PictureError("not_supported", "This RAW file is not supported: it has no preview.") from None
    except rawpy.LibRawFileUnsupportedError:
        raise PictureError("not_supported", "This RAW file is not supported: LibRaw does not know it.") from None


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Keeps what LibRaw writes to stderr of damaged files: a pipe takes it, for a worker may open nothing to write to, and
    loses what it has no room for.
    """
    kept, (end, start) = os.dup(STDERR), os.pipe()
    try:
        if os.name == "posix":  # on Windows only from Python 3.12 on
            os.set_blocking(start, False)
        os.dup2(start, STDERR)
        yield
    finally:
        os.dup2(kept, STDERR)
        for each in (kept, end, start):
            os.close(each)


def _make_sure_it_is_whole(raw: Any, rawpy: Any) -> None:
    """Unpacks what the sensor saw, which LibRaw reads to its end; how to unpack it need not be known."""
    with contextlib.suppress(rawpy.LibRawFileUnsupportedError, rawpy.LibRawNotImplementedError):
        raw.unpack()


def _picture(thumb: Any, flip: int) -> Any:
    from PIL import Image

    if isinstance(thumb.data, bytes):  # LibRaw writes the orientation into a JPEG that has none
        return Image.open(io.BytesIO(thumb.data), formats=["JPEG"])
    image = Image.fromarray(thumb.data.squeeze())
    image.getexif()[ORIENTATION] = EXIF_ORIENTATIONS[flip]
    return image


def _upright(image: Any) -> Any:
    from PIL import ImageOps

    seen = ImageOps.exif_transpose(image)
    return seen if seen.mode in ("L", "RGB") else seen.convert("RGB")


def _taken(local: datetime) -> int | None:
    """Seconds since 1970 of the local time; LibRaw has 1970 itself where it found none."""
    return None if local == datetime.fromtimestamp(0) else calendar.timegm(local.timetuple())


@cache
def _library() -> str:
    """Name and version of rawpy, from the folder beside the module that says it; "" where it is not installed."""
    spec = find_spec("rawpy")
    if spec is None or spec.origin is None:
        return ""
    return " ".join(sorted(path.stem for path in Path(spec.origin).parents[1].glob("rawpy-*.dist-info"))) or "rawpy"
