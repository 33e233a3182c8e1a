"""The digest by which a file's content is known."""

from __future__ import annotations

import os

from blake3 import blake3

from dedupe.errors import DedupeError

PIECE = 1 << 20


def digest_of(path: bytes) -> str:
    """The BLAKE3-256 digest of a file's bytes, "blake3:HEX"; raises DedupeError where it cannot be read."""
    seen = blake3()
    try:
        with open(path, "rb") as stream:
            while piece := stream.read(PIECE):
                seen.update(piece)
    except OSError as error:
        raise DedupeError(f"{os.fsdecode(path)} cannot be read: {error.strerror or error}.") from error
    return f"blake3:{seen.hexdigest()}"
