"""The private folder of a Ray that a scan starts: gone with it, and where the scan was killed, with the next one."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, where a folder of a scan that was killed stays
    fcntl = None  # type: ignore[assignment]

PREFIX, LOCK = "dedupe-ray-", "lock"

LONGEST = 30
"""Characters of a folder in which there is room for the names of Ray's sockets, whose paths have at most 107 bytes."""


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder with a short path that nobody else can enter; removed at the end, with those that killed scans have left."""
    usual = tempfile.gettempdir()
    place = Path(usual if len(usual) <= LONGEST else "/tmp")
    for left in place.glob(f"{PREFIX}*"):
        _remove_if_left(left)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
    try:
        with (folder / "new").open("w") as file:
            if fcntl:
                fcntl.flock(file, fcntl.LOCK_EX)
                (folder / "new").rename(folder / LOCK)  # locked from the first moment on
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_if_left(folder: Path) -> None:
    """Removes a folder of this user's whose lock no process holds."""
    with suppress(OSError):
        if fcntl and not folder.is_symlink() and folder.stat().st_uid == os.getuid():
            with (folder / LOCK).open("r") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
