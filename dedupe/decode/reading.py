"""A file's bytes to an upright picture: content decides the decoder, and whatever goes wrong becomes a `PictureError`."""

from __future__ import annotations

import contextlib
import io
import re
import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from blake3 import blake3
from PIL import Image

from dedupe.config import DECODED_SIDE, WORKING_SIDE
from dedupe.decode.ends import whole
from dedupe.decode.exif import Exif, camera_raw, read_exif
from dedupe.decode.formats import capped, mark, too_large
from dedupe.decode.jpeg import decode_jpeg
from dedupe.decode.modes import exact, plain
from dedupe.decode.opening import frames, opened
from dedupe.decode.picture import Picture
from dedupe.decode.traits import jpeg_traits, pillow_traits, refuse_traits
from dedupe.decode.working import reduced, upright, upright_size, upright_values
from dedupe.errors import PictureError, said
from dedupe.jpeg.eighth import read_eighth
from dedupe.jpeg.header import TRUNCATED, read_header, scale_for
from dedupe.magic import CANON_RAW, HEAD, format_of, sniff
from dedupe.model import DecodedInfo, Decoder
from dedupe.pixels.colour import parted

if TYPE_CHECKING:
    from numpy.typing import NDArray

_UNKNOWN = re.compile(
    r"unsupported(?! BMP palette)|not (?:yet )?supported|unknown (?:pixel mode|data organization|compression)|unable to determine"
    r"|SyntaxError: \d+$",  # a compression of TIFF by its number
    re.IGNORECASE,
)
"""How Pillow says that it does not know a kind of file, and not that it is damaged."""


def read_picture(data: bytes, decoders: Sequence[Decoder], *, rgb: bool, full: bool, pixel_cap: int) -> Picture:
    """Decodes a file's bytes to the working image or, with `full`, the whole picture; in colour too with `rgb`.

    The working image is upright, over white, and its longest side has at most 512 pixels (`working_side`); a JPEG's grey is
    its own luma plane, any other grey is Pillow's `convert("L")`, as it always is with `full`. Of many frames the first is
    read. The host's formats go first, then `decoders` in their order. Raises PictureError: `empty`, `unrecognised`,
    `truncated`, `broken`, `not_supported` (whole, of a kind that nothing here reads), `too_large` (more than `pixel_cap`
    pixels, refused from the header), `memory`, or a decoder's own reason.
    """
    name = _format(data)
    with refused(name, data, pixel_cap):
        if name == "JPEG":
            return _jpeg(data, rgb, full, pixel_cap)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of what is made sure of here
            if name is not None:
                return _pillow(name, data, rgb, full, pixel_cap)
            return _plugin(data, decoders, rgb, full, pixel_cap)


def read_luma(data: bytes, decoders: Sequence[Decoder], *, pixel_cap: int) -> NDArray[np.uint8]:
    """All pixels of a file that `read_picture` has read in grey, upright, u8 (h,w), in less than half of the time that it takes
    with `full`: a JPEG's own luma plane, which is Pillow's `convert("L")` but for rounding and for colours that no RGB has.

    Raises PictureError as that does.
    """
    if _format(data) != "JPEG":
        return read_picture(data, decoders, rgb=False, full=True, pixel_cap=pixel_cap).luma
    with refused("JPEG", data, pixel_cap):
        return _jpeg(data, False, True, pixel_cap, plane=True).luma


def read_exact(data: bytes, decoders: Sequence[Decoder], *, pixel_cap: int) -> NDArray[Any]:
    """All pixels of a file that `read_picture` has read, upright, with what is see-through or deep: see `modes.exact`.

    Raises PictureError as that does.
    """
    name = _format(data)
    if name is None or name == "JPEG":
        return read_picture(data, decoders, rgb=True, full=True, pixel_cap=pixel_cap).array("RGB", "none")
    with refused(name, data, pixel_cap), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _exact(name, data, opened(name, data, pixel_cap))


def _exact(name: str, data: bytes, image: Image.Image | NDArray[Any]) -> NDArray[Any]:
    values = image if isinstance(image, np.ndarray) else exact(image)
    values = values.astype(values.dtype.newbyteorder("="), copy=False)
    return upright_values(values, _exif(name, data, image).orientation)


def read_frames(data: bytes, count: int, *, pixel_cap: int) -> bytes:
    """32 bytes that stand for all pixels of all `count` frames of a file that `read_picture` has read: their BLAKE3.

    Raises PictureError as that does; also where the host does not read other frames than the first, and where all together
    have more than `pixel_cap` pixels.
    """
    name, digest = format_of(data[:HEAD]), blake3()
    with refused(name, data, pixel_cap), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if name is None or name == "JPEG":
            raise PictureError("unsupported", "Only the first frame of such a file is read.")
        pixels = 0
        for image in frames(name, data, range(count), pixel_cap):
            seen = _exact(name, data, image)
            pixels += seen.shape[0] * seen.shape[1]
            capped((pixels, 1), pixel_cap)
            digest.update(f"{seen.shape} {seen.dtype.str}".encode())
            digest.update(np.ascontiguousarray(seen).view(np.uint8).data)
    return digest.digest()


def read_frame(data: bytes, index: int, *, pixel_cap: int) -> NDArray[np.uint8]:
    """One frame of a file that has several, upright and over white, u8 (h,w,3).

    Raises PictureError as `read_picture` does; also where the host does not read other frames than the first.
    """
    name = _format(data)
    with refused(name, data, pixel_cap), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if name is None or name == "JPEG":
            raise PictureError("unsupported", "Only the first frame of such a file is read.")
        (image,) = frames(name, data, [index], pixel_cap)
        seen = plain(image)[0].convert("RGB")
        return np.asarray(upright(seen, seen.size, _exif(name, data, image).orientation)[0])


def recognised(head: bytes, decoders: Sequence[Decoder]) -> bool:
    """Whether a file with these first 64 bytes is a picture of the host's formats or of a decoder's. Never raises."""
    return sniff(head) or _decoder(head, decoders) is not None


def read_by(data: bytes, decoders: Sequence[Decoder]) -> int:
    """Whose it is to read a file: 0 for the host, else the `mark` of one of the decoders."""
    decoder = _decoder(_head(data), decoders) if _format(data) is None else None
    return 0 if decoder is None else mark(decoder)


def _format(data: bytes) -> str | None:
    """The format of the host's that a file is in; None also for a camera's RAW file that begins as a TIFF."""
    name = format_of(data[:HEAD])
    return None if name == "TIFF" and camera_raw(data) else name


def _head(data: bytes) -> bytes:
    """What decoders are asked about: who knows one kind of RAW file is to read those too that do not say what they are."""
    return data[:HEAD] if format_of(data[:HEAD]) is None else CANON_RAW.ljust(HEAD, b"\0")


@contextlib.contextmanager
def refused(name: str | None, data: bytes, pixel_cap: int) -> Iterator[None]:
    """Whatever goes wrong in the block becomes a PictureError."""
    try:
        yield
    except PictureError:
        raise
    except MemoryError:
        raise PictureError("memory", "Decoding it takes more memory than a worker may use.") from None
    except Image.DecompressionBombError:
        raise PictureError("too_large", too_large(pixel_cap)) from None
    except Exception as error:  # Pillow raises nearly everything on bad files
        raise _refusal(name, data, error) from error


def _decoder(head: bytes, decoders: Sequence[Decoder]) -> Decoder | None:
    for decoder in decoders:
        with contextlib.suppress(Exception):  # one that cannot even look does not keep the others from it
            if decoder.matches(head):
                return decoder
    return None


def _refusal(name: str | None, data: bytes, error: Exception) -> PictureError:
    text = said(error)[:250]
    if "truncated" in text.lower() or (name is not None and not whole(name, data)):
        return PictureError("truncated", TRUNCATED)
    if name is not None and _UNKNOWN.search(text):
        return PictureError("not_supported", f"{name} files of this kind are not supported ({text}).")
    return PictureError("broken", f"It cannot be decoded as {name or 'a picture'}: {text}")


def _jpeg(data: bytes, rgb: bool, full: bool, pixel_cap: int, *, plane: bool = False) -> Picture:
    header = read_header(data)
    capped((header.width, header.height), pixel_cap)
    exif = read_exif(header.exif) if header.exif else Exif()
    orientation = exif.orientation
    size = upright_size(header.width, header.height, orientation)
    info = DecodedInfo(*size, "JPEG", exif.taken, jpeg_traits(data, header, exif))
    scale = 1 if full or header.lossless else scale_for(header, DECODED_SIDE)
    if (full and not plane) or header.lossless or not header.luma or header.layers != 3:
        image, extent = decode_jpeg(data, header, None, scale)
        return _finish(plain(image)[0], extent, orientation, info, rgb, full)
    means = read_eighth(data, header) if scale == 8 and not rgb else None
    if means is None:
        image, extent = decode_jpeg(data, header, "YCbCr" if rgb else "L", scale)
    else:
        image, extent = Image.fromarray(means), (header.width / 8, header.height / 8)
    seen, box = upright(image, extent, orientation)
    if not rgb:
        return Picture(seen if full else reduced(seen, box), None, info)
    luma, colour = parted(seen) if scale == 1 else (seen.getchannel(0), seen.convert("RGB"))
    return Picture(reduced(luma, box), reduced(colour, box), info)


def _pillow(name: str, data: bytes, rgb: bool, full: bool, pixel_cap: int) -> Picture:
    image = opened(name, data, pixel_cap)
    exif = _exif(name, data, image)
    seen, alpha = plain(image)
    traits = pillow_traits(name, data, image, exif, alpha)
    info = DecodedInfo(*upright_size(*seen.size, exif.orientation), name, exif.taken, traits)
    return _finish(seen, seen.size, exif.orientation, info, rgb, full)


def _exif(name: str, data: bytes, image: Image.Image | NDArray[Any]) -> Exif:
    """EXIF of a picture that is loaded."""
    if name == "TIFF":  # the file itself is an EXIF block; Pillow has turned what it read
        found = read_exif(data)
        return found if isinstance(image, np.ndarray) else found._replace(orientation=1)
    exif = image.info.get("exif") if isinstance(image, Image.Image) else None
    return read_exif(exif) if isinstance(exif, bytes) else Exif()


def _plugin(data: bytes, decoders: Sequence[Decoder], rgb: bool, full: bool, pixel_cap: int) -> Picture:
    if not data:
        raise PictureError("empty", "The file is empty.")
    decoder = _decoder(_head(data), decoders)
    if decoder is None and sniff(data[:HEAD]):
        raise PictureError("not_supported", "Cameras' RAW files are not supported without the plugin for them.")
    if decoder is None:
        raise PictureError("unrecognised", "Not a picture, or in a format dedupe cannot read.")
    array, info = decoder.decode(io.BytesIO(data), None if full else (WORKING_SIDE, WORKING_SIDE))
    info = _checked(decoder.name, info)
    capped((info.width, info.height), pixel_cap)
    if not isinstance(array, np.ndarray):
        raise TypeError(f"the decoder {decoder.name} gave {type(array).__name__}, not u8 (h,w) or (h,w,3)")
    if array.dtype != np.uint8 or array.shape[2:] not in ((), (3,)) or array.ndim < 2 or not array.size:
        raise TypeError(f"the decoder {decoder.name} gave {array.dtype} {array.shape}, not u8 (h,w) or (h,w,3)")
    image = Image.fromarray(np.ascontiguousarray(array))
    return _finish(image, image.size, 1, info, rgb, full)


def _checked(name: str, info: DecodedInfo) -> DecodedInfo:
    """What a plugin's decoder says of a picture, as the cache can hold it; raises TypeError for anything else."""
    if not isinstance(info, DecodedInfo):
        raise TypeError(f"the decoder {name} gave {type(info).__name__}, not a DecodedInfo")
    whole_numbers = all(isinstance(each, int | np.integer) for each in (info.width, info.height, info.taken or 0))
    if not (whole_numbers and 0 < info.width < 1 << 31 and 0 < info.height < 1 << 31):
        raise TypeError(f"the decoder {name} gave {info.width!r} x {info.height!r} pixels taken at {info.taken!r}")
    if not (isinstance(info.format, str) and info.format and info.format.isascii() and info.format.isprintable()):
        raise TypeError(f"the decoder {name} gave the format {info.format!r}, not a word")
    if info.taken is not None and not -(1 << 62) < info.taken < 1 << 62:
        raise TypeError(f"the decoder {name} gave the date {info.taken}, which is none")
    refuse_traits(name, info.traits)
    return info


def _finish(
    image: Image.Image, extent: tuple[float, float], orientation: int, info: DecodedInfo, rgb: bool, full: bool
) -> Picture:
    """A picture from plain pixels. Grey is made before anything is reduced, so that it never depends on `rgb`."""
    grey = image if image.mode == "L" else image.convert("L")
    wanted = [grey, image if image.mode == "RGB" else image.convert("RGB")] if rgb else [grey]
    turned = [upright(each, extent, orientation) for each in wanted]
    luma, *colour = [each if full else reduced(each, box) for each, box in turned]
    return Picture(luma, colour[0] if colour else None, info)
