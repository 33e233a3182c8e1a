"""Questions about single pictures: what looks like this one, how far apart are these two, what is its descriptor."""

from __future__ import annotations

from dedupe.query.comparing import compare
from dedupe.query.describing import describe
from dedupe.query.finding import find

__all__ = ["compare", "describe", "find"]
