"""Where a result goes: opened before the work starts, replaced only when it is whole."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from io import StringIO, TextIOWrapper
from pathlib import Path
from typing import Any, ParamSpec, TextIO, TypeVar

from dedupe.console import is_terminal, say, shown, visible
from dedupe.errors import DedupeError, OutputClosed, Unfinished, UsageError
from dedupe.plugins.isolation import plugin_output_to_stderr
from dedupe.report import RESULTS, SUFFIXES, Forms
from dedupe.whole import whole_file

P = ParamSpec("P")
R = TypeVar("R")
Writer = Callable[[Any, TextIO], None]


@contextmanager
def result_to(
    output: Path | None, asked: str | None, json: bool, forms: Forms = RESULTS, csv_safe: bool = False
) -> Iterator[Callable[[Any], None]]:
    """A function that writes the result as asked for; the file is made now and put in place when the block ends well, and
    only then stdout gets the summary: a stdout that takes nothing costs no file.

    Until the result is written stdout is stderr, for stdout carries results only, and plugins run in this process too. Raises
    UsageError for an unknown format, and for `csv_safe` with another than CSV, and DedupeError if the file cannot be written.
    """
    if json and asked not in (None, "json"):
        raise UsageError(f"--json and --format {asked} contradict each other.")
    form = forms.named("json" if json else asked, output, is_terminal(sys.stdout))
    write = forms.writer(form)
    if csv_safe:
        if form != "csv":
            raise UsageError("--csv-safe is for CSV; add --format csv or -o FILE.csv, or leave it out.")
        write = partial(write, safe=True)
    results: list[Any] = []
    with ExitStack() as quiet:
        quiet.enter_context(plugin_output_to_stderr())
        if output is None:

            def shown_now(result: Any) -> None:
                quiet.close()
                to_stdout(write if form == "table" else _for_programs(write), result)

            yield shown_now
            return
        with replacing(output) as stream:

            def kept(result: Any) -> None:
                write(result, stream)
                results.append(result)

            yield kept
    try:
        for result in results:
            to_stdout(forms.write_summary, result)
    finally:
        say(f"The result is in {shown(os.fsencode(output))}.")


def as_far_as_it_goes(run: Callable[P, R], *args: P.args, **settings: P.kwargs) -> tuple[R, Unfinished | None]:
    """What a verb's function gives, and where that is not all, the error to raise once it has been written."""
    try:
        return run(*args, **settings), None
    except Unfinished as error:
        return error.result, error


def listed(json: bool, write_json: Writer, write_table: Writer, result: Any) -> None:
    """Writes what has two forms to stdout: JSON where it is asked for or no person reads it. Raises as `to_stdout` does."""
    to_stdout(write_json if json or not is_terminal(sys.stdout) else write_table, result)


def to_stdout(write: Writer, result: Any) -> None:
    """Writes a result to stdout; raises OutputClosed where nobody reads it, DedupeError where it cannot be written."""
    try:
        write(result, sys.stdout)
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):  # rich makes the one into the other
        raise OutputClosed from None
    except OSError as error:
        raise DedupeError(f"The result cannot be written to stdout: {error.strerror or error}.") from error


def _for_programs(write: Writer) -> Writer:
    """The same in UTF-8, whatever people read here; on a terminal, which would obey what it is shown, escaped."""

    def written(result: Any, stream: TextIO) -> None:
        if is_terminal(stream):
            text = StringIO()
            write(result, text)
            stream.write(visible(text.getvalue()))
            return
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8")
        write(result, stream)

    return written


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """A text stream whose content replaces the file as a whole at the end: the old one stands until then.

    Raises SafetyError for a file that is no text, and DedupeError for one that cannot be written.
    """
    stands = "; what stood there stands" if path.is_file() else ""
    try:
        with whole_file(path) as binary:
            stream = TextIOWrapper(binary, encoding="utf-8", errors="backslashreplace", newline="")
            yield stream
            stream.detach()
    except OSError as error:
        raise DedupeError(f"{path} cannot be written: {error.strerror or error}{stands}.") from error


@contextmanager
def page_file(path: Path) -> Iterator[TextIO]:
    """What `replacing` gives for the page that --report asks for; raises UsageError for a name that is none of a page."""
    if path.suffix.lower() not in SUFFIXES["html"]:
        raise UsageError(f"--report {path}: the page is HTML; give a name that ends with .html.")
    with replacing(path) as stream:
        yield stream
