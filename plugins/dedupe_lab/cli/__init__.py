"""Experiments with hashes and labelled pictures.

One file a command; each imports what it needs when it runs.
"""

from __future__ import annotations

import typer

from dedupe_lab.cli.classes import classes
from dedupe_lab.cli.classify import classify
from dedupe_lab.cli.images import images
from dedupe_lab.cli.inputs import inputs
from dedupe_lab.cli.robustness import robustness

app = typer.Typer(
    help="Experiments with hashes and labelled pictures.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for verb in (images, robustness, classes, classify, inputs):
    app.command(short_help=str(verb.__doc__))(verb)  # whole: click would cut it


@app.callback()
def _options() -> None: ...
