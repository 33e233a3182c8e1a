"""Where a result goes: opened before the work starts, replaced only when it is whole."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

from dedupe.console import is_terminal, say, shown
from dedupe.errors import DedupeError, OutputClosed, UsageError
from dedupe.plugins.isolation import plugin_output_to_stderr
from dedupe.report import RESULTS, Forms
from dedupe.whole import whole_file


@contextmanager
def result_to(
    output: Path | None, asked: str | None, json: bool, forms: Forms = RESULTS
) -> Iterator[Callable[[Any], None]]:
    """A function that writes the result as asked for; the file is made now and put in place when the block ends well.

    Until it is called stdout is stderr, for stdout carries results only, and plugins run in this process too. Raises
    UsageError for an unknown format and DedupeError if the file cannot be written.
    """
    if json and asked not in (None, "json"):
        raise UsageError(f"--json and --format {asked} contradict each other.")
    write = forms.writer(forms.named("json" if json else asked, output, is_terminal(sys.stdout)))
    with ExitStack() as quiet:
        quiet.enter_context(plugin_output_to_stderr())
        if output is None:

            def shown_now(result: Any) -> None:
                quiet.close()
                _to_stdout(write, result)

            yield shown_now
            return
        with replacing(output) as stream:

            def both(result: Any) -> None:
                quiet.close()
                write(result, stream)
                forms.write_summary(result, sys.stdout)

            yield both
    say(f"The result is in {shown(os.fsencode(output))}.")


def _to_stdout(write: Callable[[Any, Any], None], result: Any) -> None:
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        write(result, sys.stdout)
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):  # rich makes the one into the other
        raise OutputClosed from None


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """A text stream whose content replaces the file as a whole at the end: the old one stands until then."""
    device = path.exists() and not path.is_file()
    stands = "; what stood there stands" if path.is_file() else ""
    try:
        with path.open("wb") if device else whole_file(path) as binary:
            stream = TextIOWrapper(binary, encoding="utf-8", errors="surrogateescape", newline="")
            yield stream
            stream.detach()
    except OSError as error:
        raise DedupeError(f"{path} cannot be written: {error.strerror or error}{stands}.") from error
