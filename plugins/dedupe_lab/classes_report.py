"""Class distances as records, as a table and as a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dedupe.kit import Output, Table, pages, roc_of_counts, wilson
from dedupe_lab.classes import DOCUMENT, NEAR, Between, ClassDistances
from dedupe_lab.figures import figure, scales

TEMPLATE = Path(__file__).with_name("classes.html.jinja")

CAPTION = (
    "All pairs, no picture with itself. Intervals are Wilson's, for 95 %, as if pairs were independent, which those that share "
    "a picture are not. The published way of counting takes ordered pairs, each picture with itself too, and hex digits in "
    "place of bits; its own numbers, for 100 pictures a class, are aHash's, printed for all three."
)


def records(found: ClassDistances) -> Iterator[dict[str, Any]]:
    """One a hash and pair of classes, then one a hash: the area under the curve of same against different class."""
    for one in found.between:
        low, high = wilson(one.below, one.pairs)
        yield {
            "type": "classes",
            "hash": one.hash,
            "a": one.a,
            "b": one.b,
            "pairs": one.pairs,
            "mean": round(one.mean, 3),
            "below_10": one.below,
            "share": one.below / max(1, one.pairs),
            "interval": [low, high],
            "as_published": one.as_published,
            "published": one.published if _as_many(found, one) else None,
            "counts": one.counts.tolist(),
        }
    for hash_ in found.hashes:
        same, different = found.same_and_different(hash_)
        yield {"type": "roc", "hash": hash_, "auc": round(roc_of_counts(same, different)[1], 6)}
    yield {"type": "summary", "pictures": found.used, "failures": len(found.failures)}


HEADS = (
    "hash",
    "classes",
    "pairs",
    "mean bits",
    f"below {NEAR}",
    "share",
    "95 % interval",
    "its way",
    "document",
)


def rows(lines: Iterable[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    """The rows of the table under HEADS, of the records."""
    for one in (line for line in lines if line["type"] == "classes"):
        low, high = one["interval"]
        yield (
            *(one["hash"], f"{one['a']}-{one['b']}", f"{one['pairs']:,}", f"{one['mean']:.2f}"),
            *(f"{one['below_10']:,}", f"{one['share']:.3g}", f"{low:.2g} to {high:.2g}", f"{one['as_published']:,}"),
            f"{one['published']:,}" if one["published"] else "-",
        )


def _as_many(found: ClassDistances, one: Between) -> bool:
    """Whether as many pictures were compared as in the document."""
    return found.used[one.a] == found.used[one.b] == DOCUMENT


def areas(lines: Iterable[dict[str, Any]]) -> list[tuple[str, str]]:
    """By hash the area under the curve, in words."""
    return [(one["hash"], f"{one['auc']:.4f}") for one in lines if one["type"] == "roc"]


def output(found: ClassDistances) -> Output:
    """All that is given out."""
    made = list(records(found))
    tables = [
        Table(HEADS, list(rows(made)), left=("classes",), keys=2),
        Table(("hash", "area (ROC)"), areas(made)),
    ]
    used = ", ".join(f"{count:,} of {name}" for name, count in found.used.items())
    title = "Distances within and between classes"
    return Output(made, tables, [f"pictures: {used}"], found.failures, title, lambda: (TEMPLATE, _page(found, made)))


def _page(found: ClassDistances, made: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "found": found,
        "near": NEAR,
        "caption": CAPTION,
        "heads": HEADS,
        "rows": pages.plain_rows(rows(made)),
        "histograms": [(hash_, _histogram(found, hash_)) for hash_ in found.hashes],
        "curves": [(hash_, area, _roc(found, hash_)) for hash_, area in areas(made)],
        "scatters": [(f"{one.hash}: {one.a}-{one.b}", _scatter(one)) for one in found.between],
    }


def _histogram(found: ClassDistances, hash_: str) -> str:
    same, different = (counts / max(1, int(counts.sum())) * 100 for counts in found.same_and_different(hash_))
    top = float(np.ceil(np.max([same, different]) + 1e-9))
    x, y = scales(len(same), top)
    edges = [x(bits) for bits in range(len(same) + 1)]
    outlines = ((different, "far"), (same, "near"))
    parts = [pages.bars(edges, [y(n) for n in counts.tolist()], y(0), style) for counts, style in outlines]
    return figure((x, y), "bits", "% of pairs", _ticks(len(same) - 1), [top / 2, top], parts)


def _roc(found: ClassDistances, hash_: str) -> str:
    x, y = scales(1, 1)
    points = [(x(different), y(same)) for different, same in roc_of_counts(*found.same_and_different(hash_))[0]]
    parts = [pages.line(x(0), y(0), x(1), y(1), "mark"), pages.curve(points, "series c1")]
    return figure((x, y), "different classes within", "same class within", [0, 0.5, 1], [0.5, 1], parts)


def _scatter(one: Between) -> str:
    bits, pairs = len(one.counts) - 1, len(one.some)
    x, y = scales(max(1, pairs), bits)
    spread = np.maximum(one.some + np.random.default_rng(0).uniform(-0.4, 0.4, pairs), 0)
    points = [(x(number), y(distance)) for number, distance in enumerate(spread.tolist())]
    parts = [
        pages.dots(points, "dots c1" if one.a == one.b else "dots c0"),
        pages.line(x(0), y(NEAR), x(pairs), y(NEAR), "mark"),
    ]
    return figure((x, y), "pair", "bits", [0, pairs], _ticks(bits)[1:], parts)


def _ticks(bits: int) -> list[float]:
    return [bits * k / 4 for k in range(5)]
