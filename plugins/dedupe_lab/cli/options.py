"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dedupe.kit import CACHE, FOLDER, INPUT, TEXT, Place

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
Json = Annotated[
    bool,
    typer.Option(
        "--json", help="Print the result as JSON, one object per line, on a terminal too.", show_default=False
    ),
]
Form = Annotated[
    str | None,
    typer.Option(
        "--format",
        help="Form of the result.  [default: table on a terminal, else json]",
        metavar="table|json",
        show_default=False,
    ),
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Exit with 1 if some pictures could not be used.", show_default=False)
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No notes and no progress.", show_default=False)]
PluginFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--plugin",
        help="Also load a loose plugin file; repeatable.",
        metavar="FILE.py",
        parser=INPUT,
        show_default=False,
    ),
]
Cache = Annotated[
    str | None,
    typer.Option(
        "--cache",
        help="Cache file, or none.  [default: the usual one]",
        metavar="PATH|none",
        parser=CACHE,
        show_default=False,
    ),
]
Workers = Annotated[
    int | None, typer.Option("-j", "--workers", help="Worker processes.", metavar="N", show_default=False)
]
Data = Annotated[
    Path,
    typer.Argument(help="A folder with train and test, each of class folders.", parser=INPUT, show_default=False),
]
Classes = Annotated[str, typer.Option("--classes", help="The classes.", metavar="NAME,...")]
Steps = Annotated[int, typer.Option(help="Steps of 64 pictures.", metavar="N")]
Trainings = Annotated[
    Path,
    typer.Option("-o", "--output", help="Folder for checkpoints and results.", metavar="DIR", parser=Place(FOLDER)),
]
Report = Annotated[
    Path | None,
    typer.Option(help="Page with tables and figures.", metavar="FILE.html", parser=Place(TEXT), show_default=False),
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
