"""`dedupe scan`: finds duplicate groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from dedupe.cli.baselines import Baseline, any_new
from dedupe.cli.exporting import Export, check_export, exported
from dedupe.cli.plans import Protect, keep_decisions, lines_beside, next_step
from dedupe.cli.settings import library
from dedupe.cli.unique import Null, Unique, chosen
from dedupe.errors import DedupeError
from dedupe.kit import FAILED, OutputOptions, RunOptions, SelectOptions, shared
from dedupe.kit import options as o
from dedupe.kit import proposing as by
from dedupe.kit.output import carry_out
from dedupe.kit.values import listed_paths

if TYPE_CHECKING:
    from dedupe.model.results import Scan


@shared(
    "Show all groups, name the files that could not be used, and say what thresholds were measured on.",
    json="the groups",
    html=True,
    groups=True,
    plan=True,
)
def scan(
    paths: o.Paths = None,
    descriptor: by.UsualDescriptors = None,
    threshold: o.ScanThresholds = None,
    fast: by.Fast = False,
    thorough: by.Thorough = False,
    regions: by.Regions = False,
    turns: o.Turns = "none",
    keep: Annotated[
        str,
        o.shown(
            help="Which picture of a group is kept: rules, the most important first, as folder=Originals,oldest. There are "
            "frames, resolution (pixels, roughly), metadata (camera, date, GPS), date, gps, hdr, most-pixels, fewest-pixels, "
            "lossless, largest, smallest, oldest, newest, original-name (no copy's), shortest-path, longest-path, name; "
            "pixels, size and path are short for most-pixels, largest and shortest-path. folder=PATTERN and name=REGEX are "
            "kept first, not-folder=PATTERN and not-name=REGEX last. Dates are when a picture was taken, else its file's.  "
            "[default, and after your rules: frames, resolution, metadata, hdr, most-pixels, lossless, largest, oldest, "
            "original-name, shortest-path, name]",
            metavar="RULE,...",
        ),
    ] = "",
    reference: Annotated[
        list[str] | None,
        o.scanned(
            help="Folder that is always kept and never compared with itself; repeatable.",
            parser=o.INPUT,
            metavar="FOLDER",
        ),
    ] = None,
    protect: Protect = None,
    files_from: o.FilesFrom = None,
    label: o.Label = "",
    follow_rows: o.FollowRows = False,
    index: o.Index = "auto",
    engine: Annotated[
        str,
        o.run(
            "--engine",
            help="Where the work is done: local, on this machine, or by an engine of a plugin, as ray or ray=ADDRESS.",
            metavar="NAME[=ADDRESS]",
            show_default=True,
        ),
    ] = "local",
    judge: Annotated[
        bool,
        o.compared(
            "--judge/--no-judge",
            help="Look at both pictures of each pair before it is called a duplicate; with --no-judge distances decide.",
            show_default=True,
        ),
    ] = True,
    kind: o.Kinds = None,
    check: Annotated[bool, o.run("--check", help="Exit with 5 if there are duplicates.")] = False,
    baseline: Baseline = None,
    unique: Unique = False,
    null: Null = False,
    export: Export = None,
    *,
    out: OutputOptions,
    select: SelectOptions,
    run: RunOptions,
) -> int:
    """Find groups of near-duplicate pictures in folders."""
    from dedupe.cli.reports import with_pictures, with_plugins
    from dedupe.console import say
    from dedupe.group.keep import listed
    from dedupe.report import PLANS, UNIQUE
    from dedupe.scan import scan as function

    if not paths and files_from is None:
        paths, reference = library(reference)
    if export is not None:
        check_export(export, paths or [], files_from, judge, run["plugin"])
    usual = with_plugins(with_pictures(PLANS, "html", run), "scan", out, run["plugin"])
    forms = chosen(unique, null, usual, UNIQUE, out)
    keep_decisions(out.file)
    lines = lines_beside(out.file) if forms is usual else None
    result = carry_out(
        out,
        forms,
        lambda told: function(
            paths or [],
            descriptor=descriptor or [],
            threshold=threshold or [],
            fast=fast,
            thorough=thorough,
            regions=regions,
            turns=turns,
            keep=listed(keep),
            reference=reference or [],
            protect=protect or [],
            files_from=listed_paths(files_from),
            label=label,
            follow_rows=follow_rows,
            index=index,
            engine=engine,
            judge=judge,
            kind=kind or [],
            baseline=baseline,
            **select,
            **run,
            progress=told,
        ),
    )
    if lines and out.file:
        result.to_json(lines)
        say(next_step(out.file))
    if export is not None:
        exported(result, export, run)
    if check and any_new(result):
        return 5
    if check and result.failures and _nothing_seen(result):
        raise DedupeError(f"--check: no picture could be looked at; the first failure: {result.failures[0].message}")
    return FAILED if result.failures else 0


def _nothing_seen(result: Scan) -> bool:
    """Whether no file could be read, or the only descriptor raised for each."""
    raised = {one.path for one in result.failures if one.reason == "raised"}
    return not result.summary.files or (len(result.header.thresholds) == 1 and len(raised) >= result.summary.files)
