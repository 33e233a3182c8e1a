"""Whether there is enough memory to begin with: short of it, C libraries end the process or wait for ever, and say nothing."""

from __future__ import annotations

from dedupe.errors import DedupeError

LEAST = 10**9
"""Bytes of address space: with 0.8 GB the first run, which compiles, hangs inside of a library; with 1 GB it ends well."""


def check_memory() -> None:
    """Raises DedupeError where the limit on this process's address space leaves too little to work with."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    allowed = resource.getrlimit(resource.RLIMIT_AS)[0]
    if allowed != resource.RLIM_INFINITY and allowed < LEAST:
        raise DedupeError(
            f"There is not enough memory: ulimit -v allows {allowed / 1e6:.0f} MB here, and dedupe needs at least "
            f"{LEAST / 1e6:,.0f} MB. Raise the limit, as in: ulimit -v unlimited"
        )
