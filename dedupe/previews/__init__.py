"""Pictures for people to look at: read again, made small, encoded anew without metadata, by children that one may kill."""

from __future__ import annotations

from dedupe.previews.life import Preview
from dedupe.previews.making import previews

__all__ = ["Preview", "previews"]
