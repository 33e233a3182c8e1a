"""Who is near whom: the pairs that descriptors propose within one collection, between two, and around one picture."""

from __future__ import annotations

from dedupe.near.across import around, between, nearest_turn
from dedupe.near.groups import FileGroups, Groups, by_name, standing
from dedupe.near.same import equal_bytes, equal_pixels, having, set_aside, shades, told_apart
from dedupe.near.within import ToSearch, criteria, neighbours, to_search, within

__all__ = [
    "FileGroups",
    "Groups",
    "ToSearch",
    "around",
    "between",
    "by_name",
    "criteria",
    "equal_bytes",
    "equal_pixels",
    "having",
    "nearest_turn",
    "neighbours",
    "set_aside",
    "shades",
    "standing",
    "to_search",
    "told_apart",
    "within",
]
