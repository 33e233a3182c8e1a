"""An engine that does the work of a scan on a Ray cluster, or in a Ray of its own on this machine; with the extra `[ray]`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dedupe import hookimpl

if TYPE_CHECKING:
    from dedupe.engines import Engine


@hookimpl
def dedupe_engines() -> list[Callable[..., Engine]]:
    """The engine of this plugin."""
    from dedupe_ray.engine import Ray

    return [Ray]
