"""How a browser is led to a server whose address is secret: by a file, for a command line can be read by all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0;url={address}"><title>dedupe review</title></head>
<body><p><a href="{address}">Review the duplicates</a></p></body></html>
"""


@contextmanager
def doorway(address: str) -> Iterator[str]:
    """The address of a file that leads on to `address`; its user alone can read it, and it goes when the block ends."""
    with TemporaryDirectory(prefix="dedupe-review-") as folder:
        path = Path(folder) / "review.html"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(PAGE.format(address=escape(address)))
        yield path.as_uri()
