"""What a child process does to itself first: it dies with its parent, stays small, keeps stdout clean; and how it ended."""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import os
import signal
import stat
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

_PR_SET_PDEATHSIG = 1
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""glibc's mallopt: how much free memory at the end goes back to the system, and which blocks are always its own."""

_KEPT, _LARGE = 64 << 20, 32 << 20


def guard(parent: int, pixel_cap: int | None = None) -> None:
    """Ties this process to `parent`, ignores SIGINT, sends all that is written to stdout to stderr.

    With `pixel_cap`, Pillow refuses pictures of far more pixels, for plugins that use it themselves.
    """
    _die_with(parent)
    _keep_memory()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    faulthandler.disable()
    warnings.simplefilter("ignore")
    _redirect()
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if pixel_cap is not None:
        from PIL import Image

        Image.MAX_IMAGE_PIXELS = pixel_cap


def let_go(own: int) -> None:
    """Parts with the sockets and the files open for writing that a fork copied, but for standard streams and `own`: they are
    the parent's answers, caches and ways to other children. Their numbers lead nowhere, and stay taken: objects that still
    know them would close what has these numbers next.
    """
    try:
        numbers = [int(each) for each in os.listdir("/dev/fd")]
    except OSError:  # Windows, which does not fork
        return
    null = os.open(os.devnull, os.O_RDWR)
    for number in numbers:
        with contextlib.suppress(OSError):  # that of the list itself
            if number > 2 and number != own and _can_be_written(number):
                os.dup2(null, number, inheritable=False)
    os.close(null)


def _can_be_written(number: int) -> bool:
    import fcntl

    mode = os.fstat(number).st_mode
    return stat.S_ISSOCK(mode) or (stat.S_ISREG(mode) and fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE != 0)


def started(process: Any) -> None:
    """Starts a child process, forked or not."""
    with warnings.catch_warnings(), _without_opencv_threads():
        # Python warns of forking beside the threads of a BLAS, which look after themselves
        warnings.simplefilter("ignore", DeprecationWarning)
        process.start()


@contextlib.contextmanager
def _without_opencv_threads() -> Iterator[None]:
    """Ends the threads of an OpenCV that this process has used: a fork copies the list of them and not them, and the child would
    wait for them for ever. OpenCV starts them again when it is next used.
    """
    opencv = sys.modules.get("cv2")
    count = getattr(opencv, "getNumThreads", lambda: 1)()
    if opencv is None or count == 1:
        yield
        return
    opencv.setNumThreads(1)
    try:
        yield
    finally:
        opencv.setNumThreads(count)


def how_it_ended(code: int | None) -> str:
    """What became of a child process with that exit code, None while it has none, for a sentence: "crashed its worker"."""
    if code is None or code >= 0:
        return f"ended its worker with exit code {code}"
    if code == -signal.SIGKILL:
        return "had its worker killed by the system, most likely for want of memory"
    with contextlib.suppress(ValueError):
        return f"crashed its worker ({signal.Signals(-code).name})"
    return f"crashed its worker (signal {-code})"


def _die_with(parent: int) -> None:
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    elif hasattr(os, "getppid"):
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if hasattr(os, "getppid") and os.getppid() != parent:
        os._exit(1)


def _keep_memory() -> None:
    """Keeps what one picture took for the next one: given back, it costs a page fault for every 4 KB each time."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # another C library has no mallopt, or does not need it
            library = ctypes.CDLL(None)
            library.mallopt(_TRIM_THRESHOLD, _KEPT)
            library.mallopt(_MMAP_THRESHOLD, _LARGE)


def _watch(parent: int) -> None:
    """Where the kernel does not tell, looks once a second."""
    while os.getppid() == parent:
        threading.Event().wait(1.0)
    os._exit(1)


def _redirect() -> None:
    """Standard output becomes standard error, for C code too; the Python objects are new, for a lock of the parent's
    may have been held by another of its threads when this process was forked.
    """
    try:
        os.fstat(2)
    except OSError:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 2)
    os.dup2(2, 1)
    both = os.fdopen(2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)
    sys.stdout = sys.stderr = both


def limit_memory(more: int | None) -> None:
    """Lets this process grow by `more` bytes of address space from what it has now (where the system can say and do so)."""
    if more is None:
        return
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        with open("/proc/self/statm", "rb") as file:
            size = int(file.read().split()[0]) * resource.getpagesize()
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        wanted = size + more
        resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
