"""Requests by http and https that go where the user has said, and are led nowhere else."""

from __future__ import annotations

import ipaddress
import socket
import unicodedata
from collections.abc import Callable
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from dedupe.errors import PictureError

PATIENCE = 20.0
"""Seconds that a server may be silent; how long all of a file takes is not limited."""

_Number: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64, _OLD = ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96")

PUBLIC = frozenset(
    ["http", "https", "s3", "s3a", "gs", "gcs", "hf", "az", "abfs", "abfss", "adl", "oss", "oci", "memory"]
)
"""Schemes that lists are followed to: of the web and of buckets, whose hosts are not for a list to choose."""


class LedAway(Exception):
    """A server sent a request where it must not go; the message says so."""


def options(url: str, named: str | None = None) -> dict[str, Any]:
    """What fsspec's file system takes besides, so that redirects keep to the scheme, and reach machines of a private network
    only if it is the host that was `named`, without one that of `url` itself.
    """
    host = urlsplit(url).hostname or "" if named is None else named
    return {"get_client": _client_for(host), "skip_instance_cache": True}


def refuse_private(url: str) -> None:
    """Raises PictureError where an address, which nobody has named, has another scheme than those of the web and of buckets, as
    files of this machine have, or is a number of a private network: names are looked at when they are looked up.
    """
    try:
        host, scheme = urlsplit(url).hostname or "", url.partition("://")[0].lower()
    except ValueError:
        raise PictureError("refused", "The list names what is no address.") from None
    if scheme not in PUBLIC:
        raise PictureError("refused", f"Lists are not followed to {scheme}://, but to https:// and to buckets.")
    if _is_private(host):
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
    """Whether a host is a number, in any form that systems take (127.1, 0x7f000001, 2130706433), and of a private network, this
    machine or a link; names are looked up first.
    """
    plain = unicodedata.normalize("NFKC", host).replace("\u3002", ".").strip("[]").partition("%")[0].rstrip(".")
    try:
        number = _reached(ipaddress.ip_address(plain))
    except ValueError:
        try:
            number = ipaddress.IPv4Address(socket.inet_aton(plain))
        except (OSError, ValueError):
            return plain.replace(".", "").isdigit()  # aiohttp takes it for a number, and looks nothing up
    return number.is_multicast or not number.is_global


def _reached(number: _Number) -> _Number:
    """The number that a connection to one ends at: IPv6 has ways to write those of IPv4."""
    if isinstance(number, ipaddress.IPv4Address):
        return number
    last = ipaddress.IPv4Address(int(number) & 0xFFFFFFFF)
    inside = last if number in _NAT64 or (number in _OLD and int(number) > 1) else None
    return number.ipv4_mapped or number.sixtofour or inside or number
