"""What child processes say to their parent: JSON and plain arrays, which carry no code, whoever wrote them."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGEST = 2 << 30
"""Bytes of a message that are read at most; a worker has not more memory."""


def packed(words: Any, *arrays: NDArray[Any]) -> bytes:
    """A message of a JSON value and arrays. Raises TypeError or ValueError for what has no such form."""
    out = io.BytesIO()
    out.write(json.dumps(words).encode("ascii") + b"\n")
    for each in arrays:
        np.lib.format.write_array(out, each, allow_pickle=False)
    return out.getvalue()


def unpacked(message: bytes) -> tuple[Any, list[NDArray[Any]]]:
    """The JSON value and the arrays of a message. Raises ValueError for any other bytes."""
    stream, arrays = io.BytesIO(message), []
    try:
        words = json.loads(stream.readline())
        while stream.tell() < len(message):
            arrays.append(np.lib.format.read_array(stream, allow_pickle=False))
    except Exception as error:  # numpy and json raise errors of many kinds
        raise ValueError("not a message") from error
    return words, arrays
