"""Forms of results that plugins bring."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from dedupe.errors import DedupeError, UsageError, said
from dedupe.kit import OutputOptions, RunOptions
from dedupe.report import Forms


def with_plugins(forms: Forms, command: str, out: OutputOptions, files: Sequence[Path]) -> Forms:
    """The forms and, where what is asked for is none of them, a plugin's: only then are plugins loaded for it.

    Raises UsageError for a plugin's report that does not write results of this command.
    """
    asked, output = out.form, out.file
    if forms.known(asked, output):
        return forms
    from dedupe.describe.gather import load_plugins
    from dedupe.model import Run
    from dedupe.plugins.spec import parse

    loaded = load_plugins(Run(plugin=tuple(files)))
    named = loaded.things.get("report", {})
    if asked is None:
        made = [loaded.make("report", name) for name in named]
        fits = [each for each in made if command in each.commands and output and output.suffix.lower() in each.suffixes]
        return forms.and_also(fits[0].name, fits[0].suffixes, partial(_write, fits[0])) if fits else forms
    if parse(asked)[0] not in named:
        return forms
    report = loaded.make("report", asked)
    if command not in report.commands:
        raise UsageError(f"--format {asked}: it writes results of {', '.join(report.commands)}, not of {command}.")
    return forms.and_also(asked, report.suffixes, partial(_write, report))


def with_pictures(forms: Forms, form: str, run: RunOptions) -> Forms:
    """The forms, of which one has pictures that are read as the run reads them."""
    from dedupe.model import Run

    plugins, seconds, cap = tuple(run["plugin"]), run["file_timeout"], run["max_pixels"]
    return forms.given(form, run=Run(run["workers"], plugin=plugins, file_timeout=seconds, max_pixels=cap))


def _write(report: Any, result: Any, stream: TextIO) -> None:
    try:
        report.write(result, stream)
    except (DedupeError, OSError):
        raise
    except Exception as error:
        raise DedupeError(f"The report {report.name} raised {said(error)[:250]}.") from error
