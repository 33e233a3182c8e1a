"""The cluster: one of our own on this machine, or the one at an address; what is started here ends here."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dedupe import DedupeError, UsageError
from dedupe_ray.folder import private_folder

LOOPBACK = "127.0.0.1"

QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_worker_niceness": "0",
}
"""What a Ray of our own goes by: it reports nothing to its makers; this node is only to be found under its loopback address, on
which all servers listen then (elsewhere than on Linux that is usual); and its workers are no nicer to others than this process.
"""

ASKS = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
"""It asks for a secret, too, that only this user can read: other users of this machine reach the loopback address."""

_PRINTS = "print_to_stdstream"

SECONDS = 5.0
"""How long an address may take to answer."""


@contextmanager
def cluster(address: str, workers: int | None) -> Iterator[int]:
    """A cluster to work on, as Ray's default one, and how many workers it is to have: so many as are asked for, at most as many
    as it has processors.

    Where this process is connected to a Ray already it is that one. Raises DedupeError where none can be started or reached, and
    where a node has other versions than this machine.
    """
    if "ray" in sys.modules and _ray().is_initialized():
        yield _workers(workers)
        return
    with _connected(address) if address else _own(workers or _processors()), _kept_off_stdout():
        yield _workers(workers)


@contextmanager
def _kept_off_stdout() -> Iterator[None]:
    """Ray prints on standard output that a worker has died, which is the place of the result; no setting of its keeps it from
    that.
    """
    from ray._private import worker

    before = getattr(worker, _PRINTS, None)
    setattr(worker, _PRINTS, lambda *_, **__: None)
    try:
        yield
    finally:
        setattr(worker, _PRINTS, before)


def _ray() -> Any:
    """Ray, which goes by the environment that it finds when it is first imported."""
    import ray

    return ray


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _workers(asked: int | None) -> int:
    there = max(1, int(_ray().cluster_resources().get("CPU", 1)))
    return min(asked, there) if asked else there


@contextmanager
def _own(workers: int) -> Iterator[None]:
    """A Ray of this process, in a folder that nobody else can enter: Ray opens its own to all."""
    given = {**QUIET, **ASKS}
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        _refuse_imported_before()
        with private_folder() as folder:
            where = {"address": "local", "_temp_dir": str(folder / "r")}
            _init("No Ray could be started", **where, num_cpus=workers, include_dashboard=False)
            try:
                _refuse_open()
                yield
            finally:
                _ray().shutdown()
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _refuse_imported_before() -> None:
    """Raises DedupeError for a Ray that was imported without what a Ray of our own goes by: it would listen on all addresses, and
    not know the secret.
    """
    _ray()
    from ray._private import ray_constants

    if getattr(ray_constants, "ENABLE_RAY_CLUSTER", False):
        raise DedupeError(
            "Ray was imported before the scan, so that other machines could reach it; import it later, or start it yourself with "
            "ray.init()."
        )


def _refuse_open() -> None:
    """Raises DedupeError for a Ray that others could reach: it unpickles what they send."""
    addresses = {node["NodeManagerAddress"] for node in _ray().nodes()}
    if addresses != {LOOPBACK}:
        raise DedupeError(
            f"Ray listens on {', '.join(sorted(addresses))} and not on this machine alone, since it was imported before the "
            "scan; import it later, or start it yourself with ray.init()."
        )


@contextmanager
def _connected(address: str) -> Iterator[None]:
    """The cluster at an address, which stays as it is."""
    _refuse_silent(_running() if address == "auto" else address)
    try:
        _init(f"The Ray cluster at {address} cannot be used", address=address)
        from dedupe_ray.versions import refuse_other_versions

        refuse_other_versions()
        yield
    finally:
        _ray().shutdown()


def _running() -> str:
    """The address of the cluster that `auto` is, as Ray finds it: one that is no more may still be noted down."""
    from ray._private.services import canonicalize_bootstrap_address_or_die

    try:
        return str(canonicalize_bootstrap_address_or_die("auto"))
    except Exception:  # of several kinds, where there is none; what it says names options of Ray's
        raise DedupeError(
            "No Ray cluster was found on this machine: start one with ray start --head, or give ray=HOST:PORT."
        ) from None


def _refuse_silent(address: str) -> None:
    """Raises for an address at which nobody answers: Ray itself would try for ever. Of this machine's own address Ray makes the
    one under which other nodes know it.
    """
    host, colon, port = address.rpartition(":")
    if not colon or "://" in address or not port.isdecimal():
        raise UsageError(f"--engine ray={address}: give HOST:PORT, or auto for the cluster that runs on this machine.")
    known = _ray().util.get_node_ip_address() if host in ("localhost", LOOPBACK, "[::1]") else host.strip("[]")
    try:
        socket.create_connection((known, int(port)), SECONDS).close()
    except (OSError, OverflowError) as error:
        raise DedupeError(f"No Ray cluster answers at {known}:{port}: {error}.") from None


def _init(what: str, **given: Any) -> None:
    try:
        with _ended_as_before():
            _ray().init(log_to_driver=False, logging_level=logging.ERROR, **given)
    except Exception as error:  # of many kinds, after what went wrong in a process of Ray's
        _ray().shutdown()
        why = "it asks for a token; set RAY_AUTH_MODE=token, and let Ray find the token."
        raise DedupeError(f"{what}: {why if _asks_for_token(error) else _first_line(error)}") from error


@contextmanager
def _ended_as_before() -> Iterator[None]:
    """What SIGTERM does stays as it is: Ray would write down where in its code it came, and end without an exit code of ours."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread() and before is not None:
            signal.signal(signal.SIGTERM, before)


def _asks_for_token(error: BaseException | None) -> bool:
    """Whether an error, or one that led to it, speaks of authentication; Ray has no one class for that."""
    while error is not None and "uthenticat" not in str(error):
        error = error.__cause__ or error.__context__
    return error is not None


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (" ".join(lines)[:300] or type(error).__name__).rstrip(".") + "."
