"""A decoder that ends or stops the process it runs in, importable by a process that starts afresh."""

from __future__ import annotations

import os
import time

import numpy as np

from dedupe import DecodedInfo

HEAD = b"DEADLY "


class Deadly:
    """Reads `DEADLY exit`, `DEADLY sleep`, and as a grey picture everything else that begins so."""

    name, version, suffixes = "deadly", "1", (".deadly",)

    def matches(self, head: bytes) -> bool:
        return head.startswith(HEAD)

    def decode(self, stream, want):
        match stream.read().removeprefix(HEAD):
            case b"exit":
                os._exit(7)
            case b"sleep":
                time.sleep(60)
        return np.full((48, 64), 128, np.uint8), DecodedInfo(64, 48, "DEADLY")
