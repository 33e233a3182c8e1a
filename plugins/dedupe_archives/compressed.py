"""Tar archives that are compressed as a whole: what is in them is reached only through what lies before."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, cast

from dedupe import Entry, PictureError, install_hint
from dedupe_archives.tar_entries import BLOCK
from dedupe_archives.tars import Tar

GZIP, BZIP2, XZ, ZSTD = b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"
CUT = "The archive is cut off or damaged: what is compressed ends early or makes no sense."


class CompressedTar:
    """Tar archives in gzip, bzip2, xz or, with the extra [zst], zstd."""

    name = "tar-compressed"
    version = "1"
    suffixes = (".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tzst")
    in_order = True

    def matches(self, head: bytes) -> bool:
        """Whether it begins as one of the four, and of gzip, which gives it away at once, whether a tar is in it."""
        if not head.startswith(GZIP):
            return head.startswith((BZIP2, XZ, ZSTD))
        try:
            block = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, BLOCK)
        except zlib.error:
            return False
        return Tar().matches(block)

    def entries(self, stream: BinaryIO) -> Iterator[Entry]:
        """Its files, as of a tar. Raises PictureError (`truncated`, `codec_missing`)."""
        try:
            yield from Tar().entries(_plain(stream))
        except _errors():
            raise PictureError("truncated", CUT) from None

    def reader(self, stream: BinaryIO) -> Callable[[int, int], bytes]:
        """Goes forwards through what lies between; to go back it begins again."""
        plain = Tar().reader(_plain(stream))

        def read(offset: int, size: int) -> bytes:
            try:
                return plain(offset, size)
            except _errors():
                raise PictureError("truncated", CUT) from None

        return read

    def without(self, stream: BinaryIO, out: BinaryIO, offsets: frozenset[int]) -> None:
        """As of a tar, compressed as it was. Raises PictureError (`truncated`)."""
        packed = _packed(stream, out)
        try:
            Tar().without(_plain(stream), packed, offsets)
        except _damaged():
            raise PictureError("truncated", CUT) from None
        packed.close()


def _packed(stream: BinaryIO, out: BinaryIO) -> BinaryIO:
    """What is written is compressed as the stream is."""
    stream.seek(0)
    head = stream.read(len(XZ))
    if head.startswith(GZIP):
        import gzip

        return cast(BinaryIO, gzip.GzipFile("", "wb", fileobj=out, mtime=0))
    if head.startswith(BZIP2):
        import bz2

        return cast(BinaryIO, bz2.BZ2File(out, "wb"))
    if head.startswith(ZSTD):
        return cast(BinaryIO, _zstd().ZstdFile(out, "wb"))
    import lzma

    return cast(BinaryIO, lzma.LZMAFile(out, "wb"))


def _plain(stream: BinaryIO) -> BinaryIO:
    """The archive as it was before it was compressed."""
    stream.seek(0)
    head = stream.read(len(XZ))
    stream.seek(0)
    if head.startswith(GZIP):
        import gzip

        return cast(BinaryIO, gzip.GzipFile(fileobj=stream, mode="rb"))
    if head.startswith(BZIP2):
        import bz2

        return cast(BinaryIO, bz2.BZ2File(stream))
    if head.startswith(ZSTD):
        return cast(BinaryIO, _zstd().ZstdFile(stream))
    import lzma

    return cast(BinaryIO, lzma.LZMAFile(stream))


def _zstd() -> Any:
    """Python's module from 3.14 on, before that its backport. Raises PictureError (`codec_missing`)."""
    try:
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd
    except ImportError:
        raise PictureError("codec_missing", f"Tar in zstd needs backports.zstd: {install_hint('zst')}.") from None
    return zstd


def _errors() -> tuple[type[Exception], ...]:
    return OSError, *_damaged()


def _damaged() -> tuple[type[Exception], ...]:
    from lzma import LZMAError

    modules = (sys.modules.get(name) for name in ("compression.zstd", "backports.zstd"))
    known = [each.ZstdError for each in modules if each]
    return EOFError, zlib.error, LZMAError, *known
