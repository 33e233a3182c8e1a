"""Pictures for people to look at: read again, made small, encoded anew without metadata, by children that one may kill."""

from __future__ import annotations

from dedupe.previews.asking import Previewer
from dedupe.previews.life import MOST, Preview, Previewing, PreviewTask
from dedupe.previews.making import digest_of, previews

__all__ = ["MOST", "Preview", "PreviewTask", "Previewer", "Previewing", "digest_of", "previews"]
