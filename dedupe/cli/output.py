"""Where a result goes: opened before the work starts, replaced only when it is whole."""

from __future__ import annotations

import os
import sys
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any, ParamSpec, TextIO, TypeVar

from dedupe.console import is_terminal, say, shown, visible
from dedupe.errors import DedupeError, OutputClosed, SafetyError, Unfinished, UsageError
from dedupe.plugins.isolation import plugin_output_to_stderr
from dedupe.report import RESULTS, SUFFIXES, Forms
from dedupe.whole import whole_file

P = ParamSpec("P")
R = TypeVar("R")
Writer = Callable[[Any, TextIO], None]


@contextmanager
def result_to(
    output: Path | None, asked: str | None, json: bool, forms: Forms = RESULTS
) -> Iterator[Callable[[Any], None]]:
    """A function that writes the result as asked for; the file is made now and put in place when the block ends well, and
    only then stdout gets the summary: a stdout that takes nothing costs no file.

    Until the result is written stdout is stderr, for stdout carries results only, and plugins run in this process too. Raises
    UsageError for an unknown format and DedupeError if the file cannot be written.
    """
    if json and asked not in (None, "json"):
        raise UsageError(f"--json and --format {asked} contradict each other.")
    form = forms.named("json" if json else asked, output, is_terminal(sys.stdout))
    write = forms.writer(form)
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

    A symbolic link stays, and what it leads to is replaced. Raises SafetyError for a file that is no result of anybody's,
    and DedupeError for one that cannot be written.
    """
    if path.is_symlink():
        path = path.resolve()
    _refuse_other(path)
    device = path.exists() and not path.is_file()
    stands = "; what stood there stands" if path.is_file() else ""
    try:
        with path.open("wb") if device else whole_file(path) as binary:
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


def refuse_picture(path: Path) -> None:
    """Raises SafetyError where what is written would take the place of a picture."""
    _refuse_begun(path, _beginning(path))


def _refuse_begun(path: Path, head: bytes) -> None:
    from dedupe.decode.formats import HEAD, sniff

    if sniff(head[:HEAD]) or head[4:8] == b"ftyp":  # HEIC, which a plugin reads, and films begin with this
        raise _left_alone(path, "is a picture")


def _refuse_other(path: Path) -> None:
    """Raises SafetyError for what a result must not take the place of: results are text, and so is what they replace.

    A damaged picture, one that only a plugin reads and a cache are none.
    """
    from dedupe.decode.formats import SUFFIXES

    head = _beginning(path)
    _refuse_begun(path, head)
    if path.is_file() and os.fsencode(path.suffix.lower()) in SUFFIXES | {b".svg"}:
        raise _left_alone(path, "has a picture's name")
    try:
        getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        head = b"\0"
    if b"\0" in head:
        raise _left_alone(path, "holds no text, as a result would")


def _beginning(path: Path) -> bytes:
    """The first 64 KB of a regular file, none of anything else. Raises SafetyError if it may not be looked into."""
    try:
        with path.open("rb") if path.is_file() else BytesIO() as stream:
            return stream.read(1 << 16)
    except OSError as error:
        raise _left_alone(path, f"cannot be looked into ({error.strerror or error})") from None


def _left_alone(path: Path, why: str) -> SafetyError:
    return SafetyError(f"{shown(os.fsencode(path))} {why}, and it was left alone; name another file.")


def apart(places: Mapping[str, str | Path | None]) -> None:
    """Raises UsageError where two options, by name, name one file: the second would take the first one's place."""
    seen: dict[Path, str] = {}
    for option, place in places.items():
        if place is None or str(place) in ("", "-"):
            continue
        first = seen.setdefault(Path(place).resolve(), option)
        if first != option:
            raise UsageError(f"{first} and {option} name the same file, {place}.")
