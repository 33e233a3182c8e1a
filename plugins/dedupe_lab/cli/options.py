"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dedupe.kit import FOLDER, INPUT, Place, options

Hashes = Annotated[
    list[str] | None,
    typer.Option(
        "-d",
        "--descriptor",
        help="Hash; repeat for several.  [default: ahash, phash, dhash]",
        metavar="NAME",
        show_default=False,
    ),
]
Form = Annotated[str | None, options.form(html=True)]
Data = Annotated[
    Path,
    options.argument(help="A folder with train and test, each of class folders.", parser=INPUT),
]
Classes = Annotated[str, typer.Option("--classes", help="The classes.", metavar="NAME,...")]
Steps = Annotated[int, typer.Option(help="Steps of 64 pictures.", metavar="N")]
Trainings = Annotated[
    Path,
    typer.Option("-o", "--output", help="Folder for checkpoints and results.", metavar="DIR", parser=Place(FOLDER)),
]
Smoke = Annotated[
    bool, typer.Option("--smoke", help="A few steps on few pictures, to see that it works.", show_default=False)
]
SoFar = Annotated[
    bool, typer.Option("--so-far", help="Train nothing, show the trainings that are finished.", show_default=False)
]
Threads = Annotated[
    int | None, typer.Option(help="Threads of PyTorch.  [default: all processors]", metavar="N", show_default=False)
]


def listed(names: str) -> list[str]:
    """The names between commas."""
    return [name.strip() for name in names.split(",") if name.strip()]
