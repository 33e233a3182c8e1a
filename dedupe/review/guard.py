"""Who is let in: the page that the user's own browser was led to, and nobody else."""

from __future__ import annotations

import time
from secrets import compare_digest

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

KEY = "x-dedupe-key"
"""The header that has the key."""

SENT = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
"""Headers of every answer. None allows another origin anything."""


class Guard:
    """Lets in what names this server as its Host, comes from its own page, and has the key; the page alone, which says nothing
    of the plan, is had without it. `last` is when something was let in, by time.monotonic().
    """

    def __init__(self, app: ASGIApp, port: int, key: str) -> None:
        self._app, self._host, self._key = app, f"127.0.0.1:{port}", key
        self.last = time.monotonic()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(SENT)
            await send(message)

        refusal = self._refusal(scope["method"], scope["path"], Headers(scope=scope))
        if refusal:
            await PlainTextResponse(refusal, 403)(scope, receive, sending)
            return
        self.last = time.monotonic()
        await self._app(scope, receive, sending)

    def _refusal(self, method: str, path: str, headers: Headers) -> str:
        if headers.getlist("host") != [self._host]:
            return "This is not the address of this server."
        origin = headers.get("origin", f"http://{self._host}" if method == "GET" else "")
        if origin != f"http://{self._host}":
            return "Only its own page may ask."
        if path == "/":
            return ""
        if headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return "Only its own page may ask."
        if not compare_digest(headers.get(KEY, "").encode(), self._key.encode()):
            return "The key is missing or wrong: open the address that dedupe review gave."
        return ""
