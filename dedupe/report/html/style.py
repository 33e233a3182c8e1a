"""The style of all pages. Colours are variables, so that light and dark differ in them alone."""

from __future__ import annotations

LIGHT = {
    "ground": "#fcfcfb",
    "card": "#ffffff",
    "ink": "#1d1f23",
    "soft": "#5b616b",
    "line": "#dcdfe4",
    "faint": "#eef0f3",
    "near": "#c2410c",
    "far": "#3b6fb6",
    "mark": "#1d1f23",
    "worst": "#c2410c",
    "c0": "#2563a8",
    "c1": "#c2410c",
    "c2": "#15803d",
    "c3": "#8b3fa8",
    "c4": "#a16207",
    "c5": "#be185d",
    "c6": "#0e7490",
    "c7": "#4b5563",
}

DARK = {
    "ground": "#15171b",
    "card": "#1c1f24",
    "ink": "#e8eaed",
    "soft": "#a3aab5",
    "line": "#3a3f47",
    "faint": "#262a31",
    "near": "#fb923c",
    "far": "#6ea8f0",
    "mark": "#e8eaed",
    "worst": "#fb923c",
    "c0": "#6ea8f0",
    "c1": "#fb923c",
    "c2": "#5fc884",
    "c3": "#cf94e6",
    "c4": "#e0b84c",
    "c5": "#f48abb",
    "c6": "#52c7dc",
    "c7": "#b6bdc8",
}

COLOURS = 8
"""How many colours there are for series, c0 to c7; more do not go into one figure."""

STEPS = 10
"""Steps of shading in tables: class s0 (none) to s10 (all)."""

RULES = """
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{padding:28px 24px 56px}
h1{font-size:26px;line-height:1.25;margin:0 0 6px}
h2{font-size:18px;margin:36px 0 4px}
h3{font-size:15px;margin:0 0 2px;overflow-wrap:anywhere}
p{margin:4px 0 10px;max-width:76ch}
.soft,figcaption,caption{color:var(--soft)}
figure{margin:0;padding:14px;background:var(--card);border:1px solid var(--line);border-radius:8px;min-width:0}
figcaption{font-size:13px;margin-top:6px}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,560px),1fr));gap:16px}
.small{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,232px),1fr));gap:12px}
.small figure{padding:8px 10px 4px}
.both{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 8px;margin:0;font-size:13px;overflow-wrap:anywhere}
.wide{width:fit-content;max-width:100%;overflow-x:auto}
.wide{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:6px 0}
svg{display:block;width:100%;height:auto}
.seen{display:flex;flex-wrap:wrap;align-items:center;gap:0 12px}
.seen span{flex:1;min-width:7em}
th img{height:64px;width:64px;object-fit:contain;margin:2px 0}
.big{overflow-x:auto}
.big>svg{min-width:460px;max-width:760px}
.one{max-width:720px}
details{margin:18px 0 0}
summary{cursor:pointer;margin:0 0 8px;overflow-wrap:anywhere}
summary h3{display:inline;margin-right:8px}
svg text{fill:var(--soft);font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
svg .strong{fill:var(--ink)}
svg .end{text-anchor:end}
svg .mid{text-anchor:middle}
svg .axis{stroke:var(--soft);fill:none}
svg .rule{stroke:var(--line);fill:none}
svg .mark{stroke:var(--mark);stroke-dasharray:4 3;fill:none}
.far{fill:var(--far);color:var(--far)}
.near{fill:var(--near);color:var(--near)}
svg .far,svg .near{fill-opacity:.62}
svg .faded{stroke:var(--line);stroke-width:1.5;fill:none}
svg .lead{stroke-width:1;fill:none;opacity:.55}
svg .series{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:13.5px}
caption{text-align:left;padding:4px 0 6px}
th,td{padding:4px 7px;text-align:right;white-space:nowrap}
th{font-weight:600;vertical-align:bottom}
th:last-child,td:last-child{padding-right:12px}
tbody th,thead th:first-child{text-align:left;position:sticky;left:0;z-index:1;padding-left:12px;background:var(--card)}
tbody th{white-space:normal;vertical-align:middle;overflow-wrap:anywhere;min-width:9.5em;max-width:36em}
thead th{border-bottom:1px solid var(--soft)}
tbody tr.foot th,tbody tr.foot td{font-weight:600}
tbody tr.first th,tbody tr.first td{border-top:1px solid var(--soft)}
.legend{display:flex;flex-wrap:wrap;gap:2px 18px;margin:8px 0 10px;padding:0;list-style:none;font-size:13px}
.legend svg{display:inline-block;width:28px;height:10px;margin-right:6px;vertical-align:middle}
.legend i{display:inline-block;width:12px;height:12px;border-radius:2px;margin-right:6px;vertical-align:-1px;opacity:.75}
.legend i.far{background:var(--far)}
.legend i.near{background:var(--near)}
.facts{margin-top:12px}
.facts th{max-width:none;white-space:nowrap;vertical-align:top}
.facts td{text-align:left;white-space:normal;overflow-wrap:anywhere}
ul.notes{padding-left:18px;margin:8px 0}
@media(max-width:560px){main{padding:18px 12px 40px}h1{font-size:22px}tbody th{min-width:9em;max-width:9.5em}
.one .big>svg{min-width:0}.one .big text{font-size:16px}}
"""


def style() -> str:
    """The whole style sheet."""
    return "\n".join(
        [f":root{{color-scheme:light dark;{_variables(LIGHT)}}}", _dark(), RULES.strip(), *_shades(), *_series()]
    )


def _variables(colours: dict[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in colours.items())


def _dark() -> str:
    return f"@media(prefers-color-scheme:dark){{:root{{{_variables(DARK)}}}}}"


def _shades() -> list[str]:
    """Cells shaded by how much is lost."""
    shares = [(step, round(100 * (step / STEPS) ** 0.8 * 0.62)) for step in range(1, STEPS + 1)]
    return [f"td.s{n}{{background:color-mix(in srgb,var(--worst) {share}%,transparent)}}" for n, share in shares]


def _series() -> list[str]:
    """Curves, and their names."""
    return [f"svg .c{n}{{stroke:var(--c{n})}}svg .n{n}{{fill:var(--c{n})}}" for n in range(COLOURS)]
