"""A small server of files by HTTP, with and without ranges, that can be busy, lead elsewhere and want a password."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass
class Served:
    """Files by path; how the server goes about it, and what it was asked for."""

    files: Mapping[str, bytes]
    ranges: bool = True
    sized: bool = True
    busy: int = 0
    """One of so many requests is answered with 503."""
    password: bool = False
    more: int = 0
    """So many bytes more are said than come."""
    leads: dict[str, str] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    url: str = ""

    def listed(self, folder: str) -> bytes:
        names = {name.removeprefix(folder).partition("/") for name in self.files if name.startswith(folder)}
        links = sorted({first + slash for first, slash, _ in names})
        return "".join(f'<a href="{each}">{each}</a>\n' for each in links).encode()


@contextmanager
def served(files: Mapping[str, bytes], **how: object) -> Iterator[Served]:
    """Serves files while the block runs."""
    about = Served(files, **how)  # type: ignore[arg-type]
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"about": about}))
    about.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield about
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Who has enough of a file ends the connection."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version, wbufsize, disable_nagle_algorithm = "HTTP/1.1", -1, True
    about: Served

    def do_GET(self) -> None:
        about, path = self.about, urlsplit(self.path).path
        about.asked[self.command + " " + path] += 1
        if about.busy and about.asked.total() % about.busy == 0:
            self._say(503)
        elif about.password and "Authorization" not in self.headers:
            self._say(401)
        elif path in about.leads:
            self._say(302, Location=about.leads[path])
        elif path.endswith("/"):
            self._say(200, about.files.get(path) or about.listed(path), **{"Content-Type": "text/html"})
        elif path in about.files:
            self._file(about.files[path])
        else:
            self._say(404)

    do_HEAD = do_GET

    def _file(self, data: bytes) -> None:
        wanted = self.headers.get("Range", "")
        more = {"ETag": f'"{len(data)}"', "Accept-Ranges": "bytes" if self.about.ranges else "none"}
        if self.about.ranges and wanted.startswith("bytes="):
            first, _, last = wanted[6:].partition("-")
            begin, end = int(first), min(int(last or len(data)) + 1, len(data))
            self._say(206, data[begin:end], **more, **{"Content-Range": f"bytes {begin}-{end - 1}/{len(data)}"})
        else:
            self._say(200, data, **more)

    def _say(self, code: int, data: bytes = b"", **headers: str) -> None:
        self.send_response(code)
        sized = self.about.sized or code != 200
        self.send_header(*(("Content-Length", str(len(data) + self.about.more)) if sized else ("Connection", "close")))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)
            self.about.sent += len(data)
        self.wfile.flush()
        self.close_connection = not sized or bool(self.about.more)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""
