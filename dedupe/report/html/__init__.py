"""Self-contained pages: one file, no request to anywhere, light and dark, figures as inline SVG."""

from __future__ import annotations

from dedupe.report.html.page import page
from dedupe.report.html.text import broken, escape

__all__ = ["broken", "escape", "page"]
