"""The options that several verbs share, each defined once, in the groups in which help shows them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from dedupe.kit.places import CACHE, INPUT, Place
from dedupe.model.asked import DEVICES, FILE_TIMEOUT, PIXEL_CAP
from dedupe.whole import FOLDER, TEXT, TEXT_OR_DRAWN, TEXT_OR_TABLE

GROUPS = "What to scan", "How to compare", "What to show", "How to run"
"""The groups, in the order of help; `rich_help_panel` names that of an option."""

scanned, compared, shown, run, distorted = (
    partial(typer.Option, rich_help_panel=group, show_default=False) for group in (*GROUPS, "How to distort")
)
argument = partial(typer.Argument, show_default=False)
"""`typer.Option` in each of the groups, and in one that some verbs have besides, and `typer.Argument`. Help shows no default but
where they are told to: what is left away is None, False or said in the text.
"""


def _listed_in(value: str) -> list[Path]:
    return [] if value == "-" else [Path(value)]


def _model_files(value: str) -> list[Path]:
    from dedupe.plugins.manifest import model_files

    return model_files(value)


NAMED = "Descriptor, as pdq or phash:bits=256; dedupe plugins lists them"

DESCRIBED_BY = Place(files=_model_files)
INTO = Place(FOLDER)
LIST = Place(files=_listed_in)
RESULT = Place(TEXT)
COMPARED = Place(TEXT_OR_DRAWN)
GROUPED = Place(TEXT_OR_TABLE)


def described_by(said: str, default: bool = False) -> Any:
    """The option -d with what a verb says of it; with `default` help shows what holds without it."""
    names = "-d", "--descriptor"
    return compared(*names, help=said, metavar="NAME", parser=DESCRIBED_BY, show_default=default)


Paths = Annotated[list[str] | None, argument(help="Folders, files, archives, lists, addresses.", parser=INPUT)]
Descriptors = Annotated[list[str], described_by(f"{NAMED}; repeat to find what any of them finds.", default=True)]
MeasuredDescriptors = Annotated[list[str], described_by(f"{NAMED}; repeatable.", default=True)]
AnyDescriptors = Annotated[
    list[str] | None,
    described_by("Descriptor; repeat for several; dedupe plugins lists them.  [default: pdq and copy256; with -v all]"),
]


def json_lines(what: str) -> Any:
    """The option --json of a verb that has --format too."""
    return shown("--json", help=f"Print {what} as JSON, one object per line; the same as --format json.")


def json_alone(what: str) -> Any:
    """The option --json of a verb that has no --format."""
    return shown("--json", help=f"Print {what} as JSON, one object per line, on a terminal too.")


def verbose(does: str) -> Any:
    """The option -v, with what it does in a verb."""
    return shown("-v", "--verbose", help=does)


def _threshold(default: str) -> Any:
    """The option of distances, with what holds where it is left away."""
    return compared(
        "-t",
        "--threshold",
        help="How different two pictures may be: a distance (10, or phash=10), a false-match rate (fpr=1e-6), or a number of "
        f"false matches (expect=0.5). If you give several limits, the strictest applies.  [default: {default}]",
        metavar="DISTANCE|fpr=X|expect=N",
    )


Thresholds = Annotated[list[str] | None, _threshold("fpr=1e-6 and expect=0.1")]
ScanThresholds = Annotated[
    list[str] | None,
    _threshold("wide, since each pair is looked at; with --no-judge fpr=1e-6 and expect=0.1"),
]
Candidates = Annotated[
    list[str] | None, _threshold("as a scan has it; of pictures below 64 pixels fpr=0.003 for each descriptor")
]
Distortions = Annotated[
    str,
    distorted(
        "--distortions",
        help="Sets and distortions, as seed or blur:sigma=2,crop.",
        metavar="seed|hard|s2|NAME,...",
        show_default=True,
    ),
]
Turns = Annotated[
    str,
    compared(
        "--turns",
        help="Also compare mirrored (flips) or mirrored and turned (all) pictures.",
        metavar="none|flips|all",
        show_default=True,
    ),
]
Index = Annotated[
    str,
    compared(
        "--index",
        help="How to search: auto chooses by the number of pictures; exact compares all pairs; multi-index is exact too, "
        "and faster for many hashes; inverted and hnsw (a plugin) are fast for many vectors, and may miss a few pairs.",
        metavar="NAME",
        show_default=True,
    ),
]

Kinds = Annotated[
    list[str] | None,
    shown(
        "--kind",
        help="Kinds to list, by name: same-bytes, same-pixels, re-encoded, adjusted, edited, variant (one layout, other "
        "content), similar (another shot); or all; repeatable.  [default: same-bytes to edited]",
        metavar="KIND,...|all",
    ),
]


def form(html: bool, groups: bool = False) -> Any:
    """The option --format of a verb, with a page among the forms or without, and with those that groups have."""
    return shown(
        "--format",
        help="Form of the result.  [default: table on a terminal, else json]",
        metavar="table|json|csv" + "|html" * html + "|parquet|sarif|junit|fiftyone" * groups,
    )


def result_file(html: bool, plan: bool = False, drawn: bool = False, groups: bool = False) -> Any:
    """The option -o of a verb whose result is a file; its forms are with a page, a plan's list, a picture, or those that groups
    have, too.
    """
    forms = (
        f".json, .csv{', .html' * html}{', .parquet, .sarif, .xml (JUnit)' * groups}"
        f"{', .tsv (a list to edit, for apply)' * plan}"
    )
    return shown(
        "-o",
        "--output",
        help=f"File for the result; {forms} or .txt choose the form{'; .png shows both pictures' * drawn}.",
        parser=COMPARED if drawn else GROUPED if groups else RESULT,
        metavar="FILE",
    )


CsvSafe = Annotated[
    bool,
    shown(
        "--csv-safe",
        help="CSV for a spreadsheet: an apostrophe stands before each cell that it would take for a formula.",
    ),
]
Report = Annotated[
    Path | None,
    shown("--report", help="Also write a page with figures.", parser=RESULT, metavar="FILE.html"),
]
Workers = Annotated[
    int | None,
    run("-j", "--workers", help="Worker processes.  [default: one a core]", metavar="N"),
]
Quiet = Annotated[bool, shown("-q", "--quiet", help="No notes, no progress and, with -o, no summary.")]
Strict = Annotated[
    bool,
    run("--strict", help="Exit with 1 if some files could not be used."),
]
Cache = Annotated[
    str | None,
    run(
        "--cache",
        help="Cache file, or none.  [default: the platform's cache folder]",
        metavar="PATH|none",
        parser=CACHE,
    ),
]
PluginFiles = Annotated[
    list[Path] | None,
    run("--plugin", help="A plugin in a loose file; repeatable.", parser=INPUT, metavar="FILE.py"),
]
Timeout = Annotated[
    float,
    run(
        "--file-timeout", help=f"Give up a file after so many seconds.  [default: {FILE_TIMEOUT:g}]", metavar="SECONDS"
    ),
]
PixelCap = Annotated[
    int,
    run("--max-pixels", help=f"Pictures with more pixels are refused.  [default: {PIXEL_CAP:,}]", metavar="N"),
]
Device = Annotated[
    str,
    run(
        "--device",
        help="Where networks run; auto: cuda, directml or coreml where there is one, else cpu. Hashes run on the CPU.",
        metavar="|".join(DEVICES),
        show_default=True,
    ),
]
Exclude = Annotated[
    list[str] | None,
    scanned(
        "--exclude", help="Leave out files and folders that match, as *.png or thumbs/; repeatable.", metavar="GLOB"
    ),
]
MinSize = Annotated[
    str,
    scanned("--min-size", help="Leave out files smaller than this, as 10k or 2M.", metavar="BYTES", show_default=True),
]
MinPixels = Annotated[
    int, scanned("--min-pixels", help="Leave out pictures with fewer pixels.", metavar="N", min=0, show_default=True)
]
FilesFrom = Annotated[
    str | None,
    scanned(
        "--files-from",
        help="Read paths from a file (- for stdin), one per line or NUL-separated.",
        metavar="FILE|-",
        parser=LIST,
    ),
]
Label = Annotated[
    str,
    scanned(
        "--label",
        help="Column with the labels of lists and tables.  [default: one called label, class, category or the like]",
        metavar="COLUMN",
    ),
]
FollowRows = Annotated[
    bool,
    scanned(
        "--follow-rows", help="Follow paths in a list (CSV, JSON lines) that lead out of its folder, and addresses."
    ),
]
NoRecursive = Annotated[bool, scanned("--no-recursive", help="Do not enter subfolders.")]
AllFiles = Annotated[bool, scanned("--all-files", "--all", help="Look into files of any suffix.")]
