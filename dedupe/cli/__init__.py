"""The command line: one file a verb; errors become one sentence on stderr and an exit code."""

from __future__ import annotations

import contextlib
import os
import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from dedupe import config
from dedupe.cli.apply import apply
from dedupe.cli.cache import app as cache_app
from dedupe.cli.calibrate import calibrate
from dedupe.cli.commands import Verbs
from dedupe.cli.compare import compare
from dedupe.cli.describe import describe
from dedupe.cli.distort import distort
from dedupe.cli.eval import evaluate
from dedupe.cli.find import find
from dedupe.cli.ignore import ignore
from dedupe.cli.import_ import import_
from dedupe.cli.leak import leak
from dedupe.cli.plugins import plugins
from dedupe.cli.review import review
from dedupe.cli.scan import scan
from dedupe.cli.score import score
from dedupe.cli.train import train
from dedupe.cli.undo import undo
from dedupe.console import unbroken, warn
from dedupe.errors import DedupeError, Interrupted, OutputClosed, SafetyError, wants_memory
from dedupe.kit import options as o

INTERRUPTED = (Interrupted.exit_code, 143)
"""Exit codes that say more than that nobody reads stdout,"""

STRONGER = (SafetyError.exit_code, *INTERRUPTED)
"""and those that say more than that it could not be written."""


def help_(ctx: typer.Context) -> int:
    """Show the verbs; dedupe help VERB shows the options of one."""
    print(ctx.find_root().get_help())
    return 0


def version(
    verbose: Annotated[bool, o.verbose("Also say which settings are used, and where data and the cache are.")] = False,
) -> int:
    """Print the version."""
    from dedupe.installed import version as installed

    print(f"dedupe {installed('dedupe-images')}")
    if verbose:
        used = config.read_settings()
        given = ", ".join(used.given) or "nothing"
        print(f"settings  {used.file or config.settings_path()} ({f'gives {given}' if used.file else 'not there'})")
        print(f"data      {config.data_path(make=False)}")
        print(f"cache     {used.given.get('cache') or config.chosen_cache(None, warn)}")
    return 0


class Dedupe(Verbs):
    """The verbs, in the order in which the help lists them."""

    own = {  # noqa: RUF012 - nothing changes it
        "scan": scan,
        "find": find,
        "compare": compare,
        "describe": describe,
        "distort": distort,
        "train": train,
        "eval": evaluate,
        "score": score,
        "calibrate": calibrate,
        "leak": leak,
        "review": review,
        "apply": apply,
        "undo": undo,
        "ignore": ignore,
        "import": import_,
        "plugins": plugins,
        "cache": cache_app,
        "help": help_,
        "version": version,
    }


app = typer.Typer(
    name="dedupe",
    cls=Dedupe,
    help="Finds near-duplicate images.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        raise typer.Exit(version(False))


@app.callback()
def _options(
    _: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version and exit."),
) -> None: ...


def main() -> None:
    """Runs the command line and exits with its code."""
    from dedupe.cli import signals

    signals.terminated_is_interrupted()
    config.command_line = ("dedupe", *sys.argv[1:])
    if sys.stdout is None:  # it was closed before we began
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code = _run()
    except (KeyboardInterrupt, typer.Abort):
        code = Interrupted.exit_code
    finally:
        config.command_line = None
    _leave(143 if signals.terminated and code == Interrupted.exit_code else code)


def _run() -> int:
    """The exit code of the command line; what went wrong has been said."""
    try:
        return app(standalone_mode=False) or 0
    except DedupeError as error:
        if str(error):
            warn(f"dedupe: {_with_whole_words(str(error))}")
        return error.exit_code
    except typer.Abort:
        raise
    except SystemExit as left:
        if isinstance(left.__context__, BrokenPipeError):  # click and rich make the one into the other
            return OutputClosed.exit_code
        raise
    except Exception as error:
        return _unexpected(error)


def _with_whole_words(text: str) -> str:
    """An error in which what was given on the command line, as a path with blanks, is not broken."""
    for word in sys.argv[1:]:
        text = text.replace(word, unbroken(word))
    return text


def _unexpected(error: Exception) -> int:
    """The exit code of what click or the system says, and for want of memory; anything else is a defect, which is said with
    its traceback.
    """
    show = getattr(error, "show", None)
    if show is not None:
        show()
        return 2
    if isinstance(error, BrokenPipeError) and isinstance(_stdout_lost(), BrokenPipeError):
        return OutputClosed.exit_code
    if wants_memory(error):
        warn("dedupe: There is not enough memory. Close other programs, raise the limit (ulimit -v), or add -j 1.")
        return DedupeError.exit_code
    if isinstance(error, OSError):
        warn(f"dedupe: {error.strerror or error}{f': {error.filename}' if error.filename else ''}.")
        return DedupeError.exit_code
    from traceback import format_exception

    trace = "".join(format_exception(error)).rstrip()
    warn(f"{trace}\ndedupe: This is a defect of dedupe or of a plugin; please report it with the lines above.")
    return DedupeError.exit_code


def _leave(code: int) -> None:
    """Exits; a closed stdout is no reason for a traceback at the end, but for a code of its own, and what plugins print by
    then goes to stderr.
    """
    lost = _stdout_lost()
    if lost is not None and code not in (INTERRUPTED if isinstance(lost, BrokenPipeError) else STRONGER):
        code = OutputClosed.exit_code if isinstance(lost, BrokenPipeError) else DedupeError.exit_code
    with contextlib.suppress(OSError, ValueError, AttributeError):
        if lost is None and code != OutputClosed.exit_code:
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        else:  # what was lost is in a buffer still, and belongs nowhere
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(code)


def _stdout_lost() -> Exception | None:
    """Why stdout does not take what was written to it, BrokenPipeError where nobody reads it; None where it does."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        return error
    return None
