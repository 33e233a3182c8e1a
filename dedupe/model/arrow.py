"""Results as Arrow tables: the rows of the CSV with types, and how they were made in the schema's metadata."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.util import find_spec
from itertools import islice
from typing import Any

from dedupe.errors import UsageError, install_hint
from dedupe.model import records
from dedupe.model.table_rows import all_rows

HEADER, SUMMARY = "dedupe.header", "dedupe.summary"
"""Keys of the metadata; their values are the lines of these types, in JSON."""

ROWS = 1 << 16
"""Of a batch."""

COLUMNS = (
    *("type", "group", "role", "path", "path_b64", "kind", "why", "turn", "known"),
    *("bytes", "width", "height", "format", "digest", "frames", "depth", "has", "taken", "links", "links_b64", "box"),
    *("stage", "reason", "message"),
)
"""Of every scan and leak check, also where no row has something in one, so that tables of several runs fit together."""

WHOLE = frozenset({"group", "bytes", "width", "height", "frames", "depth", "taken"})
TRUTHS = frozenset({"known", "in_memory", "other_label", "match"})
"""Columns of whole numbers, and of what holds or not; distances are float64, boxes lists of them, all others text."""

Rows = Callable[[], Iterable[Mapping[str, Any]]]


def require() -> None:
    """Raises UsageError, which says what to install, where pyarrow is missing; imports nothing."""
    try:
        found = find_spec("pyarrow")
    except ValueError:  # sys.modules says that it cannot be imported
        found = None
    if found is None:
        raise UsageError(f"Parquet and Arrow need pyarrow, which is not installed: {install_hint('tables')}.")


def table(result: Any) -> Any:
    """A result as a pyarrow.Table. Raises UsageError without pyarrow."""
    require()
    import pyarrow as pa

    made = schema(result, lambda: all_rows(result))
    return pa.Table.from_batches(batches(all_rows(result), made), made)


def batches(rows: Iterable[Mapping[str, Any]], made: Any) -> Iterator[Any]:
    """Rows as record batches of a schema, each of ROWS at most: a million rows of Python's would fill the memory."""
    import pyarrow as pa

    left = iter(rows)
    while some := list(islice(left, ROWS)):
        yield pa.RecordBatch.from_pylist(some, schema=made)


def schema(result: Any, rows: Rows) -> Any:
    """The pyarrow.Schema of a result's rows, with the lines of its header and summary in the metadata."""
    import pyarrow as pa

    lines = zip((HEADER, SUMMARY), (records.header(result.header), *records.last(result)), strict=False)
    about = {key: json.dumps(line, allow_nan=False) for key, line in lines}
    columns = _columns(result) or _seen(rows())
    return pa.schema(
        [(name, pa.list_(pa.float64()) if kind == "box" else kind) for name, kind in columns.items()], about
    )


def _columns(result: Any) -> dict[str, str]:
    """The columns of a scan or a leak check with the names of their types; none for other results."""
    made = result.header
    if made.command not in ("scan", "leak"):
        return {}
    more = [*(["label", "other_label"] if made.command == "leak" else []), *(["in_memory"] if made.in_memory else [])]
    return {name: _kind(name) for name in (*COLUMNS, *more, *(f"distance:{name}" for name in made.thresholds))}


def _kind(name: str) -> str:
    if name.startswith("distance:"):
        return "float64"
    return "box" if name == "box" else "int64" if name in WHOLE else "bool" if name in TRUTHS else "string"


def _seen(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The columns that rows have, each of a type that holds all that is in it."""
    types: dict[str, set[type]] = {}
    for row in rows:
        for name, value in row.items():
            types.setdefault(name, set()).update([] if value is None else [type(value)])
    return {name: _common(name, found) for name, found in types.items()}


def _common(name: str, found: set[type]) -> str:
    if found and found <= {int, float} and name not in WHOLE:
        return "float64"
    return _kind(name)
