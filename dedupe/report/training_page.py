"""The curves of a training as one self-contained page: inline SVG, light and dark, nothing loaded from anywhere."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, TextIO

from dedupe.console import shown
from dedupe.model import Trained
from dedupe.report.training import curves_of

WIDTH, HEIGHT = 760, 440
LEFT, TOP, RIGHT, BOTTOM = 64, 20, 20, 52
COLOURS = ("#b4552d", "#2f7d5d", "#3b63b5", "#8a4fa3")

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --ink: #1d1d1b; --paper: #fff; --line: #d8d8d4; --soft: #63635e }}
@media (prefers-color-scheme: dark) {{ :root {{ --ink: #ecece8; --paper: #191917; --line: #3c3c38; --soft: #a3a39c }} }}
body {{ font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 48rem;
  margin: 2rem auto; padding: 0 1rem }}
h1 {{ font-size: 1.4rem }} table {{ border-collapse: collapse; font-size: .9rem }}
td, th {{ text-align: left; padding: .15rem 1rem .15rem 0; vertical-align: top; overflow-wrap: anywhere }}
th {{ font-weight: 600; white-space: nowrap }} svg {{ width: 100%; height: auto }}
text {{ fill: var(--ink); font: 13px system-ui, sans-serif }} .soft {{ fill: var(--soft) }}
.grid {{ stroke: var(--line) }} .curve {{ fill: none; stroke-width: 2 }}
</style></head><body>
<h1>{title}</h1>
<table>{facts}</table>
{figure}
</body></html>
"""


def write_page(result: Trained, stream: TextIO) -> None:
    """Writes the page: what was trained from what, and the trainer's curves in one figure."""
    manifest, curves = result.manifest, curves_of(result)
    facts = {
        "file": shown(os.fsencode(result.path)),
        "pictures": f"{manifest.pictures:,}",
        "dimensions": f"{manifest.dimensions:,}",
        "trainer": manifest.trainer,
        "base": manifest.base,
        **{name: str(result.written.get(name, "")) for name in ("created", "digest", "pictures_digest")},
        **{k: json.dumps(v, allow_nan=False) for k, v in manifest.details.items() if isinstance(v, str | int | float)},
    }
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>" for name, text in facts.items())
    title = f"{manifest.name}: {curves['title']}" if curves else manifest.name
    stream.write(PAGE.format(title=escape(title), facts=rows, figure=_svg(curves) if curves else ""))


def _svg(curves: Mapping[str, Any]) -> str:
    lines: Mapping[str, Sequence[float]] = curves["lines"]
    longest = max(map(len, lines.values()))
    top = max(max(line) for line in lines.values()) or 1.0
    parts = [*_across(longest), *_up(top)]
    for number, (name, line) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        points = " ".join(f"{_x(i, longest):.1f},{_y(value / top):.1f}" for i, value in enumerate(line))
        parts.append(f'<polyline class="curve" stroke="{colour}" points="{points}"/>')
        y = _y(0) - 18 * (len(lines) - number)
        parts.append(f'<line x1="{WIDTH - 190}" x2="{WIDTH - 166}" y1="{y}" y2="{y}" class="curve" stroke="{colour}"/>')
        parts.append(f'<text x="{WIDTH - 158}" y="{y + 4}">{escape(name)}</text>')
    parts.append(f'<text class="soft" x="{WIDTH / 2}" y="{HEIGHT - 8}">{escape(str(curves["x"]))}</text>')
    parts.append(f'<text class="soft" x="{LEFT}" y="{TOP - 6}">{escape(str(curves["y"]))}</text>')
    label = escape(f"{curves['title']}: {curves['y']} by {curves['x']}")
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">{"".join(parts)}</svg>'


def _across(longest: int) -> list[str]:
    """Marks along the lower edge, at five places."""
    parts = []
    for k in sorted({round(1 + (longest - 1) * i / 4) for i in range(5)}):
        x = _x(k - 1, longest)
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{_y(1):.1f}" y2="{_y(0):.1f}"/>')
        parts.append(f'<text x="{x:.1f}" y="{_y(0) + 18:.1f}" text-anchor="middle">{k:,}</text>')
    return parts


def _up(top: float) -> list[str]:
    """Marks along the left edge, at five heights."""
    parts = []
    for i in range(5):
        y = _y(i / 4)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{top * i / 4:.3g}</text>')
    return parts


def _x(place: int, longest: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * place / max(1, longest - 1)


def _y(share: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share
