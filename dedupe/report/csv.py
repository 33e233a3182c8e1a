"""CSV: one row a file, match, comparison or descriptor; failures follow as rows of their own type."""

from __future__ import annotations

import csv
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TextIO

from dedupe.report import evaluation
from dedupe.report.records import lines

FLAT = (
    "type",
    "group",
    "role",
    "query",
    "a",
    "b",
    "path",
    "path_b64",
    "descriptor",
    "distance",
    "threshold",
    "match",
    "turn",
)
REST = (
    "kind",
    "bytes",
    "width",
    "height",
    "format",
    "digest",
    "links",
    "links_b64",
    "hex",
    "values",
    "stage",
    "reason",
    "message",
)


def write(result: Any, stream: TextIO) -> None:
    """Writes a result as CSV with a header row; header and summary lines of the JSON form are left out."""
    rows = [flat for line in lines(result) for flat in _rows(line)]
    used = [name for name in (*FLAT, *REST) if any(name in row for row in rows)]
    used += sorted({name for row in rows for name in row} - set(used))
    write_rows([used or ["type"], *([row.get(name, "") for name in used] for row in rows)], stream)


def write_rows(rows: Iterable[Sequence[Any]], stream: TextIO) -> None:
    """Writes rows as CSV."""
    plain = csv.writer(stream, lineterminator="\n")
    quoted = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    for row in rows:
        # Python before 3.13 leaves a carriage return unquoted, and readers take it for the end of a line
        (quoted if any(isinstance(cell, str) and "\r" in cell for cell in row) else plain).writerow(row)


def _rows(line: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if line["type"] == "group":
        yield {"type": "file", "group": line["id"], "role": "keep", **_flat(line["keep"])}
        for member in line["members"]:
            yield {"type": "file", "group": line["id"], "role": "duplicate", **_flat(member)}
    elif line["type"] in ("measured", "result", "verdict"):
        yield evaluation.flat(line)
    elif line["type"] not in ("header", "summary"):
        yield _flat(line)


def _flat(fields: dict[str, Any]) -> dict[str, Any]:
    """One level only: a distance a descriptor becomes a column `distance:NAME`, lists are joined by a bar.

    Links that cannot be had back from that stand in `links_b64` too.
    """
    flat = dict(fields)
    if isinstance(flat.get("distance"), dict):
        flat |= {f"distance:{name}": value for name, value in flat.pop("distance").items()}
    if "links" in flat:
        flat |= _links(flat["links"])
    if "values" in flat:
        flat["values"] = "|".join(map(str, flat["values"]))
    return flat


def _links(links: Sequence[str | dict[str, str]]) -> dict[str, str]:
    """`links` as text and, where one is not UTF-8 or has a bar in it, all of them in `links_b64` too."""
    joined = "|".join(link if isinstance(link, str) else link["path"] for link in links)
    if joined.count("|") < max(len(links), 1) and all(isinstance(link, str) for link in links):
        return {"links": joined}
    exact = (b64encode(link.encode()).decode() if isinstance(link, str) else link["path_b64"] for link in links)
    return {"links": joined, "links_b64": "|".join(exact)}
