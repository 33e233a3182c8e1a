"""The help of a verb: its options under the headings that `rich_help_panel` gives them, all in one line."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from dedupe.kit.options import GROUPS

WIDEST = 24
"""An option that is longer has its help on the next line."""

BOUND = re.compile(r"; x>=\d+(?=\])|  \[x>=\d+\]")
"""What typer adds for the least value: a usage error says it in words."""

HEADS = ("Arguments", "Options", *GROUPS)


def grouped(command: Any) -> Any:
    """A command, or a group of them, whose help shows the options in groups; typer does so itself where it uses rich."""
    for each in getattr(command, "commands", {}).values():
        grouped(each)
    if not hasattr(command, "commands") and command.rich_markup_mode is None:
        command.format_options = partial(_write_options, command)
    return command


def _write_options(command: Any, ctx: Any, formatter: Any) -> None:
    found: dict[str, list[tuple[str, str]]] = {}
    for param in command.get_params(ctx):
        if record := param.get_help_record(ctx):
            head = "Arguments" if param.param_type_name == "argument" else getattr(param, "rich_help_panel", None)
            last = GROUPS[-1] if GROUPS[-1] in found and param.name == "help" else "Options"
            found.setdefault(head or last, []).append((record[0], BOUND.sub("", record[1])))
    width = min(WIDEST, max(len(option) for records in found.values() for option, _ in records))
    for head in sorted(found, key=lambda head: HEADS.index(head) if head in HEADS else 1):
        with formatter.section(head):
            formatter.write_dl([(option.ljust(width), about) for option, about in found[head]], col_max=WIDEST)
