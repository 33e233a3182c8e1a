"""A review that runs as a user starts it, in a process of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit


@dataclass
class Reviewing:
    """`door` is the file that leads a browser in; `said` what went to stderr once it has ended, `code` its exit code."""

    process: subprocess.Popen
    door: Path
    plan: Path
    said: str = ""
    code: int | None = None

    def __post_init__(self) -> None:
        (address,) = re.findall(r"url=(\S+?)\"", self.door.read_text())
        parts = urlsplit(address)
        self.origin, self.key, self.port = f"http://{parts.netloc}", parts.fragment, parts.port

    def ask(
        self, path: str, method: str = "GET", body: object = None, **headers: str | None
    ) -> tuple[HTTPResponse, bytes]:
        """What is answered to its own page, but for other headers (underscores are dashes); None leaves one out."""
        own = {"x-dedupe-key": self.key, "host": self.origin.removeprefix("http://")}
        if method != "GET":
            own["origin"] = self.origin
        sent = own | {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in ({"content-length": str(len(data))} | sent).items():
                if value is not None:
                    connection.putheader(name, value)
            connection.endheaders(data)
            answer = connection.getresponse()
            return answer, answer.read()


@contextmanager
def reviewing(plan: Path, data: Path, *words: str) -> Iterator[Reviewing]:
    """`dedupe review PLAN --no-browser`, until the block ends; `data` is the folder for what the user said."""
    command = [sys.executable, "-P", "-m", "dedupe", "review", plan, "--no-browser", *words]
    environment = {**os.environ, "DEDUPE_DATA": os.fspath(data)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, cwd=plan.parent) as process:
        first = process.stderr.readline()
        try:
            found = Reviewing(process, Path(re.search(r"file://(\S+)", first)[1]), plan)
            yield found
        finally:
            process.send_signal(signal.SIGINT)
            rest = process.communicate(timeout=30)[1]
    found.said, found.code = first + rest, process.returncode
