"""JSON that FiftyOne loads as a data set: `fiftyone.Dataset.from_json(FILE)`, as FiftyOne 1.22 has it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any, TextIO

from dedupe.model import File, Header
from dedupe.model.not_written import NotWritten
from dedupe.model.numbers import number
from dedupe.model.records import failure, header, last
from dedupe.report.programs import write_object

FIELDS = {
    **dict.fromkeys(("kind", "why", "kept", "turn", "digest", "format", "label"), "StringField"),
    "duplicate_group": "IntField",
}
"""The fields of a sample besides those that FiftyOne knows, and their types; distances are floats."""


def write(result: Any, stream: TextIO) -> None:
    """Writes a scan or a leak check: a sample a file (of leak a file and group), tagged keep, duplicate, unique or reference."""
    far = {name: _field(name) for name in result.header.thresholds}
    types = {**FIELDS, **dict.fromkeys(far.values(), "FloatField")}
    schema = {name: f"fiftyone.core.fields.{kind}" for name, kind in types.items()}
    lines = [header(result.header), *last(result), *map(failure, result.failures)]
    about = {"name": f"dedupe-{result.header.command}", "media_type": "image", "sample_fields": schema}
    write_object({**about, "info": {"dedupe": lines}}, "samples", _samples(result, far), stream)
    stream.write("\n")


def _field(descriptor: str) -> str:
    """A name of a field for the distances of a descriptor, whose own name may have other characters than a field."""
    return "distance_" + re.sub(r"\W+", "_", descriptor)


def _samples(result: Any, far: dict[str, str]) -> Iterator[dict[str, Any]]:
    made, kept = result.header, set()
    for id_, group in enumerate(result.groups, 1):
        kept.add(group.kept.path)
        yield _sample(
            group.kept, made, ["keep"], duplicate_group=id_, why=getattr(group, "why", ""), label=_label(group)
        )
        for one in group.members:
            near = {far[name]: _distance(value) for name, value in one.distance.items() if name in far}
            facts = {"kind": one.kind, "why": one.why, "turn": one.turn, "label": _label(one), **near}
            tags = ["duplicate", *([] if result.summary.new is None else ["known" if one.known else "new"])]
            yield _sample(one.file, made, tags, duplicate_group=id_, kept=_path(group.kept, made), **facts)
    rest = (
        {"unique": result.alone, "reference": result.references}
        if hasattr(result, "alone")
        else {"unique": result.clean}
    )
    for tag, files in rest.items():
        for file in () if isinstance(files, NotWritten) else files:
            if file.path not in kept:
                yield _sample(file, made, [tag])


def _distance(value: float) -> float | None:
    found = number(value)
    return None if found is None else float(found)


def _label(shown: Any) -> str | None:
    label: str | None = getattr(shown, "label", None)
    return label


def _sample(file: File, made: Header, tags: list[str], **facts: Any) -> dict[str, Any]:
    size = {"_cls": "ImageMetadata", "size_bytes": file.size, "width": file.width, "height": file.height}
    own = {"digest": file.digest, "format": file.format, **facts}
    known = {name: value for name, value in own.items() if value not in (None, "")}
    return {"filepath": _path(file, made), "tags": tags, "metadata": size, **known}


def _path(file: File, made: Header) -> str:
    """The whole path, which FiftyOne asks for; it can open none that is not UTF-8."""
    return os.path.normpath(os.path.join(made.folder or os.getcwdb(), file.path)).decode("utf-8", "replace")
