"""The options of verbs that find duplicates and can list what is none: --unique and -0."""

from __future__ import annotations

from typing import Annotated

from dedupe.errors import UsageError
from dedupe.kit import OutputOptions
from dedupe.kit.options import shown
from dedupe.report import Forms, nul_separated

Unique = Annotated[
    bool,
    shown(
        "--unique", help="List what is no duplicate, one path per line (or as JSON or CSV), instead of the duplicates."
    ),
]
Null = Annotated[bool, shown("-0", "--null", help="End each path of --unique with NUL, as for xargs -0.")]


def chosen(unique: bool, null: bool, usual: Forms, listing: Forms, out: OutputOptions) -> Forms:
    """The forms of a result: the usual ones, or those of a list. Raises UsageError where -0 has nothing to end."""
    if not null:
        return listing if unique else usual
    if not unique:
        raise UsageError("-0 is for the paths that --unique lists; add --unique, or leave it out.")
    if listing.named(out.asked, out.file, True) != "table":
        raise UsageError("-0 is for a list of paths; leave it out for JSON and CSV, which carry any name.")
    return nul_separated(listing)
