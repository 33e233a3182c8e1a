"""The option of verbs that can be told what was found before: --baseline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from dedupe.kit import options as o

if TYPE_CHECKING:
    from dedupe.results import Leaks, Scan

Baseline = Annotated[
    Path | None,
    o.run(
        "--baseline",
        help="An earlier result, as -o FILE.jsonl writes it: what stands in it is known, and --check fails on what is new only. "
        "Contents count, not names.",
        parser=o.INPUT,
        metavar="FILE.jsonl",
    ),
]


def any_new(result: Scan | Leaks) -> bool:
    """Whether something was found; beside a baseline, something that it has not."""
    return bool(len(result.groups) if result.summary.new is None else result.summary.new)
