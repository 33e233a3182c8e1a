"""`dedupe train`: learns a descriptor from photos."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from dedupe.kit import FAILED, Kind, Place, RunOptions, SelectOptions, page_file, shared
from dedupe.kit import options as o
from dedupe.kit.values import listed_paths


def _is_model(path: Path) -> bool:
    from dedupe.plugins.manifest import MODEL

    return MODEL.holds(path)


MODEL = Kind("a model of dedupe train", _is_model)


def _parameter(help_: str, *names: str, kind: str | None = "N") -> Any:
    return typer.Option(*names, help=help_, metavar=kind, show_default=False, rich_help_panel="How to learn")


@shared("Name the files that could not be used.")
def train(
    trainer: Annotated[
        str,
        o.argument(help="pca, pairs, autoencoder, copy, or a plugin's trainer.", metavar="TRAINER"),
    ],
    photos: o.Paths = None,
    output: Annotated[
        Path | None,
        o.shown(
            "-o",
            "--output",
            help="File for the model, FILE.onnx; FILE.json beside it says what it was made of.",
            parser=Place(MODEL),
            metavar="FILE",
        ),
    ] = None,
    n: Annotated[int | None, _parameter("pca, pairs, copy: numbers to describe a picture by.", "-n")] = None,
    whiten: Annotated[bool, _parameter("pca: divide by standard deviations.", "--whiten", kind=None)] = False,
    activation: Annotated[
        str | None,
        _parameter("autoencoder: activation of the hidden units.", "--activation", kind="linear|sigmoid|relu"),
    ] = None,
    hidden: Annotated[int | None, _parameter("autoencoder: hidden units.", "--hidden")] = None,
    epochs: Annotated[int | None, _parameter("autoencoder: passes over the photos.", "--epochs")] = None,
    batch: Annotated[int | None, _parameter("autoencoder, copy: photos a step.", "--batch")] = None,
    rate: Annotated[float | None, _parameter("autoencoder, copy: learning rate.", "--rate", kind="R")] = None,
    seed: Annotated[int | None, _parameter("pairs, autoencoder, copy: seed of all that is drawn.", "--seed")] = None,
    force: Annotated[bool, o.shown("--force", help="Replace what is there.")] = False,
    report: o.Report = None,
    files_from: o.FilesFrom = None,
    json: Annotated[bool, o.json_alone("what the model was made of")] = False,
    *,
    select: SelectOptions,
    run: RunOptions,
) -> int:
    """Learn a descriptor from photos, to be used as -d FILE.onnx."""
    from dedupe.console import progress
    from dedupe.errors import UsageError
    from dedupe.kit.output import listed
    from dedupe.report.json import write
    from dedupe.report.training import write_table
    from dedupe.report.training_page import write_page
    from dedupe.train import train as function

    if not photos and files_from is None:
        raise UsageError("Nothing to learn from; name a folder, as in: dedupe train pca ~/Pictures -o my.onnx")
    if output is None:
        raise UsageError("Name the file to write, as in: dedupe train pca ~/Pictures -o my.onnx")
    given: dict[str, object] = {
        "n": n,
        "whiten": whiten or None,
        "activation": activation,
        "hidden": hidden,
        "epochs": epochs,
    }
    given |= {"batch": batch, "rate": rate, "seed": seed}
    with page_file(report) as page:
        with progress() as told:
            result = function(
                _with(trainer, given),
                photos or [],
                output=output,
                force=force,
                files_from=listed_paths(files_from),
                **select,
                **run,
                progress=told,
            )
        if page is not None:
            write_page(result, page)
    listed(json, write, write_table, result)
    return FAILED if result.failures else 0


def _with(trainer: str, given: dict[str, object]) -> str:
    """The trainer's specification with the parameters that were given as options."""
    more = ",".join(f"{name}={value}" for name, value in given.items() if value is not None)
    return trainer if not more else f"{trainer}{',' if ':' in trainer else ':'}{more}"
