"""JSON lines back to results: what `records` writes, of this version and of older ones."""

from __future__ import annotations

import json
import math
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from dedupe.errors import DedupeError, UsageError
from dedupe.model.answers import Compared, Comparison, Described, Description, Found, Match
from dedupe.model.arrays import Failure
from dedupe.model.contract import Manifest
from dedupe.model.copies import Copies
from dedupe.model.held import Held
from dedupe.model.judgement import Box, Judgement
from dedupe.model.leaks import Leaked, LeakGroup, Leaks, LeakSummary
from dedupe.model.not_written import NotWritten
from dedupe.model.observed import from_line
from dedupe.model.paths import path_of, paths_of
from dedupe.model.reading_evaluations import calibrated, evaluation, judged
from dedupe.model.records import FORMAT
from dedupe.model.results import File, Group, Header, Member, Scan, Stat, Summary, Within
from dedupe.model.training import Trained

Line = Mapping[str, Any]
Lines = Mapping[str, list[Line]]
"""Lines by their type."""

_LATER = frozenset({"suffixes", "kinds", "not_judged", "protected", "new", "known", "folders"})
"""Counts that lines of an older version have not."""


def read(source: str | bytes | os.PathLike[str] | TextIO) -> Held:
    """The result in a file, or an open text file, of JSON lines: a Scan, Found, Compared, Described, Leaks, Evaluation, Judged,
    Calibrated, Copies or Trained.

    Fields and lines that are not known are passed over. What the lines do not have (a scan's files in no group; with
    `--unique` its groups) raises UsageError when it is asked for. Raises UsageError for other text, for a result that is cut
    off and for one of a newer format, DedupeError for a file that cannot be read.
    """
    if not isinstance(source, str | bytes | os.PathLike):
        return _result(source, getattr(source, "name", "The result"))
    name = os.fsdecode(source)
    try:
        with Path(name).open(encoding="utf-8") as stream:
            return _result(stream, name)
    except OSError as error:
        raise DedupeError(f"{name}: it cannot be read ({error.strerror or error}).") from error


def _result(texts: Iterable[str], name: str) -> Held:
    by: defaultdict[str, list[Line]] = defaultdict(list)
    try:
        for text in texts:
            line = json.loads(text)
            by[line["type"]].append(line)
    except (ValueError, KeyError, TypeError, RecursionError):  # UnicodeDecodeError is a ValueError
        number = sum(map(len, by.values())) + 1
        raise UsageError(f"{name}, line {number}: this is no JSON line of a result of dedupe.") from None
    made: Line = by["header"][0] if by["header"] else {"command": "train" if by["trained"] else "", "format": FORMAT}
    _check(made, by, name)
    try:
        return READERS[made["command"]](header(made), by)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise UsageError(f"{name}: a line lacks what a result of `{made['command']}` has ({error!r}).") from None


def _check(made: Line, by: Lines, name: str) -> None:
    """Raises UsageError for what is no whole result, or none that this version knows."""
    form = made.get("format")
    if isinstance(form, int) and form > FORMAT:
        raise UsageError(
            f"{name} was written by a newer dedupe: its format is {form}, and this one reads up to {FORMAT}. Update dedupe."
        )
    if made.get("command") not in [*READERS]:  # it may be no text, and in no set
        raise UsageError(f"{name}: this is no result of {', '.join(READERS)}; only these can be read back.")
    if not by["summary" if made["command"] != "train" else "trained"]:
        raise UsageError(f"{name} is cut off: its last line is missing. Write it again.")


def header(line: Line) -> Header:
    """How a result was made; what an older version did not write is as by default."""
    words = line.get("command_line")
    return Header(
        line["command"],
        tuple(line.get("descriptors", ())),
        distances(line.get("thresholds", {})),
        line.get("expected_false_pairs"),
        tuple(line.get("notes", ())),
        tuple(line.get("own_calibrations", ())),
        version=line.get("version", ""),
        time=line.get("time", ""),
        command_line=None if words is None else tuple(words),
        roots=paths_of(line.get("roots", ())),
        references=paths_of(line.get("references", ())),
        options=line.get("options", {}),
        in_memory=paths_of(line.get("in_memory", ())),
        folder=path_of(line, "folder") if "folder" in line else b"",
        bits=line.get("bits", {}),
        judged=bool(line.get("judged")),
        expected_at_most=bool(line.get("expected_at_most")),
        protected=paths_of(line.get("protected", ())),
    )


def distances(by_name: Mapping[str, float | None]) -> dict[str, float]:
    """Distances by descriptor name; null is NaN."""
    return {name: number(value) for name, value in by_name.items()}


def number(value: float | None) -> float:
    """A number, NaN where there is none."""
    return math.nan if value is None else value


def file(fields: Line) -> File:
    """F of dedupe/report/README.md."""
    links = paths_of(fields["links"])
    sizes = fields["bytes"], fields["width"], fields["height"]
    has = fields.get("has")
    traits: tuple[Any, Any, Any] = fields.get("frames"), fields.get("depth"), None if has is None else tuple(has)
    about = fields["format"], fields["digest"]
    stat = fields.get("stat")
    known = Stat(**{name: int(stat[name]) for name in Stat.__dataclass_fields__}) if stat else None
    memory = bool(fields.get("in_memory"))
    stays, within = bool(fields.get("protected")), _within(fields)
    label = "" if within else fields.get("label") or ""
    return File(
        path_of(fields), *sizes, *about, fields.get("taken"), links, *traits, memory, known, stays, within, label
    )


def _within(fields: Line) -> Within | None:
    if "container" not in fields:
        return None
    names = path_of(fields, "container"), path_of(fields, "member")
    return Within(*names, int(fields["offset"]), fields.get("label", ""))


def failures(by: Lines) -> list[Failure]:
    """The files that could not be used."""
    return [Failure(path_of(one), one["stage"], one["reason"], one["message"]) for one in by["failure"]]


def summary(by: Lines) -> Summary:
    """The counts."""
    return Summary(**_counts(Summary, by))


def _counts(kind: Any, by: Lines) -> Line:
    """The fields of a summary; the last ones have come later."""
    last = by["summary"][-1]
    return {name: last[name] for name in kind.__dataclass_fields__ if name in last or name not in _LATER}


def _near(line: Line) -> dict[str, Any]:
    return {"distance": distances(line["distance"]), "turn": line.get("turn", "none")}


def _scan(made: Header, by: Lines) -> Scan:
    counts = summary(by)
    rest: Any = NotWritten("These JSON lines have groups alone; `dedupe scan --unique` writes the files that are new.")
    if by["unique"] or (counts.groups and not by["group"]):
        none: Any = NotWritten("These JSON lines were written with --unique, which leaves groups out.")
        return Scan(made, none, failures(by), counts, (), [file(one) for one in by["unique"]], none)
    groups = [
        Group(file(one["keep"]), tuple(map(_member, one["members"])), one["keep"].get("why", "")) for one in by["group"]
    ]
    return Scan(made, groups, failures(by), counts, rest, rest, rest)


def _member(line: Line) -> Member:
    return Member(file(line), **_near(line), **_said(line))


def _said(line: Line) -> dict[str, Any]:
    """What stands of a member besides its distance."""
    said = {"kind": line.get("kind"), "why": line.get("why", ""), "contains": line.get("contains")}
    return {**said, "box": _box(line.get("box")), "known": bool(line.get("known"))}


def _found(made: Header, by: Lines) -> Found:
    return Found(made, [_match(one) for one in by["match"]], failures(by), summary(by))


def _match(line: Line) -> Match:
    said = {"kind": line.get("kind"), "why": line.get("why", ""), "agree": line.get("agree")}
    said["contains"] = line.get("contains")
    return Match(path_of(line, "query"), file(line), **_near(line), **said)


def _compared(made: Header, by: Lines) -> Compared:
    said = [_judgement(one) for one in by["judgement"]]
    rows = [_comparison(one) for one in by["comparison"]]
    files = [file(each) for one in by["judgement"] for each in one.get("files", [])]
    return Compared(made, rows, failures(by), summary(by), said[0] if said else None, files)


def _judgement(one: Line) -> Judgement:
    evidence = from_line(one["evidence"]) if "evidence" in one else None
    facts = one["kind"], one["why"], one["agree"], one["turn"], _box(one["box"])
    return Judgement(*facts, evidence=evidence, contains=one.get("contains"))


def _box(shares: Any) -> Box | None:
    if shares is None:
        return None
    left, top, right, bottom = map(float, shares)
    return left, top, right, bottom


def _comparison(line: Line) -> Comparison:
    names = path_of(line, "a"), path_of(line, "b"), line["descriptor"]
    return Comparison(
        *names, number(line["distance"]), number(line["threshold"]), line["match"], line.get("turn", "none")
    )


def _described(made: Header, by: Lines) -> Described:
    return Described(made, [_description(one) for one in by["descriptor"]], failures(by), summary(by))


def _description(line: Line) -> Description:
    import numpy as np

    values: Any
    if "hex" in line:
        values = np.frombuffer(bytes.fromhex(line["hex"]), np.uint8)
    else:
        values = np.array([number(value) for value in line["values"]], np.float32)
    return Description(path_of(line), line["descriptor"], values, line["name"])


def _leaks(made: Header, by: Lines) -> Leaks:
    counts = LeakSummary(**_counts(LeakSummary, by))
    if by["unique"] or (counts.groups and not by["group"]):
        none: Any = NotWritten("These JSON lines were written with --unique, which leaves groups out.")
        return Leaks(made, none, failures(by), counts, [file(one) for one in by["unique"]])
    groups = [
        LeakGroup(_plain(one["keep"]), one["keep"]["label"], tuple(map(_leaked, one["members"]))) for one in by["group"]
    ]
    rest: Any = NotWritten("These JSON lines have groups alone; `dedupe leak --unique` writes the clean files.")
    return Leaks(made, groups, failures(by), counts, rest)


def _leaked(line: Line) -> Leaked:
    return Leaked(_plain(line), line["label"], **_near(line), **_said(line))


def _plain(line: Line) -> File:
    """A file of a leak check, whose label may be its folder's and stands beside it."""
    return replace(file(line), label="")


def _copies(made: Header, by: Lines) -> Copies:
    last = by["summary"][-1]
    return Copies(made, path_of(last), last["files"], last["copies"], failures(by), last["others"], last["seconds"])


def _trained(made: Header, by: Lines) -> Trained:
    (line,) = by["trained"]
    manifest = Manifest(**{name: line[name] for name in Manifest.__dataclass_fields__})
    own = ("type", "path", "path_b64", "described", "failures")
    written = {name: value for name, value in line.items() if name not in own}
    path = Path(os.fsdecode(path_of(line)))
    return Trained(path, manifest, written, failures(by), line["described"], made)


READERS: Mapping[str, Callable[[Header, Lines], Held]] = {
    "scan": _scan,
    "find": _found,
    "compare": _compared,
    "describe": _described,
    "leak": _leaks,
    "eval": lambda made, by: evaluation(made, by, failures(by), summary(by)),
    "score": lambda made, by: judged(made, by, failures(by), summary(by)),
    "calibrate": lambda made, by: calibrated(made, by, failures(by), summary(by)),
    "distort": _copies,
    "train": _trained,
}
"""By command, what makes the result of a header and lines."""
