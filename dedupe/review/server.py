"""The server of a review."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from dataclasses import asdict
from secrets import token_hex
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from dedupe.errors import DedupeError
from dedupe.previews import Preview
from dedupe.report.groups_page import review_page
from dedupe.review.applying import action_of
from dedupe.review.deciding import Review
from dedupe.review.guard import Guard

LARGEST = 8 << 20
"""Bytes of a request's body."""

FRAMES = {"content-security-policy": "frame-ancestors 'none'"}
"""What a page cannot say of itself."""

LOOK = 1.0
"""Seconds between two looks at whether anybody is still there."""


def served(review: Review, listening: socket.socket, key: str, seconds: float) -> None:
    """Serves until Ctrl-C, or until nobody was let in for so many seconds."""
    guard = Guard(_app(review), listening.getsockname()[1], key)
    settings = uvicorn.Config(
        guard,
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(settings)
    asyncio.run(_until_idle(server, listening, guard, seconds))


async def _until_idle(server: uvicorn.Server, listening: socket.socket, guard: Guard, seconds: float) -> None:
    async def watch() -> None:
        while time.monotonic() - guard.last < seconds:
            await asyncio.sleep(min(LOOK, seconds))
        server.should_exit = True

    watching = asyncio.create_task(watch())
    try:
        await server.serve(sockets=[listening])
    finally:
        watching.cancel()


def _app(review: Review) -> Starlette:
    def page(_: Request) -> Response:
        return HTMLResponse(review_page(token_hex(16)), headers=FRAMES)

    def data(_: Request) -> Response:
        return JSONResponse(review.data())

    def small(request: Request) -> Response:
        return picture(review.picture(request.path_params["row"], large=False))

    def large(request: Request) -> Response:
        return picture(review.picture(request.path_params["row"], large=True))

    def picture(made: Preview) -> Response:
        return Response(made.jpeg, media_type="image/jpeg") if made.jpeg else PlainTextResponse(made.note, 404)

    async def decide(request: Request) -> Response:
        actions, differs = _decisions(await _body(request))
        await run_in_threadpool(review.decide, actions, differs)
        return JSONResponse({})

    async def apply(request: Request) -> Response:
        match await _body(request):
            case {"action": kind, "folder": folder, "typed": int() | None as typed} if not isinstance(typed, bool):
                done = await run_in_threadpool(review.apply, action_of(kind, folder), typed)
                return JSONResponse(asdict(done))
        raise ValueError("That is no action.")

    def undo(_: Request) -> Response:
        return JSONResponse(asdict(review.undo()))

    routes = [
        Route("/", page),
        Route("/data", data),
        Route("/small/{row:str}", small),
        Route("/large/{row:str}", large),
        Route("/decide", decide, methods=["POST"]),
        Route("/apply", apply, methods=["POST"]),
        Route("/undo", undo, methods=["POST"]),
    ]
    return Starlette(routes=routes, exception_handlers={DedupeError: _said, ValueError: _said})


def _said(_: Request, error: Exception) -> Response:
    """A sentence for the page; a defect is not told as one."""
    return PlainTextResponse(str(error), 409 if isinstance(error, DedupeError) else 400)


async def _body(request: Request) -> Any:
    """The JSON that was sent. Raises ValueError for none, and for too much."""
    parts, size = [], 0
    try:
        async for part in request.stream():
            parts.append(part)
            size += len(part)
            if size > LARGEST:
                raise ValueError("That is more than a review takes at once.")
        return json.loads(b"".join(parts))
    except (ClientDisconnect, RecursionError):
        raise ValueError("That is no decision.") from None


def _decisions(sent: Any) -> tuple[dict[str, str], dict[str, bool]]:
    """Actions by row, and rows that are duplicates or not. Raises ValueError for anything else."""
    match sent:
        case {"actions": dict(actions), "differs": dict(differs)} if all(
            isinstance(each, str) for each in actions.values()
        ) and all(isinstance(each, bool) for each in differs.values()):
            return actions, differs
    raise ValueError("That is no decision.")
