"""What all results have in common when they are held in Python."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from dedupe.errors import UsageError
from dedupe.model.not_written import NotWritten

SHOWN_ROWS = 20
"""Rows of a result that a notebook shows."""

SHOWN_COLUMNS = (
    *("group", "role", "query", "a", "b", "path", "name"),
    *("descriptor", "distortion", "distance", "kind", "turn", "why"),
)
"""What a notebook shows of them, besides distances and recalls, where it is there."""


class Pair(NamedTuple):
    """Two files that match, as text; of a group the first is the kept one. Distance by descriptor."""

    a: str
    b: str
    distance: Mapping[str, float]
    turn: str = "none"
    kind: str | None = None


class Detail(str):
    """A note that tables show with -v only; JSON has it as any other."""

    __slots__ = ()


class Held:
    """Turns a result into other things. Its JSON lines are the ones that the command writes, `dedupe.results.read` reads."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """The JSON lines by type: "header" and "summary" (of a training "trained") are one each, all others lists."""
        from dedupe.model.records import lines

        found: dict[str, Any] = {}
        for line in lines(self):
            if line["type"] in ("header", "summary", "trained"):
                found[line["type"]] = line
            else:
                found.setdefault(line["type"], []).append(line)
        return found

    def to_json(self, path: str | Path) -> None:
        """Writes the JSON lines as a whole file, which may replace a text file.

        Raises SafetyError where something else stands, DedupeError where it cannot be written.
        """
        from dedupe.model.records import encoded, lines
        from dedupe.whole import text_file

        with text_file(Path(path)) as stream:
            stream.writelines(map(encoded, lines(self)))

    def to_pandas(self) -> Any:
        """What was found as a pandas.DataFrame with the columns of the CSV. Raises UsageError without pandas."""
        try:
            from pandas import DataFrame
        except ImportError:
            raise UsageError(
                "to_pandas() needs pandas, which is not installed; run: pip install pandas, or use to_dict()."
            ) from None
        return DataFrame(list(_rows(self)))

    def to_arrow(self) -> Any:
        """What was found, of a scan and a leak check all their files, and failures as a pyarrow.Table: the columns of the CSV,
        and in the schema's metadata "dedupe.header" and "dedupe.summary", each a line of JSON. Raises UsageError without
        pyarrow.
        """
        from dedupe.model.arrow import table

        return table(self)

    def __repr__(self) -> str:
        counts = [f"{len(value):,} {name}" for name, value in _sequences(self)]
        return f"<{type(self).__name__}: {', '.join(counts)}>"

    def _repr_html_(self) -> str:
        from html import escape

        rows = list(islice(_rows(self), SHOWN_ROWS))
        names = [name for name in dict.fromkeys(name for row in rows for name in row) if _is_shown(name)]
        head = "".join(f"<th>{escape(name)}</th>" for name in names)
        cells = ["".join(f"<td>{escape(_text(row.get(name)))}</td>" for name in names) for row in rows]
        body = "".join(f"<tr>{each}</tr>" for each in cells)
        more = f"<p>The first {SHOWN_ROWS} rows.</p>" if len(rows) == SHOWN_ROWS else ""
        return f"<p>{escape(repr(self))}</p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _rows(result: Any) -> Iterator[dict[str, Any]]:
    from dedupe.model.records import found
    from dedupe.model.table_rows import rows

    return (row for line in found(result) for row in rows(line))


def _sequences(result: Any) -> Iterator[tuple[str, Any]]:
    """The parts of a result that can be counted, by name."""
    for field in fields(result):
        value = getattr(result, field.name)
        if hasattr(value, "__len__") and not isinstance(value, str | bytes | Mapping | NotWritten):
            yield field.name, value


def _is_shown(name: str) -> bool:
    return name in SHOWN_COLUMNS or name.startswith(("distance:", "recall:"))


def _text(value: Any) -> str:
    return "" if value is None else str(value)
