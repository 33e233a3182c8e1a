"""Self-contained pages: one file, no request to anywhere, light and dark, figures as inline SVG; one frame and style for all.

A page is a template (Jinja2, *.html.jinja) beside the code that fills it; `parts.html.jinja` has what pages share.
"""

from __future__ import annotations

from dedupe.pages.frame import Cell, Row, embedded, page, plain_rows
from dedupe.pages.svg import (
    COLOURS,
    Box,
    Scale,
    across,
    bars,
    curve,
    dots,
    line,
    plain,
    rectangle,
    round_ticks,
    svg,
    text,
    upwards,
)

__all__ = [
    "COLOURS",
    "Box",
    "Cell",
    "Row",
    "Scale",
    "across",
    "bars",
    "curve",
    "dots",
    "embedded",
    "line",
    "page",
    "plain",
    "plain_rows",
    "rectangle",
    "round_ticks",
    "svg",
    "text",
    "upwards",
]
