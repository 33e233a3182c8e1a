"""What goes wrong with addresses, in sentences; and what is tried again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from dedupe.describe.remote.web import LedAway
from dedupe.errors import PictureError, said
from dedupe.model.addresses import bare_text

R = TypeVar("R")

TRIES, FIRST_WAIT = 6, 0.2
"""How often something is tried, and the seconds before the second time, which double."""

WITHIN = 20.0
"""Seconds after whose end nothing is tried again: packages that wait for long have tried it themselves."""

PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""What servers answer that are busy."""

LOST = (
    "ClientConnectionError",
    "ClientPayloadError",
    "ServerDisconnectedError",
    "ConnectionClosedError",
    "ReadTimeoutError",
)
KEYLESS = ("NoCredentialsError", "PartialCredentialsError", "DefaultCredentialsError", "GatedRepoError")


def patiently(work: Callable[[], R]) -> R:
    """What comes of some work, which is tried again while a server is busy or a connection is lost. Raises PictureError."""
    tries, begun = 0, time.monotonic()
    while True:
        try:
            return work()
        except Exception as error:
            tries += 1
            enough = tries == TRIES or time.monotonic() - begun > WITHIN
            if enough or isinstance(error, PictureError) or not any(map(_passes, _causes(error))):
                raise refusal(error) from None
        time.sleep(FIRST_WAIT * 2 ** (tries - 1))


def refusal(error: BaseException) -> PictureError:
    """Why something at an address cannot be had; what says so itself stays as it is."""
    if isinstance(error, PictureError):
        return error
    for cause in _causes(error):
        status = getattr(cause, "status", None) or getattr(cause, "code", None)
        if isinstance(cause, LedAway):
            return PictureError("refused", str(cause))
        if isinstance(cause, PermissionError) or status in (401, 403, 407) or type(cause).__name__ in KEYLESS:
            return PictureError(
                "unreadable", "It needs credentials, or others than there are: fsspec's settings have them."
            )
        if status in PASSING:
            return PictureError(
                "unreadable", f"Its server is busy (it answered {status} {TRIES} times); try again later."
            )
        if type(cause).__name__ == "ClientPayloadError":
            return PictureError("unreadable", "What its server sends ends early, or cannot be unpacked.")
        if _is_lost(cause):
            return PictureError("unreadable", f"Its server cannot be reached: {bare_text(said(cause))[:250]}")
    if isinstance(error, FileNotFoundError):
        return PictureError("vanished", "It is not there.")
    return PictureError("unreadable", f"It cannot be read: {bare_text(said(error))[:250]}")


def _passes(error: BaseException) -> bool:
    return getattr(error, "status", None) in PASSING or _is_lost(error)


def _is_lost(error: BaseException) -> bool:
    """Whether a connection was lost, or could not be made."""
    names = {each.__name__ for each in type(error).__mro__}
    return isinstance(error, TimeoutError | ConnectionError) or not names.isdisjoint(LOST)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what it came of, the cause first: fsspec says of many that nothing was found."""
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    return reversed(chain)
