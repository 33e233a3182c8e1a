"""`python -P -m dedupe` without its start: a process that has imported what commands do, and becomes one by each fork.

A start takes ten times as long as the work of most tests.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import pkgutil
import re
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

AT_START = re.compile(r"PYTHON|LC_|LANG|LD_|MALLOC|OMP_|OPENBLAS|NUMBA|TMPDIR")
"""Variables that an interpreter and its libraries read as they start."""

LEFT_OUT = re.compile(r"_kernels$|\.(__main__|compiled|numba_cache)$|\.testing\b")
"""Modules that a command imports when it must: some load machine code, others numba."""

LONGEST = 1 << 16


def at_start(environment: Mapping[str, str]) -> dict[str, str]:
    """What of an environment a process that runs already cannot take up."""
    return {name: value for name, value in environment.items() if AT_START.match(name)}


class Forked:
    """Commands, one at a time, as forks of one process."""

    def __init__(self) -> None:
        self._given = at_start(os.environ)
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-P", __file__, str(theirs.fileno())]
        environment = {**os.environ, "DEDUPE_QUIET": "1"}  # what is said once a process is left to say for each command
        self._process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[theirs.fileno()]
        )
        theirs.close()

    def serves(self, environment: Mapping[str, str]) -> bool:
        """Whether a command with that environment is the same as one that starts anew."""
        return at_start(environment) == self._given

    def run(
        self, words: list[str], stdin: bytes, cwd: str, environment: Mapping[str, str], seconds: float
    ) -> subprocess.CompletedProcess[bytes]:
        """What `subprocess.run` gives of the command line's words. Raises TimeoutError, and then ends the command."""
        with contextlib.ExitStack() as stack:
            files = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(3)]
            files[0].write(stdin)
            files[0].seek(0)
            request = json.dumps([words, cwd, dict(environment)]).encode()
            socket.send_fds(self._channel, [request], [each.fileno() for each in files])
            self._channel.settimeout(seconds)
            pid = int(self._channel.recv(LONGEST))
            try:
                code = os.waitstatus_to_exitcode(int(self._channel.recv(LONGEST)))
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                self._channel.settimeout(None)
                self._channel.recv(LONGEST)
                raise
            out, error = (each.seek(0) or each.read() for each in files[1:])
        return subprocess.CompletedProcess(words, code, out, error)

    def close(self) -> None:
        """Ends the process."""
        self._channel.close()
        self._process.communicate()


def serve(channel: socket.socket) -> None:
    """Forks for every request and gives the fork's number and its end; returns in each fork."""
    while True:
        request, files, _, _ = socket.recv_fds(channel, LONGEST, 3)
        if not request:
            sys.exit()
        with warnings.catch_warnings(action="ignore"):  # numpy has threads, which see to it that they can be forked
            pid = os.fork()
        if not pid:
            channel.close()
            become(*json.loads(request), files)
            return
        for each in files:
            os.close(each)
        channel.send(b"%d" % pid)
        channel.send(b"%d" % os.waitpid(pid, 0)[1])


def become(words: list[str], cwd: str, environment: dict[str, str], files: list[int]) -> None:
    """Makes this process one that was started with these words."""
    for place, each in enumerate(files):
        os.dup2(each, place)
        os.close(each)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    sys.argv[1:] = words


def import_all() -> None:
    """Imports what commands import one by one, and the plugins that ship."""
    import dedupe

    libraries = ["PIL.Image", "jinja2", "llvmlite.binding", "rich.console", "rich.table", "typer", "sqlite3"]
    house = [each.name for each in pkgutil.walk_packages(dedupe.__path__, "dedupe.") if not LEFT_OUT.search(each.name)]
    plugins = [path.parent.name for path in Path(dedupe.__file__).parents[1].glob("plugins/*/__init__.py")]
    for name in (*libraries, *house, *plugins):
        import_module(name)


def main(descriptor: str) -> Any:
    """Serves the commands that are asked for through a socket."""
    import_all()
    gc.freeze()  # else the first collection in a fork would copy all that is shared
    serve(socket.socket(fileno=int(descriptor)))
    return runpy.run_module("dedupe", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1])
