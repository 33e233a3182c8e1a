"""The first bytes of well-known formats, by the suffixes of their files."""

from __future__ import annotations

HEADS: tuple[tuple[str, bytes], ...] = (
    (".jpg .jpeg", b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"),
    (".jpg .jpeg", b"\xff\xd8\xff\xe1\0\x18Exif\0\0II*\0"),
    (".png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
    (".gif", b"GIF89a\x10\0\x10\0"),
    (".webp", b"RIFF\x24\0\0\0WEBPVP8 "),
    (".wav", b"RIFF\x24\0\0\0WAVEfmt "),
    (".bmp", b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0"),
    (".tif .tiff", b"II*\0\x08\0\0\0"),
    (".tif .tiff", b"MM\0*\0\0\0\x08"),
    (".avif", b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf"),
    (".heic .heif", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
    (".mp4", b"\0\0\0\x18ftypisom\0\0\2\0isomiso2"),
    (".mov", b"\0\0\0\x14ftypqt  \0\0\2\0qt  "),
    (".jp2", b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 "),
    (".jxl", b"\xff\x0a\xfa\x7f\x01"),
    (".pdf", b"%PDF-1.7\n"),
    (".eps", b"%!PS-Adobe-3.0 EPSF-3.0\n"),
    (".svg", b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg">'),
    (".html", b"<!DOCTYPE html>\n<html><head><title>"),
    (".txt", b"The quick brown fox jumps over the lazy dog, twice on Sundays.\n"),
    (".zip", b"PK\3\4\x14\0\0\0\x08\0"),
    (".gz", b"\x1f\x8b\x08\0\0\0\0\0"),
)
