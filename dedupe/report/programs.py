"""What forms for other programs have in common: the duplicates of a result in words, its paths, and JSON too long to hold."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote

from dedupe.console import shown
from dedupe.model import Header
from dedupe.report import lines

RELATIONS = {"variant": "Has the layout of", "similar": "Is another shot of the scene of"}
"""What a member is to its group's kept file where it is no duplicate."""


def members(result: Any) -> Iterator[tuple[int, Any, Any]]:
    """The number of a group, the group, and each of its members; of a `Scan` or `Leaks`."""
    return ((number, group, one) for number, group in enumerate(result.groups, 1) for one in group.members)


def sentence(result: Any, group: Any, one: Any) -> str:
    """What a member is, in words: Is a duplicate of zoo/koala.jpg (re-encoded, 60 % of the size)."""
    kept = "the training picture " if result.header.command == "leak" and not result.one_set else ""
    label = f", under the label {group.label}" if hasattr(group, "crosses") and group.crosses(one) else ""
    facts = one.kind or lines.distances(one.distance)
    why = ", ".join(filter(None, (facts, one.why, "" if one.turn == "none" or one.kind else one.turn)))
    name = shown(inside(group.kept.path, result.header))
    return f"{RELATIONS.get(one.kind, 'Is a duplicate of')} {kept}{name}{label} ({why})."


def inside(path: bytes, header: Header) -> bytes:
    """A path as seen from the folder in which dedupe ran, whole where it lies elsewhere."""
    folder = header.folder or os.getcwdb()
    whole = os.path.normpath(os.path.join(folder, path))
    return whole[len(folder) :].lstrip(os.fsencode(os.sep)) if whole.startswith(os.path.join(folder, b"")) else whole


def uri(path: bytes, header: Header) -> str:
    """A path as a URI reference: relative to the folder in which dedupe ran, else file:///..."""
    found = inside(path, header)
    whole = Path(os.fsdecode(found))
    return whole.as_uri() if whole.is_absolute() else quote(found.replace(os.fsencode(os.sep), b"/"))


def write_object(facts: Mapping[str, Any], name: str, items: Iterable[Mapping[str, Any]], stream: TextIO) -> None:
    """Writes a JSON object of facts whose last member is a list, one item a line, however many there are."""
    stream.write(_encode(facts)[:-1] + ("," if facts else "") + f"{_encode(name)}:[")
    for number, item in enumerate(items):
        stream.write((",\n" if number else "\n") + _encode(item))
    stream.write("]}")


_encode = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode
