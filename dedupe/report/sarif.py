"""SARIF 2.1.0 for code hosts: each duplicate is a result at its file, with what GitHub's code scanning asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, TextIO

from dedupe.model import Failure, File, Header
from dedupe.model.judgement import LISTED, REMOVED
from dedupe.report.programs import members, sentence, uri, write_object

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
BASE = "%SRCROOT%"

RULES = {
    "same-bytes": "Another file has the same bytes.",
    "same-pixels": "Another picture has the same pixels.",
    "re-encoded": "Another file has the same picture, saved again.",
    "adjusted": "Another file has the same picture with other tones or colours.",
    "edited": "Another file has the same picture, cut, framed, captioned or turned.",
    "variant": "Another picture has the same layout and other content.",
    "similar": "Another picture shows the same scene in another shot.",
    "near": "Another picture is within the distance that was asked for.",
}
"""What each rule finds: the kinds that results list, and what is near where nobody looked at the pictures."""

HELP = "Keep one of the pictures, or tell dedupe that they are no duplicates: dedupe ignore A B."

WHOLE = {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}
"""A picture has no lines; readers ask for a region."""

DIGITS = 16
"""Of a digest, as many as the fingerprints of other tools have."""


def write(result: Any, stream: TextIO) -> None:
    """Writes a scan or a leak check as one SARIF log with one run; files that could not be used are notifications."""
    stream.write(f'{{"$schema":"{SCHEMA}","version":"2.1.0","runs":[')
    write_object(_run(result), "results", _results(result), stream)
    stream.write("]}\n")


def _run(result: Any) -> dict[str, Any]:
    made = result.header
    driver = {"name": "dedupe", "version": made.version or "unknown", "rules": [_rule(name) for name in RULES]}
    failed = [_notification(one, made) for one in result.failures]
    done = {"executionSuccessful": True, "toolExecutionNotifications": failed}
    root = {BASE: {"description": {"text": "The folder in which dedupe ran."}}}
    return {
        "tool": {"driver": driver},
        "invocations": [done],
        "originalUriBaseIds": root,
        "columnKind": "utf16CodeUnits",
    }


def _rule(name: str) -> dict[str, Any]:
    text = {"text": RULES[name]}
    level = "warning" if name in (*REMOVED, "near") else "note"
    about = {"id": name, "name": name, "shortDescription": text, "fullDescription": text, "help": {"text": HELP}}
    return {**about, "defaultConfiguration": {"level": level}, "properties": {"tags": ["duplicate"]}}


def _results(result: Any) -> Iterator[dict[str, Any]]:
    seen: Counter[str] = Counter()
    for _, group, one in members(result):
        name = one.kind if one.kind in LISTED else "near"
        key = one.file.digest.rpartition(":")[2][:DIGITS]
        seen[key] += 1
        yield {
            "ruleId": name,
            "ruleIndex": list(RULES).index(name),
            "message": {"text": sentence(result, group, one)},
            "locations": [_location(one.file, result.header)],
            "relatedLocations": [
                {**_location(group.kept, result.header), "message": {"text": "The picture that is kept."}}
            ],
            # the digest stays where a file is moved; copies of one content are told apart by their number
            "partialFingerprints": {"primaryLocationLineHash": f"{key}:{seen[key]}"},
            **({} if result.summary.new is None else {"baselineState": "unchanged" if one.known else "new"}),
        }


def _location(file: File, header: Header) -> dict[str, Any]:
    return {"physicalLocation": {**_artifact(file.path, header), "region": WHOLE}}


def _artifact(path: bytes, header: Header) -> dict[str, Any]:
    found = uri(path, header)
    base = {} if found.startswith("file:") else {"uriBaseId": BASE}
    return {"artifactLocation": {"uri": found, **base}}


def _notification(one: Failure, header: Header) -> dict[str, Any]:
    place = {"physicalLocation": _artifact(one.path, header)}
    about = {"level": "warning", "descriptor": {"id": one.reason}, "locations": [place]}
    return {**about, "message": {"text": one.message or one.reason}}
