"""Requests by http and https that go where the user has said, and are led nowhere else."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from dedupe.errors import PictureError

PATIENCE = 20.0
"""Seconds that a server may be silent; how long all of a file takes is not limited."""


class LedAway(Exception):
    """A server sent a request where it must not go; the message says so."""


def options(url: str, named: str | None = None) -> dict[str, Any]:
    """What fsspec's file system takes besides, so that redirects keep to the scheme, and reach machines of a private network
    only if it is the host that was `named`, without one that of `url` itself.
    """
    host = urlsplit(url).hostname or "" if named is None else named
    return {"get_client": _client_for(host), "skip_instance_cache": True}


def refuse_private(url: str) -> None:
    """Raises PictureError where an address, which nobody has named, is a file of this machine, or a number of a private network:
    names are looked at when they are looked up.
    """
    parts = urlsplit(url)
    if parts.scheme.lower() in ("file", "local") or _is_private(parts.hostname or ""):
        raise PictureError("refused", "The list names this machine or one of a private network, which is not followed.")


def _client_for(named: str) -> Callable[..., Any]:
    async def client(**settings: Any) -> Any:
        import aiohttp

        trace = aiohttp.TraceConfig()
        trace.on_request_redirect.append(_followed)
        settings.setdefault("timeout", aiohttp.ClientTimeout(sock_connect=PATIENCE, sock_read=PATIENCE))
        resolver: Any = _Resolver(named)
        connector = aiohttp.TCPConnector(resolver=resolver)
        return aiohttp.ClientSession(connector=connector, trace_configs=[trace], **settings)

    async def _followed(_: Any, __: Any, about: Any) -> None:
        headers = about.response.headers
        to = about.url.join(type(about.url)(headers.get("Location") or headers.get("URI") or ""))
        if to.scheme != about.url.scheme:
            raise LedAway(f"The server leads from {about.url.scheme} to {to.scheme}, which is not followed.")
        if to.host != named and _is_private(to.host or ""):
            raise LedAway("The server leads to a machine of a private network, which is not followed.")

    return client


class _Resolver:
    """Looks hosts up as aiohttp does, and refuses those of a private network, but for the one that was `named`."""

    def __init__(self, named: str) -> None:
        from aiohttp.resolver import ThreadedResolver

        self._named, self._plain = named, ThreadedResolver()

    async def resolve(self, host: str, *args: Any, **settings: Any) -> Any:
        found = await self._plain.resolve(host, *args, **settings)
        if host != self._named and any(_is_private(each["host"]) for each in found):
            raise LedAway("The server leads to a machine of a private network, which is not followed.")
        return found

    async def close(self) -> None:
        await self._plain.close()


def _is_private(host: str) -> bool:
    """Whether a host is a number, and of a private network, this machine or a link; names are looked up first."""
    try:
        number = ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return False
    return not (getattr(number, "ipv4_mapped", None) or number).is_global
