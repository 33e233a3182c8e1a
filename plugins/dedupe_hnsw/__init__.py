"""Float pairs through a graph of hnswlib (Malkov and Yashunin, 2018): --index hnsw."""

from __future__ import annotations

from collections.abc import Callable

from dedupe import Index, hookimpl


@hookimpl
def dedupe_indexes() -> list[Callable[..., Index]]:
    """The one index of this plugin."""
    from dedupe_hnsw.graph import Hnsw

    return [Hnsw]
