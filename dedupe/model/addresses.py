"""Addresses of pictures that are not in the file system, and what of them may be shown."""

from __future__ import annotations

import re

from dedupe.model.containers import MARK

_ADDRESS = re.compile(rb"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_USER, _QUERY = re.compile(rb"(://)[^/\s]*@"), re.compile(rb"(://[^\s?#]*)[?#]\S*")

_ENDS = re.compile(rb"[?#]")


def is_address(path: bytes) -> bool:
    """Whether a path is an address, as s3://bucket/a.tar."""
    return _ADDRESS.match(path) is not None


def bare(text: bytes) -> bytes:
    """A text with the addresses in it as they may be kept: without user, password, query and fragment."""
    if b"://" not in text:
        return text
    text = _USER.sub(rb"\1", text)
    if not is_address(text):
        return _QUERY.sub(rb"\1", text)
    url, mark, name = text.partition(MARK)  # all of it is one, and may have blanks
    return _ENDS.split(url, maxsplit=1)[0] + mark + name


def bare_text(text: str) -> str:
    """The same of text."""
    return bare(text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")
