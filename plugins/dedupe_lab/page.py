"""Self-contained pages: one file, no request to anywhere, light and dark; figures are inline SVG."""

from __future__ import annotations

import html
import json
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

STYLE = """
:root{color-scheme:light dark;--ground:#fcfcfb;--card:#fff;--ink:#1d1f23;--soft:#5b616b;--line:#dcdfe4;
--c0:#2563a8;--c1:#c2410c;--c2:#15803d;--c3:#8b3fa8;--c4:#a16207;--c5:#0e7490}
@media(prefers-color-scheme:dark){:root{--ground:#15171b;--card:#1c1f24;--ink:#e8eaed;--soft:#a3aab5;--line:#3a3f47;
--c0:#6ea8f0;--c1:#fb923c;--c2:#5fc884;--c3:#cf94e6;--c4:#e0b84c;--c5:#52c7dc}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{padding:28px 24px 56px}
h1{font-size:26px;line-height:1.25;margin:0 0 6px}h2{font-size:18px;margin:34px 0 4px}h3{font-size:15px;margin:0 0 2px}
p{margin:4px 0 10px;max-width:76ch}.soft,figcaption{color:var(--soft)}
figure{margin:0;padding:14px;background:var(--card);border:1px solid var(--line);border-radius:8px;min-width:0}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,330px),1fr));gap:16px}
.wide{width:fit-content;max-width:100%;overflow-x:auto;background:var(--card);border:1px solid var(--line);
border-radius:8px;padding:6px 0}
.big{overflow-x:auto}.big>svg{min-width:720px}
svg{display:block;width:100%;height:auto}svg text{fill:var(--soft);font:12px system-ui,sans-serif}svg .strong{fill:var(--ink)}
.end{text-anchor:end}.mid{text-anchor:middle}.axis{stroke:var(--soft);fill:none}.rule{stroke:var(--line);fill:none}
.mark{stroke:var(--ink);stroke-dasharray:4 3;fill:none}
.dots{fill:none;stroke-width:2.4;stroke-linecap:round;stroke-opacity:.55}.series{fill:none;stroke-width:2}
.block{fill:var(--card);stroke:var(--c0);stroke-width:1.4}
.area{fill-opacity:.5;stroke:none}.tall{max-width:760px}.net{max-width:860px}circle{fill-opacity:.8}
.c0{stroke:var(--c0)}.c1{stroke:var(--c1)}.c2{stroke:var(--c2)}.c3{stroke:var(--c3)}.c4{stroke:var(--c4)}.c5{stroke:var(--c5)}
.f0{fill:var(--c0);color:var(--c0)}.f1{fill:var(--c1);color:var(--c1)}.f2{fill:var(--c2);color:var(--c2)}
.f3{fill:var(--c3);color:var(--c3)}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:13.5px}
th,td{padding:4px 8px;text-align:right}th{font-weight:600;vertical-align:bottom}
th:last-child,td:last-child{padding-right:12px}
tbody th,thead th:first-child{text-align:left;position:sticky;left:0;z-index:1;padding-left:12px;background:var(--card)}
td span{white-space:nowrap}tbody th{white-space:nowrap;vertical-align:middle}thead th{border-bottom:1px solid var(--soft)}
td.hex{font-family:ui-monospace,monospace}
.legend{display:flex;flex-wrap:wrap;gap:2px 18px;margin:8px 0 10px;padding:0;list-style:none;font-size:13px}
.legend i{display:inline-block;width:12px;height:12px;border-radius:2px;margin-right:6px;vertical-align:-1px;
background:currentColor}
img{max-width:100%;height:auto;border-radius:4px}
@media(max-width:560px){main{padding:18px 12px 40px}tbody th{white-space:normal;min-width:7em}}
"""


def escape(text: object) -> str:
    """Text for an element or a quoted attribute; what is not printable is shown escaped."""
    shown = "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode() for char in str(text)
    )
    return html.escape(shown, quote=True)


def page(title: str, body: Iterable[str], data: Any) -> str:
    """A whole page: `body` are pieces of HTML made safe by who made them, `data` goes along as JSON (id "data").

    The policy allows its own style and pictures that are in it, nothing else.
    """
    hashed = b64encode(sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{hashed}'; base-uri 'none'; form-action 'none'"
    block = (
        json.dumps(data, separators=(",", ":")).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    )
    head = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
        f'content="{escape(policy)}"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main><h1>{escape(title)}</h1>"
    )
    return "\n".join(
        [head, *body, f'</main><script type="application/json" id="data">{block}</script></body></html>', ""]
    )


def grid_table(heads: Sequence[object], rows: Iterable[Sequence[object]], style: str = "") -> str:
    """A table; the first cell of a row is its heading, `style` the class of the others.

    Where there is little room, a cell is broken before what it has in brackets.
    """
    top = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td{style and _class(style)}>{_kept(c)}</td>" for c in rest)}</tr>'
        for first, *rest in rows
    )
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def _class(name: str) -> str:
    return f' class="{name}"'


def _kept(cell: object) -> str:
    """A cell that may be broken before a bracket alone."""
    first, *others = str(cell).split(" (")
    return " ".join(f"<span>{escape(part)}</span>" for part in (first, *(f"({other}" for other in others)))


@dataclass(frozen=True, slots=True)
class Frame:
    """Axes from 0 to `right` and from 0 to `top`, in a figure of 342 by 220."""

    right: float
    top: float

    def at(self, x: float, y: float) -> str:
        """A point as SVG writes it."""
        return f"{44 + 276 * x / self.right:.1f} {176 - 150 * y / self.top:.1f}"

    def line(self, points: Iterable[tuple[float, float]], style: str) -> str:
        """A line through points."""
        return f'<path class="{style}" d="M{"L".join(self.at(x, y) for x, y in points)}"/>'

    def dots(self, points: Iterable[tuple[float, float]], style: str) -> str:
        """Dots, as one path."""
        return f'<path class="dots {style}" d="{"".join(f"M{self.at(x, y)}h0" for x, y in points)}"/>'

    def steps(self, heights: Sequence[float], style: str) -> str:
        """Bars from 0 on, one a whole number, as one outline."""
        points = [p for x, y in enumerate(heights) for p in ((x, y), (x + 1, y))]
        return (
            f'<path class="area {style}" d="M{"L".join(self.at(*p) for p in [(0, 0), *points, (len(heights), 0)])}Z"/>'
        )

    def drawn(self, across: str, up: str, ticks: Sequence[float], levels: Sequence[float], parts: Iterable[str]) -> str:
        """The figure, with what its axes are and their ticks."""
        rules = "".join(
            f'<path class="rule" d="M{self.at(0, y)}L{self.at(self.right, y)}"/>'
            f'<text class="end" x="38" y="{180 - 150 * y / self.top:.1f}">{y:g}</text>'
            for y in levels
        )
        marks = "".join(f'<text class="mid" x="{44 + 276 * x / self.right:.1f}" y="193">{x:g}</text>' for x in ticks)
        names = f'<text x="0" y="14">{escape(up)}</text><text class="mid" x="182" y="212">{escape(across)}</text>'
        label = escape(f"{up} by {across}")
        axis = f'<path class="axis" d="M{self.at(0, 0)}L{self.at(self.right, 0)}"/>'
        return f'<svg viewBox="0 0 342 220" role="img" aria-label="{label}">{rules}{"".join(parts)}{axis}{marks}{names}</svg>'
