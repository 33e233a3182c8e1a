"""Results of the lab: JSON lines for a pipe, a table for a terminal, files that are whole or not there."""

from __future__ import annotations

import json
import os
import sys
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import fill
from typing import Any

from dedupe import DedupeError, Failure, UsageError
from dedupe.kit import TEXT, Kind, whole_file

FOLDED = 24
"""The width down to which a column is folded."""


_quiet = False


def lines(records: Iterable[dict[str, Any]]) -> None:
    """One JSON object a line on stdout."""
    for record in records:
        sys.stdout.write(json.dumps(record, ensure_ascii=True, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def named(path: bytes) -> dict[str, str]:
    """A path as the host's JSON lines have it: one that is not UTF-8 in base64 too."""
    text = path.decode("utf-8", "replace")
    return {"path": text} if text.encode() == path else {"path": text, "path_b64": b64encode(path).decode()}


def for_people(json_asked: bool, form: str | None = None) -> bool:
    """Whether stdout gets a table: a terminal does unless JSON was asked for. Raises UsageError for another form."""
    if form not in (None, "table", "json") or (json_asked and form == "table"):
        raise UsageError(
            f"--format {form}: choose table or json." if form != "table" else "--json and --format table: choose one."
        )
    return form == "table" or (not json_asked and form is None and sys.stdout.isatty())


def table(
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    left: Sequence[str] = (),
    folded: Sequence[str] = (),
    keys: int = 1,
) -> None:
    """A table on stdout; columns but the first and those in `left` and `folded` are set right.

    Those in `folded` are broken into lines, all others keep their width: a table too wide for the terminal becomes several,
    each with the first `keys` columns.
    """
    from rich.console import Console

    texts = [[visible(cell) for cell in row] for row in rows]
    widths = [_width(head, [row[i] for row in texts], head in folded) for i, head in enumerate(heads)]
    console = Console(file=sys.stdout, markup=False, highlight=False)
    room = console.width
    for part in _parts(widths, keys, room):
        console.width = max(room, _wide(widths[i] for i in part))
        console.print(_laid_out(heads, texts, widths, part, left, folded))


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


def _laid_out(
    heads: Sequence[str],
    texts: Sequence[Sequence[str]],
    widths: Sequence[int],
    part: Sequence[int],
    left: Sequence[str],
    folded: Sequence[str],
) -> Any:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for i in part:
        head = fill(heads[i], widths[i], break_long_words=False, break_on_hyphens=False)
        side: Any = "left" if i == 0 or heads[i] in (*left, *folded) else "right"
        shown.add_column(Text(head), justify=side, overflow="fold", no_wrap=heads[i] not in folded)
    for row in texts:
        shown.add_row(*(Text(row[i]) for i in part))
    return shown


def visible(text: str) -> str:
    """Text for a terminal: what is not printable stands escaped."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode() for char in text
    )


def set_quiet(quiet: bool) -> None:
    """Whether notes and progress are kept back, also what dedupe says of its kernels; failures never are."""
    global _quiet
    _quiet = quiet
    os.environ["DEDUPE_QUIET"] = "1" if quiet else ""


def note(text: str) -> None:
    """A line of talk on stderr."""
    if not _quiet:
        warn(text)


def warn(text: str) -> None:
    """A line on stderr, also when notes are kept back."""
    print(f"dedupe lab: {visible(text)}", file=sys.stderr, flush=True)


def failed(failures: Iterable[Failure]) -> None:
    """A line on stderr for each picture that could not be used."""
    for failure in failures:
        warn(f"{failure.path.decode('utf-8', 'backslashreplace')}: {failure.message}")


def check_output(path: Path | None, suffixes: Sequence[str]) -> None:
    """Raises UsageError before the work starts for an output whose suffix names no form or whose folder is not there."""
    if path is None:
        return
    if path.suffix.lower() not in suffixes:
        raise UsageError(f"-o {path}: the suffix names no form; use {' or '.join(suffixes)}.")
    check_place(path, "-o")


def check_place(path: Path, option: str) -> None:
    """Raises UsageError for a file whose folder is not there or closed."""
    folder = path.absolute().parent
    if not folder.is_dir():
        raise UsageError(f"{option} {path}: there is no folder {folder}; make it first.")
    if not os.access(folder, os.W_OK):
        raise UsageError(f"{option} {path}: nothing can be written in {folder}; name another.")


def replace(path: Path, content: bytes, over: Kind | None = TEXT) -> None:
    """Writes a file as a whole over one of that kind, any with None: what stood there stands until then, its permissions for
    good. Raises SafetyError where something else stands, DedupeError where the file cannot be written.
    """
    try:
        with whole_file(path, over) as stream:
            stream.write(content)
    except OSError as error:
        raise DedupeError(f"{path} cannot be written: {error.strerror or error}; what stood there stands.") from error


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """A progress line with the time left on stderr, only on a terminal."""
    if _quiet or not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(file=sys.stderr), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def tell(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=total)
            bars.update(tasks[name], completed=done)

        yield tell
