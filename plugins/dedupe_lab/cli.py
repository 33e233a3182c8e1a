"""`dedupe lab`: one command a question; each imports what it needs when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(
    help="Experiments with hashes and labelled pictures.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

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
Json = Annotated[bool, typer.Option("--json", help="JSON lines, also on a terminal.", show_default=False)]
Cache = Annotated[
    str | None,
    typer.Option(
        "--cache", help="Cache file, or none.  [default: the usual one]", metavar="PATH|none", show_default=False
    ),
]
Workers = Annotated[
    int | None, typer.Option("-j", "--workers", help="Worker processes.", metavar="N", show_default=False)
]


@app.callback()
def _options() -> None: ...


@app.command()
def classes(
    folder: Annotated[Path, typer.Argument(help="A folder of one folder for each class.", show_default=False)],
    names: Annotated[
        str, typer.Option("--classes", help="Some of the classes.  [default: all]", metavar="NAME,...")
    ] = "",
    n: Annotated[int, typer.Option("-n", help="The first N pictures of each class; 0: all.", metavar="N")] = 100,
    descriptor: Hashes = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Page with the figures.", metavar="FILE.html", show_default=False),
    ] = None,
    json: Json = False,
    workers: Workers = None,
    cache: Cache = None,
) -> int:
    """Distances of all pairs of pictures within and between classes."""
    from dedupe_lab import classes_report as report
    from dedupe_lab.bits import HASHES
    from dedupe_lab.classes import class_distances
    from dedupe_lab.output import check_output, for_people, lines, replace, table

    check_output(output, [".html"])
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    found = class_distances(folder, wanted, n, descriptor or HASHES, workers=workers, cache=cache)
    if output:
        replace(output, report.written(found).encode("utf-8", "surrogatepass"))
    if for_people(json):
        table(report.HEADS, report.rows(found), left=("classes",))
        table(("hash", "area under the curve, same against different class"), report.areas(found))
    else:
        lines(report.records(found))
    return 1 if found.failures else 0


@app.command()
def robustness(
    picture: Annotated[Path, typer.Argument(help="The picture.", show_default=False)],
    other: Annotated[
        Path | None,
        typer.Option(
            "--other", help="The unrelated picture.  [default: a shipped photo]", metavar="FILE", show_default=False
        ),
    ] = None,
    descriptor: Hashes = None,
    distortions: Annotated[
        str, typer.Option(help="Distortions and sets, as for dedupe distort.", metavar="NAME,...")
    ] = "s2",
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "-o",
            "--output",
            help="Sheet as a page or picture; repeatable.",
            metavar="FILE.html|FILE.png",
            show_default=False,
        ),
    ] = None,
    json: Json = False,
    cache: Cache = None,
) -> int:
    """How far the hashes of a picture move when it is crystallised, swirled, made noisy."""
    from dedupe_lab import robustness_report as report
    from dedupe_lab.bits import HASHES
    from dedupe_lab.output import check_output, for_people, lines, replace, table
    from dedupe_lab.robustness import robustness as run

    for path in output or []:
        check_output(path, [".html", ".png"])
    versions = run(picture, other, descriptor or HASHES, distortions, cache=cache)
    for path in output or []:
        page = path.suffix.lower() == ".html"
        replace(path, report.written(versions).encode() if page else report.figure(versions))
    if for_people(json):
        table(report.heads(versions), report.rows(versions), left=descriptor or HASHES)
    else:
        lines(report.records(versions))
    return 0


@app.command()
def images(
    source: Annotated[
        Path | None,
        typer.Argument(help="Folder or zip archive of class folders to add to the table.", show_default=False),
    ] = None,
    database: Annotated[Path, typer.Option("--db", help="The SQLite file.", metavar="FILE")] = Path("images.sqlite"),
    descriptor: Annotated[
        list[str] | None,
        typer.Option(
            "-d",
            "--descriptor",
            help="Column; repeat for several.  [default: phash]",
            metavar="NAME",
            show_default=False,
        ),
    ] = None,
    where: Annotated[
        str, typer.Option("--where", help="Rows to show, as \"LabelName = 'cat'\".", metavar="SQL", show_default=False)
    ] = "",
    near: Annotated[
        Path | None,
        typer.Option("--near", help="Show the rows nearest to this picture.", metavar="PICTURE", show_default=False),
    ] = None,
    n: Annotated[int, typer.Option("-n", help="Rows to show.", metavar="N", min=1)] = 10,
    json: Json = False,
    workers: Workers = None,
    cache: Cache = None,
) -> int:
    """A table of labelled pictures with their hashes, and questions to it."""
    from dedupe import UsageError
    from dedupe_lab import lookup
    from dedupe_lab.images import build
    from dedupe_lab.output import for_people, lines, table

    if source is None and not (where or near):
        raise UsageError("Name a folder to add, or ask with --where or --near.")
    code = 0
    if source is not None:
        built = build(source, database, descriptor or ["phash"], workers=workers, cache=cache)
        code = _told(built)
        if not (where or near):
            lines([{"type": "summary", "images": sum(built.labels.values()), "labels": built.labels}])
            return code
    found = (
        lookup.nearest(database, near, descriptor[0] if descriptor else None, where, n, workers=workers, cache=cache)
        if near
        else list(lookup.rows(database, where, n))
    )
    if for_people(json) and found:
        table(list(found[0]), [[str(value) for value in row.values()] for row in found], left=list(found[0]))
    else:
        lines({"type": "image", **row} for row in found)
    return code


def _told(built: Any) -> int:
    """Says what was left out; the exit code."""
    from dedupe_lab.output import note

    for failure in built.failures:
        note(f"{failure.path.decode('utf-8', 'replace')}: {failure.message}")
    for reason, count in sorted(built.left_out.items()):
        note(f"left out of the archive: {count} ({reason})")
    return 1 if built.failures or set(built.left_out) - {"other file"} else 0


@app.command()
def classify(
    data: Annotated[
        Path, typer.Argument(help="A folder with train and test, each of class folders.", show_default=False)
    ],
    names: Annotated[str, typer.Option("--classes", help="The classes.", metavar="NAME,...")] = "cat,dog",
    kind: Annotated[
        str, typer.Option("--input", help="What the network is fed.", metavar="original|distorted|hash")
    ] = "original",
    variant: Annotated[
        str, typer.Option(help="A variant of the network, as elu or 4-layers.", metavar="NAME")
    ] = "original",
    steps: Annotated[int, typer.Option(help="Steps of 64 pictures.", metavar="N")] = 10_000,
    seed: Annotated[int, typer.Option(help="For weights and order.", metavar="N", min=0)] = 0,
    out: Annotated[
        Path, typer.Option("-o", "--output", help="Folder for checkpoints and results.", metavar="DIR")
    ] = Path("classify"),
    everything: Annotated[
        bool, typer.Option("--all", help="All inputs with 3 seeds, all variants.", show_default=False)
    ] = False,
    as_published: Annotated[
        bool, typer.Option("--as-published", help="Repeat the mistakes of the document.", show_default=False)
    ] = False,
    smoke: Annotated[
        bool, typer.Option("--smoke", help="A few steps, to see that it works.", show_default=False)
    ] = False,
    threads: Annotated[
        int | None, typer.Option(help="Threads.  [default: all processors]", metavar="N", show_default=False)
    ] = None,
    json: Json = False,
) -> int:
    """Train the small network of the second seed document; one that was stopped goes on."""
    from dedupe_lab.classify import data as pictures
    from dedupe_lab.classify import report
    from dedupe_lab.classify.plan import everything as every_plan
    from dedupe_lab.classify.plan import plan
    from dedupe_lab.classify.run import run
    from dedupe_lab.classify.run import threads as all_threads
    from dedupe_lab.output import for_people, lines, progress, table

    steps = min(steps, 20) if smoke else steps
    plans = (
        every_plan(steps, min(steps, 2_500), 1 if smoke else 3, as_published)
        if everything
        else [plan(kind, variant, steps=steps, seed=seed, published=as_published)]
    )
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    train, test = pictures.split(data, wanted, 128 if smoke else None)
    plans = report.short(plans, steps) if smoke else plans
    report.told(train, test)
    with progress() as tell:
        results = run(plans, train, test, out, threads or all_threads(), tell)
    if for_people(json):
        table(report.HEADS, report.rows(results))
    else:
        lines(results)
    return 1 if train.unreadable or test.unreadable else 0
