"""Results as the dictionaries that JSON lines and CSV are made of; the fields are documented in the README."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from dedupe import model
from dedupe.report import path_fields

if TYPE_CHECKING:
    from dedupe.model import (
        Calibrated,
        Compared,
        Comparison,
        Described,
        Description,
        Evaluation,
        Failure,
        File,
        Found,
        Group,
        Header,
        Judged,
        Match,
        Member,
        Scan,
        Summary,
    )

FORMAT = 1


def header(made: Header) -> dict[str, Any]:
    """The first line: how the result was made."""
    return {
        "type": "header",
        "format": FORMAT,
        "command": made.command,
        "descriptors": list(made.descriptors),
        "thresholds": {name: number(value) for name, value in made.thresholds.items()},
        "expected_false_pairs": made.expected_false_pairs,
        "notes": list(made.notes),
        "own_calibrations": list(made.own_calibrations),
    }


def file(shown: File) -> dict[str, Any]:
    """F of the README: path, bytes, width, height, format, digest, links."""
    return {
        **path_fields(shown.path),
        "bytes": shown.size,
        "width": shown.width,
        "height": shown.height,
        "format": shown.format,
        "digest": shown.digest,
        "links": [path_fields(link) if not _utf8(link) else link.decode("utf-8") for link in shown.links],
    }


def _utf8(path: bytes) -> bool:
    return "path_b64" not in path_fields(path)


def member(shown: Member) -> dict[str, Any]:
    """A member of a group: F, its distances, `kind` where known, `turn` where it is not upright."""
    extra: dict[str, Any] = {"distance": {name: number(value) for name, value in shown.distance.items()}}
    if shown.kind:
        extra["kind"] = shown.kind
    if shown.turn != "none":
        extra["turn"] = shown.turn
    return {**file(shown.file), **extra}


def group(shown: Group, number_: int) -> dict[str, Any]:
    """A group line; the members exclude the kept file."""
    return {"type": "group", "id": number_, "keep": file(shown.kept), "members": [member(one) for one in shown.members]}


def failure(shown: Failure) -> dict[str, Any]:
    """A file that could not be used."""
    facts = {"stage": shown.stage, "reason": shown.reason, "message": shown.message}
    return {"type": "failure", **path_fields(shown.path), **facts}


def summary(shown: Summary) -> dict[str, Any]:
    """The last line: counts."""
    counts = {
        name: getattr(shown, name) for name in ("files", "contents", "described", "groups", "duplicates", "freeable")
    }
    seconds = {stage: round(value, 3) for stage, value in shown.seconds.items()}
    return {
        "type": "summary",
        **counts,
        "failures": dict(shown.failures),
        "others": dict(shown.others),
        "seconds": seconds,
    }


def found(shown: Match) -> dict[str, Any]:
    """A picture near a query."""
    query = path_fields(shown.query)
    named = {"query": query["path"], **({"query_b64": query["path_b64"]} if "path_b64" in query else {})}
    line = {"type": "match", **named, **file(shown.file), "distance": {k: number(v) for k, v in shown.distance.items()}}
    return line if shown.turn == "none" else {**line, "turn": shown.turn}


def comparison(shown: Comparison) -> dict[str, Any]:
    """The distance of two pictures by one descriptor."""
    a, b = path_fields(shown.a), path_fields(shown.b)
    names = {"a": a["path"], "b": b["path"]}
    names |= {f"{side}_b64": found["path_b64"] for side, found in (("a", a), ("b", b)) if "path_b64" in found}
    facts = {"descriptor": shown.descriptor, "distance": number(shown.distance), "threshold": number(shown.threshold)}
    line = {"type": "comparison", **names, **facts, "match": shown.match}
    return line if shown.turn == "none" else {**line, "turn": shown.turn}


def descriptor(one: Description) -> dict[str, Any]:
    """One descriptor of one picture: `hex` for packed bits and bytes, else `values`."""
    line = {"type": "descriptor", **path_fields(one.path), "descriptor": one.descriptor, "name": one.name}
    if one.values.dtype == np.uint8:
        return {**line, "hex": one.values.tobytes().hex()}
    return {**line, "values": [float(f"{value:.9g}") if isfinite(value) else None for value in one.values.tolist()]}


def lines(result: Scan | Found | Compared | Described | Evaluation | Judged | Calibrated) -> Iterator[dict[str, Any]]:
    """All lines of a result: header, what was found, failures, summary."""
    further, found_lines = parts(result)
    yield header(result.header) | further
    yield from found_lines
    yield from map(failure, result.failures)
    yield summary(result.summary)


def parts(result: Any) -> tuple[dict[str, Any], Iterator[dict[str, Any]]]:
    """What else stands in the header, and what was found. The types of other verbs are imported only for those."""
    match result:
        case model.Scan():
            return {}, (group(one, number_) for number_, one in enumerate(result.groups, 1))
        case model.Found():
            return {}, map(found, result.matches)
        case model.Compared():
            return {}, map(comparison, result.comparisons)
        case model.Described():
            return {}, map(descriptor, result.descriptions)
    from dedupe.report import evaluation

    return evaluation.facts(result), evaluation.lines(result)


def number(value: float) -> float | int | None:
    """A distance as JSON: whole ones as integers, float32 ones without their binary tail, NaN as null."""
    if not isfinite(value):
        return None
    return int(value) if value == int(value) else float(f"{value:.6g}")
