"""Results of the lab: JSON lines for a pipe, a table for a terminal, files that are whole or not there."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from dedupe import DedupeError, UsageError


def lines(records: Iterable[dict[str, Any]]) -> None:
    """One JSON object a line on stdout."""
    for record in records:
        sys.stdout.write(json.dumps(record, ensure_ascii=True, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def for_people(json_asked: bool) -> bool:
    """Whether stdout gets a table: a terminal does unless JSON was asked for."""
    return not json_asked and sys.stdout.isatty()


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], left: Sequence[str] = ()) -> None:
    """A table on stdout; columns but the first and those in `left` are set right."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number, head in enumerate(heads):
        shown.add_column(head, justify="left" if number == 0 or head in left else "right")
    for row in rows:
        shown.add_row(*(Text(visible(cell)) for cell in row))
    Console(file=sys.stdout, markup=False, highlight=False).print(shown)


def visible(text: str) -> str:
    """Text for a terminal: what is not printable stands escaped."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode() for char in text
    )


def note(text: str) -> None:
    """A line on stderr."""
    print(f"dedupe lab: {visible(text)}", file=sys.stderr, flush=True)


def check_output(path: Path | None, suffixes: Sequence[str]) -> None:
    """Raises UsageError before the work starts for an output whose suffix names no form or whose folder is not there."""
    if path is None:
        return
    if path.suffix.lower() not in suffixes:
        raise UsageError(f"-o {path}: the suffix names no form; use {' or '.join(suffixes)}.")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"-o {path}: there is no folder {path.absolute().parent}; make it first.")


def replace(path: Path, content: bytes) -> None:
    """Writes a file as a whole: what stood there stands until then. Raises DedupeError where it cannot."""
    temporary = path.with_name(f".{path.name[:100]}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        raise DedupeError(f"{path} cannot be written: {error.strerror or error}; what stood there stands.") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """A progress line with the time left on stderr, only on a terminal."""
    if not sys.stderr.isatty():
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
