"""JSON lines as rows of single values, which tables are made of."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Container, Iterator, Sequence
from typing import Any

from dedupe.model import records
from dedupe.model.not_written import NotWritten

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


def all_rows(result: Any) -> Iterator[dict[str, Any]]:
    """The rows of what was found, then of files in no group, which a result that was read back has not, and of failures."""
    for line in records.found(result):
        yield from rows(line)
    match type(result).__name__:  # not by the types themselves, which import this
        case "Scan":
            yield from file_rows(result.alone, "unique")
            yield from file_rows(result.references, "reference")
        case "Leaks":
            kept = {group.kept.path for group in result.groups}  # of one set a kept picture is clean, too
            yield from file_rows(result.clean, "unique", kept)
    yield from failure_rows(result)


def unique_rows(result: Any) -> Iterator[dict[str, Any]]:
    """The rows of the files that are no duplicates, and of failures."""
    yield from file_rows(result.unique(), "unique")
    yield from failure_rows(result)


def file_rows(files: Any, role: str, but: Container[bytes] = ()) -> Iterator[dict[str, Any]]:
    """The rows of files, `but` those at some paths; none where a result was read back, and has no such files."""
    for each in () if isinstance(files, NotWritten) else files:
        if each.path not in but:
            yield {"type": "file", "role": role, **flat(records.file(each))}


def failure_rows(result: Any) -> Iterator[dict[str, Any]]:
    """The rows of files that could not be used."""
    return (flat(records.failure(one)) for one in result.failures)


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
