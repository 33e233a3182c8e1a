"""The one place that prints: results to stdout, everything else to stderr, file names always escaped."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from io import StringIO
from textwrap import wrap
from time import monotonic
from typing import TYPE_CHECKING, Any, TextIO

from dedupe.model.asked import Progress, silent
from dedupe.model.held import Detail

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import TaskID
    from rich.text import Text

FEW = 20
"""How many groups a table shows unless all are asked for."""

NOTEBOOK = 80
"""Characters of a line of progress in a notebook,"""

APART = 0.2
"""and seconds between two pictures of it."""

BLANK = "\0"
"""What stands for a blank at which no line is broken."""

_quiet = False
_verbose = False
_complete = False
_warned: set[str] = set()


def set_talk(quiet: bool, verbose: bool) -> None:
    """`quiet` keeps back notes, progress and the summary of what goes to a file, never warnings and errors; `verbose` has tables
    show everything and tells details.

    `quiet` stands in the environment too, for the kernels that worker processes compile.
    """
    global _quiet, _verbose
    _quiet, _verbose = quiet, verbose
    os.environ["DEDUPE_QUIET"] = "1" if quiet else ""


def is_quiet() -> bool:
    """Whether -q was given."""
    return _quiet


def shown_rows(count: int, few: int = FEW) -> int:
    """How many of so many groups, or of what else stands a line or two each, a table shows."""
    return count if _verbose or _complete else min(count, few)


@contextmanager
def complete() -> Iterator[None]:
    """While it lasts tables show all groups, as they do in files."""
    global _complete
    _complete = True
    try:
        yield
    finally:
        _complete = False


def wants_details() -> bool:
    """Whether -v was given."""
    return _verbose


def shown_notes(notes: Sequence[str]) -> Sequence[str]:
    """Those of a result's notes that a table shows: none under -q, details under -v only."""
    return [] if _quiet else [note for note in notes if _verbose or not isinstance(note, Detail)]


def shown(path: bytes) -> str:
    """A path for people: what is not printable, or would be taken for an escape sequence, stands as \\xHH or \\uHHHH."""
    text = path.decode("utf-8", "surrogateescape")
    if text.isprintable() and "\\" not in text:
        return text
    return "".join(_visible(char) for char in text)


def _visible(char: str) -> str:
    if char == "\\":
        return "\\\\"
    if char.isprintable():
        return char
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def visible(text: str) -> str:
    """Text for people with everything that is not printable escaped; line ends stay."""
    return "".join(char if char.isprintable() or char == "\n" else _visible(char) for char in text)


def counted(count: int, one: str, several: str) -> str:
    """A number with its noun."""
    return f"{count:,} {one if count == 1 else several}"


def unbroken(text: str) -> str:
    """Text, as a path, that stays in one piece where lines are folded: a NUL, which nothing shown has, stands for each blank."""
    return text.replace(" ", BLANK)


def fitting(text: str, width: int, indent: str = "", hanging: str = "") -> list[str]:
    """Text in lines of at most that width, broken between words alone; `indent` stands before each of them, `hanging` before all
    but the first.
    """
    lines = wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent + hanging,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return [line.replace(BLANK, " ") for line in lines]


def say(message: str) -> None:
    """One line of talk on stderr, kept back by -q."""
    if not _quiet:
        warn(message)


def detail(message: str) -> None:
    """One line of talk on stderr under -v."""
    if _verbose:
        say(message)


def warn(message: str) -> None:
    """One line on stderr, also under -q; on a terminal it is folded between words."""
    line = BLANK.join(map(visible, message.split(BLANK)))
    stream = sys.stderr
    if stream is not None:
        if width := _width(stream):
            line = "\n".join(piece for part in line.split("\n") for piece in fitting(part, width) or [""])
        line = line.replace(BLANK, " ")
        stream.write(
            line.encode(stream.encoding or "utf-8", "backslashreplace").decode(stream.encoding or "utf-8") + "\n"
        )
        stream.flush()


def _width(stream: TextIO) -> int:
    """How many characters a line of a terminal has; 0 where it is none, or does not say it."""
    try:
        return os.get_terminal_size(stream.fileno()).columns if is_terminal(stream) else 0
    except (OSError, ValueError):
        return 0


def warn_once(message: str) -> None:
    """`warn`, but nothing twice in a process: a verb may open a cache that cannot be used for each of its steps."""
    if message not in _warned:
        _warned.add(message)
        warn(message)


def is_terminal(stream: TextIO) -> bool:
    """Whether a person sees what is written to the stream."""
    return stream is not None and not stream.closed and stream.isatty()


def rich_console(stream: TextIO) -> Console:
    """A rich console on a stream: no markup, no emoji, no highlighting, text escaped as `visible` does, and what the stream
    cannot encode as \\uHHHH; NO_COLOR is honoured by rich itself.
    """
    from rich.console import Console

    class Escaping(Console):
        def render_str(self, text: str, **settings: Any) -> Text:
            encoding = self.encoding
            return super().render_str(visible(text).encode(encoding, "backslashreplace").decode(encoding), **settings)

    width = None if is_terminal(stream) or "COLUMNS" in os.environ else 4096  # nothing is folded in files
    return Escaping(file=stream, markup=False, emoji=False, highlight=False, width=width, force_jupyter=False)


@contextmanager
def progress() -> Iterator[Progress]:
    """What a function of dedupe takes as `progress`: shows a line a stage, with the time left, while the block runs.

    On a terminal it stands on stderr, in a notebook below the cell; elsewhere, and under -q, nothing is shown.
    """
    if _quiet:
        yield silent
    elif (publish := _notebook()) is not None:
        yield from _progress_in_notebook(publish)
    elif is_terminal(sys.stderr):
        with _bars(rich_console(sys.stderr)) as bars:
            yield partial(_update, bars, {})
    else:
        yield silent


def _bars(console: Console) -> Bars:
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    return Bars(*columns, console=console, transient=True)


def _update(bars: Bars, tasks: dict[str, TaskID], stage: str, done: int, total: int) -> None:
    if stage not in tasks:
        tasks[stage] = bars.add_task(stage, total=total)
    bars.update(tasks[stage], completed=done, total=total)


def _notebook() -> Callable[..., None] | None:
    """What shows something below the cell of a notebook that runs, None elsewhere."""
    ipython = sys.modules.get("IPython")
    shell: Any = ipython.get_ipython() if ipython else None
    return shell.display_pub.publish if hasattr(shell, "kernel") else None


def _progress_in_notebook(publish: Callable[..., None]) -> Iterator[Progress]:
    """The same lines, as text that is replaced: rich itself would need widgets, which many notebooks do not have."""
    console = rich_console(StringIO())
    console.width = NOTEBOOK
    bars, tasks, last = _bars(console), dict[str, Any](), 0.0
    same = {"display_id": os.urandom(8).hex()}

    def update(stage: str, done: int, total: int) -> None:
        nonlocal last
        _update(bars, tasks, stage, done, total)
        if (now := monotonic()) - last < APART and done < total:
            return
        last = now
        with console.capture() as captured:
            console.print(bars.get_renderable())
        publish({"text/plain": captured.get()}, {}, transient=same, update=True)

    publish({"text/plain": ""}, {}, transient=same)
    try:
        yield update
    finally:
        publish({"text/plain": ""}, {}, transient=same, update=True)
