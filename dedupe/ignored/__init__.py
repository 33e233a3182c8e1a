"""Pairs that the user said are no duplicates: remembered by content, in the user's data folder, for all later runs."""

from __future__ import annotations

from dedupe.ignored.among import among, between, note
from dedupe.ignored.listing import IgnoredPair, add_contents, pairs
from dedupe.ignored.named import add, remove

__all__ = ["IgnoredPair", "add", "add_contents", "among", "between", "note", "pairs", "remove"]
