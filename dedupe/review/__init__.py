"""A plan looked at and decided in a browser: served to the user of this machine alone, for as long as it takes."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from html import escape
from pathlib import Path
from secrets import token_urlsafe
from tempfile import TemporaryDirectory

from dedupe.errors import DedupeError, install_hint
from dedupe.model import Run
from dedupe.review.applying import apply_command
from dedupe.review.deciding import Review

IDLE = 3600.0
"""Seconds without a request after which it ends."""

KEY_BYTES = 32


def review(
    plan: str | os.PathLike[str],
    run: Run,
    *,
    started: Callable[[str], None],
    seconds: float = IDLE,
    merge_metadata: bool = False,
) -> None:
    """Serves a plan to a browser until Ctrl-C, or until nobody has asked for anything for so many seconds; what is decided is
    written into the plan. `started` is given the address of a file, which the user alone can read, that leads a browser there.
    What it starts to apply the plan is told to merge metadata where `merge_metadata` says so.

    Raises UsageError for what is no plan, DedupeError for a plan that cannot be read and where Starlette or uvicorn is missing.
    """
    try:
        from dedupe.review.server import served
    except ImportError as error:
        raise DedupeError(f"Reviewing needs Starlette and uvicorn: {install_hint('review')}.") from error
    with closing(Review(plan, run, merge_metadata)) as reviewed, closing(_listening()) as listening:
        key, port = token_urlsafe(KEY_BYTES), listening.getsockname()[1]
        with doorway(f"http://127.0.0.1:{port}/#{key}") as door, suppress(KeyboardInterrupt):
            started(door)
            served(reviewed, listening, key, seconds)


def _listening() -> socket.socket:
    """A free port of this machine, which no other one reaches."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.bind(("127.0.0.1", 0))
    made.listen(128)
    return made


__all__ = ["apply_command", "review"]


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
