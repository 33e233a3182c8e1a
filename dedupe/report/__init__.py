"""Results to text: one module a form, chosen by name or by the suffix of the output file."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TextIO, TypeAlias

from dedupe.errors import UsageError
from dedupe.model.addresses import is_address
from dedupe.whole import TEXT, TEXT_OR_DRAWN, TEXT_OR_TABLE, Kind

Writer: TypeAlias = Callable[..., None]

SUFFIXES = {
    "json": (".json", ".jsonl", ".ndjson"),
    "csv": (".csv",),
    "tsv": (".tsv",),
    "table": (".txt",),
    "html": (".html", ".htm"),
    "parquet": (".parquet",),
    "sarif": (".sarif",),
    "junit": (".xml",),
    "fiftyone": (),  # JSON, which .json already names
}


DRAWN = "png"
"""The form that is no text: a file of this name with text in it would open as nothing."""


@dataclass(frozen=True)
class Forms:
    """In what forms a kind of result can be written: names to "module:function" of this package, which are imported when
    they are used, or to a function; what is printed when the result itself goes to a file; the form for a pipe; and the
    suffixes that stand for a form, the first one the usual; `over` is what a file of them may replace.
    """

    writers: Mapping[str, str | Writer]
    summary: str | Writer
    piped: str = "json"
    suffixes: Mapping[str, Sequence[str]] = field(default_factory=lambda: SUFFIXES)
    over: Kind = TEXT

    def known(self, asked: str | None, output: Path | None) -> bool:
        """Whether the form asked for, else the suffix of a file, is one of these."""
        if asked is not None:
            return asked in self.writers
        return output is None or any(output.suffix.lower() in self.suffixes[name] for name in self.writers)

    def and_also(self, name: str, suffixes: Sequence[str], write: str | Writer) -> Forms:
        """These forms and another one."""
        return replace(self, writers={**self.writers, name: write}, suffixes={**self.suffixes, name: suffixes})

    def named(self, asked: str | None, output: Path | None, terminal: bool) -> str:
        """The form to write: the one asked for, else by the file's suffix, else a table for a terminal and what suits a pipe.
        Raises UsageError for an unknown form or suffix.
        """
        if asked is not None:
            if asked not in self.writers:
                raise UsageError(f"--format {asked}: not a format; choose from {', '.join(self.writers)}.")
            if output is not None and output.suffix.lower() in self.suffixes.get(DRAWN, ()) and asked != DRAWN:
                raise UsageError(f"-o {output}: a picture is no {asked}; name another file, or leave the format out.")
            return asked
        if output is None:
            return "table" if terminal else self.piped
        for name in self.writers:
            if output.suffix.lower() in self.suffixes[name]:
                return name
        if output.exists() and not output.is_file():
            return self.piped
        *others, last = (self.suffixes[name][0] for name in self.writers if self.suffixes[name])
        raise UsageError(
            f"-o {output}: the suffix names no format; use {', '.join(others)} or {last}, or give --format."
        )

    def given(self, name: str, **settings: Any) -> Forms:
        """The same, where the writer of one form takes these settings too."""

        def write(result: Any, stream: TextIO) -> None:
            _function(self.writers[name])(result, stream, **settings)

        return replace(self, writers={**self.writers, name: write})

    def writer(self, name: str) -> Writer:
        """The function write(result, stream) of a form; that of CSV takes `safe` too. Raises UsageError where the form needs an
        extra that is not installed.
        """
        if name == "parquet":
            from dedupe.model.arrow import require

            require()
        return _function(self.writers[name])

    def write_summary(self, result: Any, stream: TextIO) -> None:
        """Writes what the table ends with."""
        _function(self.summary)(result, stream)


RESULTS = Forms({"table": "table:write", "json": "json:write", "csv": "csv:write"}, "table:write_summary")
COMPARED = replace(RESULTS.and_also(DRAWN, (".png",), "pair_picture:write"), over=TEXT_OR_DRAWN)
PROGRAMS = {
    "parquet": "parquet:write",
    "sarif": "sarif:write",
    "junit": "junit:write",
    "fiftyone": "fiftyone:write",
}
"""Forms of groups that other programs read."""

PLANS = Forms(
    {**RESULTS.writers, "tsv": "plans:write", "html": "groups_page:write_scan", **PROGRAMS},
    "table:write_summary",
    over=TEXT_OR_TABLE,
)
LEAKS = Forms(
    {
        "table": "leaks:write_table",
        "json": "json:write",
        "csv": "leaks:write_csv",
        "html": "groups_page:write_leaks",
        **PROGRAMS,
    },
    "leaks:write_summary",
    over=TEXT_OR_TABLE,
)
UNIQUE = Forms(
    {
        "table": "unique:write_paths",
        "json": "json:write_unique",
        "csv": "unique:write_csv",
        "parquet": "parquet:write_unique",
    },
    "table:write_summary",
    "table",
    over=TEXT_OR_TABLE,
)
LEAKS_UNIQUE = replace(UNIQUE, summary="leaks:write_summary")


def nul_separated(forms: Forms) -> Forms:
    """The same with a NUL after each path; no other form has such an end."""
    return replace(forms, writers={"table": "unique:write_nul_paths"})


def _function(name: str | Writer) -> Writer:
    if not isinstance(name, str):
        return name
    from importlib import import_module

    module, _, function = name.partition(":")
    found: Writer = getattr(import_module(f"dedupe.report.{module}"), function)
    return found


def size_text(size: float) -> str:
    """Bytes for people: 1 decimal place, powers of 1000."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(size) < 999.5:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 99.5 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def distance_text(distance: float) -> str:
    """A distance for people: whole bits as they are, others with three significant digits."""
    return str(int(distance)) if distance == int(distance) else f"{distance:.3g}"


def own_text(names: Sequence[str]) -> str:
    """What a summary says of calibrations of the user's own: nothing where there are none."""
    return f"your own for {', '.join(names)} (see dedupe calibrate --list)" if names else ""


def relative(path: bytes) -> bytes:
    """The path as seen from the current folder where that is shorter, for tables only; an address as it is."""
    if is_address(path):
        return path
    try:
        near = os.path.relpath(path, os.getcwdb())
    except (OSError, ValueError):
        return path
    return near if len(near) < len(path) and not near.startswith(b"../..") else path
