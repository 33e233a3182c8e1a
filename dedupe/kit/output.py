"""Where a result goes: opened before the work starts, replaced only when it is whole."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from io import StringIO, TextIOWrapper
from pathlib import Path
from typing import Any, ParamSpec, TextIO, TypeVar

from dedupe.console import complete, is_quiet, is_terminal, progress, say, shown, unbroken, visible
from dedupe.errors import DedupeError, OutputClosed, Unfinished, UsageError
from dedupe.kit.rows import ROWS
from dedupe.model.asked import Progress
from dedupe.report import SUFFIXES, Forms
from dedupe.whole import text_file

P = ParamSpec("P")
R = TypeVar("R")
Writer = Callable[[Any, TextIO], None]


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """Where a result goes and how: the form asked for, --json, --csv-safe, and the file, None for stdout."""

    form: str | None = None
    json: bool = False
    csv_safe: bool = False
    file: Path | None = None

    @property
    def asked(self) -> str | None:
        """The form that was asked for. Raises UsageError for two."""
        if self.json and self.form not in (None, "json"):
            raise UsageError(f"--json and --format {self.form} contradict each other; leave one out.")
        return "json" if self.json else self.form


@contextmanager
def result_to(out: OutputOptions, forms: Forms = ROWS) -> Iterator[Callable[[Any], None]]:
    """A function that writes the result as asked for, of a plugin an `Output`; the file is made now and put in place when the
    block ends well, and only then stdout gets the summary, under -q nothing: a stdout that takes nothing costs no file.

    Until the result is written stdout is stderr, for stdout carries results only, and plugins run in this process too. Raises
    UsageError for an unknown form, and for --csv-safe with another than CSV, and DedupeError if the file cannot be written.
    """
    from dedupe.plugins.isolation import plugin_output_to_stderr

    form = forms.named(out.asked, out.file, is_terminal(sys.stdout))
    write = forms.writer(form)
    if out.csv_safe:
        if form != "csv":
            raise UsageError("--csv-safe is for CSV; add --format csv or -o FILE.csv, or leave it out.")
        write = partial(write, safe=True)
    results: list[Any] = []
    with ExitStack() as quiet:
        quiet.enter_context(plugin_output_to_stderr())
        if out.file is None:

            def shown_now(result: Any) -> None:
                quiet.close()
                to_stdout(write if form == "table" else _for_programs(write), result)

            yield shown_now
            return
        with text_file(out.file, forms.over) as stream:

            def kept(result: Any) -> None:
                with complete():
                    write(result, stream)
                results.append(result)

            yield kept
    try:
        for result in () if is_quiet() else results:
            to_stdout(forms.write_summary, result)
    finally:
        say(f"The result is in {unbroken(shown(os.fsencode(out.file)))}.")


def carry_out(out: OutputOptions, forms: Forms, work: Callable[[Progress], R]) -> R:
    """Does the work with a line of progress and writes what comes of it; of an Unfinished what there is, before it is raised."""
    with result_to(out, forms) as write:
        with progress() as told:
            result, unfinished = as_far_as_it_goes(work, told)
        write(result)
    if unfinished:
        raise unfinished
    return result


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
def page_file(path: Path | None) -> Iterator[TextIO | None]:
    """The file of the page that --report asks for, as `whole.text_file` opens it, None without one; raises UsageError for a
    name that is none of a page.
    """
    if path is None:
        yield None
        return
    if path.suffix.lower() not in SUFFIXES["html"]:
        raise UsageError(f"--report {path}: the page is HTML; give a name that ends with .html.")
    with text_file(path) as stream:
        yield stream
