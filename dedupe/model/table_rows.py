"""JSON lines as rows of single values, which tables are made of."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import Any

NESTED = ("recall", "interval", "threshold", "roc", "edges", "dissimilar", "similar")
"""What an evaluation has more than one number of."""

SEEN = ("evidence", "files")
"""What a comparison has many numbers of, which JSON alone has."""


def rows(line: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A line as rows: of a group one a file."""
    if line["type"] == "group":
        yield {"type": "file", "group": line["id"], "role": "keep", **flat(line["keep"])}
        for member in line["members"]:
            yield {"type": "file", "group": line["id"], "role": "duplicate", **flat(member)}
    elif line["type"] in ("measured", "result", "verdict"):
        yield by_rate(line)
    elif line["type"] == "reported":
        yield _by_kind(line)
    else:
        yield flat({name: value for name, value in line.items() if name not in SEEN})


def flat(fields: dict[str, Any]) -> dict[str, Any]:
    """One level only: a distance a descriptor becomes a column `distance:NAME`, lists are joined by a bar.

    Links that cannot be had back from that stand in `links_b64` too.
    """
    flat = {name: value for name, value in fields.items() if name != "stat"}
    if isinstance(flat.get("distance"), dict):
        flat |= {f"distance:{name}": value for name, value in flat.pop("distance").items()}
    if "links" in flat:
        flat |= _links(flat["links"])
    for name in ("values", "has"):
        if flat.get(name) is not None:
            flat[name] = "|".join(map(str, flat[name]))
    return flat


def _links(links: Sequence[str | dict[str, str]]) -> dict[str, str]:
    """`links` as text and, where one is not UTF-8 or has a bar in it, all of them in `links_b64` too."""
    joined = "|".join(link if isinstance(link, str) else link["path"] for link in links)
    if joined.count("|") < max(len(links), 1) and all(isinstance(link, str) for link in links):
        return {"links": joined}
    exact = (b64encode(link.encode()).decode() if isinstance(link, str) else link["path_b64"] for link in links)
    return {"links": joined, "links_b64": "|".join(exact)}


def by_rate(line: dict[str, Any]) -> dict[str, Any]:
    """A line of an evaluation with one column a rate, `recall:1e-5`, `interval:1e-5` as low|high, and no curves or histograms."""
    found = {name: value for name, value in line.items() if name not in NESTED}
    for name in ("recall", "threshold"):
        value = line.get(name)
        found |= {f"{name}:{rate}": each for rate, each in value.items()} if isinstance(value, dict) else {}
        found |= {} if isinstance(value, dict) or name not in line else {name: value}
    for rate, ends in line.get("interval", {}).items():
        found[f"interval:{rate}"] = None if ends is None else f"{ends[0]}|{ends[1]}"
    return found


def _by_kind(line: dict[str, Any]) -> dict[str, Any]:
    """A line of what a scan would report with one column a kind, `kinds:edited`, and the interval as low|high."""
    ends = line["interval"]
    found = {name: value for name, value in line.items() if name not in ("kinds", "interval")}
    found |= {f"kinds:{kind}": count for kind, count in line["kinds"].items()}
    return {**found, "interval": None if ends is None else f"{ends[0]}|{ends[1]}"}
