"""What a plugin's command gives out, in every form: records for programs, tables for people, a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any, TextIO

from dedupe.console import rich_console, shown, visible
from dedupe.report import Forms

if TYPE_CHECKING:
    from rich.console import Console

    from dedupe.model import Failure

TEMPLATE = Path(__file__).with_suffix(".html.jinja")

FOLDED = 24
"""The width down to which a column is folded."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of texts; the columns but the first and those in `left` and `folded` are set right.

    Those in `folded` are broken into lines, all others keep their width: a table too wide for the terminal becomes several,
    each with the first `keys` columns.
    """

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: Sequence[str] = ()
    folded: Sequence[str] = ()
    keys: int = 1


@dataclass(frozen=True, slots=True)
class Output:
    """What a command gives out: `records`, dictionaries with a "type", are JSON lines and, but for "summary", rows of CSV.

    People get `totals`, sentences that also stand on stdout where the result goes to a file, and `tables`. Pictures that
    could not be used, `failures`, are records too, and for people counted, with -v named. A page has the `title`, the totals
    and the tables, or is what `page` gives: a template and the values that fill it, as `pages.page` takes them.
    """

    records: Sequence[Mapping[str, Any]]
    tables: Sequence[Table] = ()
    totals: Sequence[str] = ()
    failures: Sequence[Failure] = ()
    title: str = ""
    page: Callable[[], tuple[Path, Mapping[str, Any]]] | None = None


def write_json(output: Output, stream: TextIO) -> None:
    """Writes the records as JSON lines, a summary last."""
    from dedupe.report.json import write_lines

    write_lines(sorted(_records(output), key=lambda one: one["type"] == "summary"), stream)


def write_csv(output: Output, stream: TextIO, safe: bool = False) -> None:
    """Writes a row a record, with a column for each name in the order in which they occur; `safe` as in `csv.write_rows`."""
    from dedupe.report.csv import write_rows

    rows = [dict(_cells(one)) for one in _records(output) if one["type"] != "summary"]
    names = list(dict.fromkeys(name for row in rows for name in row))
    write_rows([names or ["type"], *([row.get(name, "") for name in names] for row in rows)], stream, safe)


def _records(output: Output) -> list[Mapping[str, Any]]:
    from dedupe.model.records import failure

    return [*output.records, *map(failure, output.failures)]


def _cells(record: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The cells of a row: values by name become a column each, `name:key`, those in a list are joined by a bar."""
    for name, value in record.items():
        if isinstance(value, Mapping):
            yield from _cells({f"{name}:{key}": each for key, each in value.items()})
        else:
            yield name, "|".join(map(str, value)) if isinstance(value, list | tuple) else value


def write_table(output: Output, stream: TextIO) -> None:
    """Writes the totals, the tables for people, and under -v what could not be used."""
    from dedupe.model.records import reasons
    from dedupe.report.lines import failures, folded, unusable

    console = rich_console(stream)
    for text in filter(None, [*output.totals, unusable(reasons(output.failures))]):
        folded(console, text)
    for each in output.tables:
        if each.rows:
            _write_table(each, console)
    failures(console, output.failures)


def write_summary(output: Output, stream: TextIO) -> None:
    """The same without the tables."""
    write_table(replace(output, tables=()), stream)


def write_page(output: Output, stream: TextIO) -> None:
    """Writes the page; the records go along in it."""
    from dedupe.pages import page

    template, values = output.page() if output.page is not None else (TEMPLATE, _values(output))
    stream.write(page(template, output.title, _records(output), values))


def _values(output: Output) -> Mapping[str, Any]:
    from dedupe.pages import plain_rows

    lost = Table(("could not be used", "why"), [(shown(one.path), one.message) for one in output.failures])
    tables = [*output.tables, *([lost] if lost.rows else [])]
    return {"totals": output.totals, "tables": [(each.heads, plain_rows(each.rows)) for each in tables]}


ROWS = Forms({"table": write_table, "json": write_json, "csv": write_csv, "html": write_page}, write_summary)


def _write_table(table: Table, console: Console) -> None:
    table = replace(table, rows=[[visible(cell) for cell in row] for row in table.rows])
    widths = [_width(head, [row[i] for row in table.rows], head in table.folded) for i, head in enumerate(table.heads)]
    room = console.width
    for part in _parts(widths, table.keys, room):
        console.width = max(room, _wide(widths[i] for i in part))
        console.print(_laid_out(table, widths, part))
    console.width = room


def _width(head: str, cells: Sequence[str], folded: bool) -> int:
    """What a column needs at least; its head is broken between words."""
    from rich.cells import cell_len

    longest = max(map(cell_len, cells), default=0)
    return max(1, min(longest, FOLDED) if folded else longest, *map(cell_len, head.split()))


def _wide(widths: Iterable[int]) -> int:
    """How wide a table is, with what stands between and beside its columns."""
    return sum(width + 3 for width in widths) - 1


def _parts(widths: Sequence[int], keys: int, room: int) -> Iterator[list[int]]:
    """The columns of each table."""
    part = list(range(min(keys, len(widths))))
    for column in range(keys, len(widths)):
        if len(part) > keys and _wide(widths[i] for i in [*part, column]) > room:
            yield part
            part = list(range(keys))
        part.append(column)
    yield part


def _laid_out(table: Table, widths: Sequence[int], part: Sequence[int]) -> Any:
    from dedupe.report.grid import table as empty

    heads = {i: fill(table.heads[i], widths[i], break_long_words=False, break_on_hyphens=False) for i in part}
    whole = [heads[i] for i in part if table.heads[i] not in table.folded]
    left = {0, *(i for i in part if table.heads[i] in (*table.left, *table.folded))}
    filled = empty(*heads.values(), right=[heads[i] for i in part if i not in left], whole=whole)
    for row in table.rows:
        filled.add_row(*(row[i] for i in part))
    return filled
