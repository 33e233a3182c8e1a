"""Results as the dictionaries that JSON lines and tables are made of; the fields stand in dedupe/report/README.md."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from itertools import chain
from math import isfinite
from os import fsencode
from typing import TYPE_CHECKING, Any

from dedupe.model import evaluation_records
from dedupe.model.numbers import number
from dedupe.model.observed import as_line
from dedupe.model.paths import path_fields, texts

if TYPE_CHECKING:
    from dedupe.model.answers import Compared, Comparison, Description, Match
    from dedupe.model.arrays import Failure
    from dedupe.model.copies import Copies
    from dedupe.model.judgement import Box
    from dedupe.model.leaks import Leaked, LeakGroup, LeakSummary
    from dedupe.model.results import File, Group, Header, Member, Stat, Summary, Within
    from dedupe.model.training import Trained

FORMAT = 1


def lines(result: Any) -> Iterator[dict[str, Any]]:
    """All lines of a result: header, what was found, failures, summary."""
    further = evaluation_records.facts(result) if type(result).__name__ == "Evaluation" else {}
    yield header(result.header) | further
    yield from found(result)
    yield from map(failure, result.failures)
    yield from last(result)


def encoded(line: Mapping[str, Any]) -> str:
    """A line of JSON in printable ASCII, which any encoding carries and any terminal bears, with its end."""
    return _encode(line).replace("\x7f", "\\u007f") + "\n"


_encode = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode


def unique_lines(result: Any) -> Iterator[dict[str, Any]]:
    """The lines with what is no duplicate in place of what was found."""
    yield header(result.header)
    for one in result.unique():
        yield {"type": "unique", **file(one)}
    yield from map(failure, result.failures)
    yield from last(result)


def found(result: Any) -> Iterator[dict[str, Any]]:
    """What was found, a line each."""
    match type(result).__name__:  # not by the types themselves, which import this
        case "Scan" | "Leaks":
            return (group(one, number_) for number_, one in enumerate(result.groups, 1))
        case "Found":
            return map(match_, result.matches)
        case "Compared":
            return chain(judgements(result), map(comparison, result.comparisons))
        case "Described":
            return map(descriptor, result.descriptions)
        case "Evaluation":
            return evaluation_records.lines(result)
        case "Judged":
            return map(evaluation_records.verdict, result.verdicts)
        case "Calibrated":
            return map(evaluation_records.calibration, result.calibrations)
        case "Trained":
            return iter([trained(result)])
    return iter(())


def last(result: Any) -> Iterator[dict[str, Any]]:
    """The summary; a training says all in the line of its artefact."""
    match type(result).__name__:
        case "Trained":
            return
        case "Copies":
            yield copies(result)
        case _:
            yield summary(result.summary)


def header(made: Header) -> dict[str, Any]:
    """The first line: how the result was made."""
    return {
        "type": "header",
        "format": FORMAT,
        "command": made.command,
        "descriptors": list(made.descriptors),
        "thresholds": distances(made.thresholds),
        "bits": dict(made.bits),
        "expected_false_pairs": made.expected_false_pairs,
        **({"expected_at_most": True} if made.expected_at_most else {}),
        **({"judged": True} if made.judged else {}),
        "notes": list(made.notes),
        "own_calibrations": list(made.own_calibrations),
        "version": made.version,
        "time": made.time,
        "command_line": None if made.command_line is None else list(made.command_line),
        "roots": texts(made.roots),
        "references": texts(made.references),
        **({"protected": texts(made.protected)} if made.protected else {}),
        **path_fields(made.folder, "folder"),
        "options": dict(made.options),
        **({"in_memory": texts(made.in_memory)} if made.in_memory else {}),
    }


def distances(by_name: Mapping[str, float]) -> dict[str, float | int | None]:
    """Distances by descriptor name."""
    return {name: number(value) for name, value in by_name.items()}


def file(shown: File) -> dict[str, Any]:
    """F of dedupe/report/README.md; in_memory and protected where it is."""
    return {
        **path_fields(shown.path),
        "bytes": shown.size,
        "width": shown.width,
        "height": shown.height,
        "format": shown.format,
        "digest": shown.digest,
        "links": texts(shown.links),
        "frames": shown.frames,
        "depth": shown.depth,
        "has": None if shown.has is None else list(shown.has),
        **({"in_memory": True} if shown.in_memory else {}),
        **({"protected": True} if shown.protected else {}),
        **(_within(shown.within) if shown.within else {"label": shown.label} if shown.label else {}),
        **({} if shown.taken is None else {"taken": shown.taken}),
        **({"stat": _stat(shown.stat)} if shown.stat else {}),
    }


def _stat(shown: Stat) -> dict[str, int]:
    names = "device", "inode", "mtime_ns", "ctime_ns"
    return {name: getattr(shown, name) for name in names}  # asdict copies each value, which was a third of all writing


def _within(shown: Within) -> dict[str, Any]:
    label = {"label": shown.label} if shown.label else {}
    names = path_fields(shown.container, "container") | path_fields(shown.member, "member")
    return {**names, "offset": shown.offset, **label}


def member(shown: Member | Leaked) -> dict[str, Any]:
    """A member of a group: F, of a leak its label, its distances, `kind` and `why` where known, `turn` if it is not upright."""
    label = {"label": shown.label} if hasattr(shown, "label") else {}
    kind = {"kind": shown.kind} if shown.kind else {}
    return {
        **file(shown.file),
        **label,
        "distance": distances(shown.distance),
        **kind,
        **_why(shown),
        **_box(shown),
        **_contains(shown),
        **turn(shown.turn),
        **({"known": True} if shown.known else {}),
    }


def turn(name: str) -> dict[str, str]:
    """`turn` where it is not upright."""
    return {} if name == "none" else {"turn": name}


def group(shown: Group | LeakGroup, number_: int) -> dict[str, Any]:
    """A group line; the members exclude the kept file."""
    label = {"label": shown.label} if hasattr(shown, "label") else {}
    return {
        "type": "group",
        "id": number_,
        "keep": {**file(shown.kept), **label, **_why(shown)},
        "members": [{**member(one), **_crossing(shown, one)} for one in shown.members],
    }


def _crossing(shown: Group | LeakGroup, one: Any) -> dict[str, bool]:
    """`other_label` where a leaked picture stands under another one than the training picture."""
    return {"other_label": True} if hasattr(shown, "crosses") and shown.crosses(one) else {}


def _why(shown: Any) -> dict[str, str]:
    why = getattr(shown, "why", "")
    return {"why": why} if why else {}


def _box(shown: Any) -> dict[str, list[float]]:
    box = getattr(shown, "box", None)
    return {"box": shares(box)} if box else {}


def _contains(shown: Any) -> dict[str, str]:
    contains = getattr(shown, "contains", None)
    return {"contains": contains} if contains else {}


def shares(box: Box) -> list[float]:
    """Left, top, right and bottom of a box, in shares of a picture."""
    return [round(share, 4) for share in box]


def failure(shown: Failure) -> dict[str, Any]:
    """A file that could not be used."""
    facts = {"stage": shown.stage, "reason": shown.reason, "message": shown.message}
    return {"type": "failure", **path_fields(shown.path), **facts}


def summary(shown: Summary | LeakSummary) -> dict[str, Any]:
    """The last line: counts."""
    counts = {field.name: getattr(shown, field.name) for field in fields(shown)}
    counts = {
        name: dict(value) if isinstance(value, Mapping) else value
        for name, value in counts.items()
        if value is not None
    }
    return {"type": "summary", **counts, "seconds": seconds(shown.seconds)}


def reasons(failures: Iterable[Failure]) -> dict[str, int]:
    """How many failures have each reason."""
    return dict(sorted(Counter(failure.reason for failure in failures).items()))


def seconds(by_stage: Mapping[str, float]) -> dict[str, float]:
    """Seconds by stage."""
    return {stage: round(value, 3) for stage, value in by_stage.items()}


def match_(shown: Match) -> dict[str, Any]:
    """A picture near a query, with its kind where both were looked at."""
    near = {"distance": distances(shown.distance), **turn(shown.turn)}
    kind = {"kind": shown.kind} if shown.kind else {}
    agree = {} if shown.agree is None else {"agree": round(shown.agree, 4)}
    said = {**kind, **_why(shown), **agree, **_contains(shown)}
    return {"type": "match", **path_fields(shown.query, "query"), **file(shown.file), **near, **said}


def comparison(shown: Comparison) -> dict[str, Any]:
    """The distance of two pictures by one descriptor."""
    a, b = path_fields(shown.a, "a"), path_fields(shown.b, "b")
    names = {"a": a.pop("a"), "b": b.pop("b"), **a, **b}
    facts = {"descriptor": shown.descriptor, "distance": number(shown.distance), "threshold": number(shown.threshold)}
    return {"type": "comparison", **names, **facts, "match": shown.match, **turn(shown.turn)}


def judgements(result: Compared) -> Iterator[dict[str, Any]]:
    """What two pictures are to each other, where that is known."""
    if result.judgement is None or not result.comparisons:
        return
    said, a, b = result.judgement, result.comparisons[0].a, result.comparisons[0].b
    names = {**path_fields(a, "a"), **path_fields(b, "b")}
    box = None if said.box is None else shares(said.box)
    facts = {
        "kind": said.kind,
        "why": said.why,
        "agree": round(said.agree, 4),
        "turn": said.turn,
        "box": box,
        **_contains(said),
    }
    seen = {} if said.evidence is None else {"evidence": as_line(said.evidence)}
    files = {"files": [file(one) for one in result.files]} if result.files else {}
    yield {"type": "judgement", **names, **facts, **seen, **files}


def descriptor(one: Description) -> dict[str, Any]:
    """One descriptor of one picture: `hex` for packed bits and bytes, else `values`."""
    line = {"type": "descriptor", **path_fields(one.path), "descriptor": one.descriptor, "name": one.name}
    if one.values.dtype == "uint8":
        return {**line, "hex": one.values.tobytes().hex()}
    return {**line, "values": [float(f"{value:.9g}") if isfinite(value) else None for value in one.values.tolist()]}


def copies(made: Copies) -> dict[str, Any]:
    """The last line of distorted copies: the list of pairs, the copies by distortion, counts."""
    return {
        "type": "summary",
        **path_fields(made.pairs),
        "files": made.files,
        "copies": dict(made.copies),
        "failures": reasons(made.failures),
        "others": dict(made.others),
        "seconds": seconds(made.seconds),
    }


def trained(result: Trained) -> dict[str, Any]:
    """The artefact with its manifest."""
    counts = {"described": result.described, "failures": len(result.failures)}
    return {"type": "trained", **path_fields(fsencode(result.path)), **result.written, **counts}
