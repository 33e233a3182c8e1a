"""What a worker gives up before it reads somebody's files: privileges, large files and, by Landlock, writing and running.

Landlock (Linux 5.13 and newer) is asked for by number, as in the kernel's Documentation/userspace-api/landlock.rst. It holds
for the thread that asks, and for those that it starts later: not for those that a library has started in the warm-up.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import signal
import struct
import sys
from collections.abc import Sequence
from glob import glob
from pathlib import Path

LARGEST = 64 << 20
"""Bytes of a file that a worker may write; compiled kernels are far smaller."""

DEVICES = ("/dev/null", "/dev/nvidia*", "/dev/dri", "/dev/kfd", "/dev/dxg")
"""Devices that a worker may write to: nowhere, and graphics cards, which a plugin may compute on."""

_PR_SET_NO_NEW_PRIVS = 38
_CREATE, _ADD, _RESTRICT = 444, 445, 446
"""System calls, by the numbers that they have on both processors of _PROCESSORS."""

_PROCESSORS = ("x86_64", "aarch64")
_VERSION_FLAG, _PATH_BENEATH = 1, 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_FILE, _MAKE_REG = (1 << bit for bit in (0, 1, 2, 3, 5, 8))
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_RIGHTS = {1: (1 << 13) - 1, 2: _REFER, 3: _TRUNCATE, 5: _IOCTL_DEV}
"""What there is to be forbidden, by the version of Landlock that first knows it."""

_OF_FOLDERS = _WRITE_FILE | _REMOVE_FILE | _MAKE_REG | _REFER | _TRUNCATE
_OF_FILES = _WRITE_FILE | _TRUNCATE | _IOCTL_DEV
_TCP_BIND, _TCP_CONNECT = 1, 2
_TCP_VERSION = 4


def confine(folders: Sequence[Path], largest: int = LARGEST) -> None:
    """From now on this process gains no privileges and writes no file of more than `largest` bytes; where the kernel has
    Landlock, it reads anywhere, but writes to `folders` and DEVICES alone, runs no program and opens no TCP connection.

    What the system does not have is left out; `described` says what there is. Raises OSError where Landlock is there and
    refuses.
    """
    _limit_files(largest)
    if sys.platform != "linux":
        return
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 and (version := landlock()):
        _restrict(library, version, folders)


def landlock() -> int:
    """The version of the kernel's Landlock; 0 where it has none, or has it switched off."""
    if sys.platform != "linux" or platform.machine() not in _PROCESSORS:
        return 0
    return max(0, int(ctypes.CDLL(None).syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION_FLAG))))


def described(loose: bool) -> str:
    """What is in force in the workers of this machine, as a sentence; `loose`: whether there are loose plugins."""
    if loose:
        return "Workers are not confined, since --plugin loads a file that is being tried out."
    if sys.platform == "win32":
        return "Workers are not confined: that takes Linux or macOS."
    limit = f"files of at most {LARGEST >> 20} MB"
    if sys.platform != "linux":
        return f"Workers: {limit}. No new privileges and Landlock are Linux's alone."
    start, version = f"Workers: no new privileges, {limit}", landlock()
    if not version:
        return f"{start}. Landlock, by which they could not write, is missing or switched off in this kernel."
    tcp = "no TCP" if version >= _TCP_VERSION else "TCP allowed: this kernel's Landlock is too old to forbid it"
    return f"{start}, Landlock (read anything, write nothing, run no programs, {tcp})."


def _limit_files(largest: int) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # writing more is an error then, and no end without a word
        bounds = [n for n in resource.getrlimit(resource.RLIMIT_FSIZE) if n != resource.RLIM_INFINITY]
        bound = min([largest, *bounds])
        resource.setrlimit(resource.RLIMIT_FSIZE, (bound, bound))


def _restrict(library: ctypes.CDLL, version: int, folders: Sequence[Path]) -> None:
    known = sum(rights for first, rights in _RIGHTS.items() if first <= version)
    forbidden = known & ~(_READ_FILE | _READ_DIR)
    tcp = [_TCP_BIND | _TCP_CONNECT] if version >= _TCP_VERSION else []
    asked = struct.pack(f"={1 + len(tcp)}Q", forbidden, *tcp)
    rules = _called(library, _CREATE, asked, ctypes.c_size_t(len(asked)), ctypes.c_uint32(0))
    try:
        for place in [*folders, *(Path(each) for pattern in DEVICES for each in glob(pattern))]:
            _allow(library, rules, place, known)
        _called(library, _RESTRICT, rules, ctypes.c_uint32(0))
    finally:
        os.close(rules)


def _allow(library: ctypes.CDLL, rules: int, place: Path, known: int) -> None:
    rights = (_OF_FOLDERS | _OF_FILES if place.is_dir() else _OF_FILES) & known
    with contextlib.suppress(FileNotFoundError):
        opened = os.open(place, os.O_PATH | os.O_CLOEXEC)
        try:
            _called(library, _ADD, rules, _PATH_BENEATH, struct.pack("=Qi", rights, opened), ctypes.c_uint32(0))
        finally:
            os.close(opened)


def _called(library: ctypes.CDLL, number: int, *arguments: object) -> int:
    result = int(library.syscall(number, *arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
