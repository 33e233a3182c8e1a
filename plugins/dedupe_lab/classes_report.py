"""Class distances as records, as a table and as a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from dedupe_lab.classes import DOCUMENT, NEAR, Between, ClassDistances
from dedupe_lab.output import named
from dedupe_lab.page import Frame, escape, grid_table, page
from dedupe_lab.statistics import roc, wilson

CAPTION = (
    "All pairs, no picture with itself. Intervals are Wilson's, for 95 %, as if pairs were independent, which those that share "
    "a picture are not. The document's way of counting takes ordered pairs, each picture with itself too, and hex digits in "
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
        yield {"type": "roc", "hash": hash_, "auc": round(roc(same, different)[1], 6)}
    for failure in found.failures:
        why = {"stage": failure.stage, "reason": failure.reason, "message": failure.message}
        yield {"type": "failure", **named(failure.path), **why}
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


def written(found: ClassDistances) -> str:
    """The page."""
    lines = list(records(found))
    return page("Distances within and between classes", _body(found, lines), lines)


def _body(found: ClassDistances, lines: Sequence[dict[str, Any]]) -> Iterator[str]:
    used = ", ".join(f"{count:,} of {name}" for name, count in found.used.items())
    yield f'<p class="soft">{escape(used)}; {", ".join(map(escape, found.hashes))}.</p>'
    if found.failures:
        yield f"<p>{len(found.failures):,} pictures could not be used; they are listed in the page's data.</p>"
    yield f"<h2>Pairs below {NEAR} bits</h2><p>{escape(CAPTION)}</p>{grid_table(HEADS, rows(lines))}"
    yield "<h2>Same class against different classes</h2>"
    yield '<ul class="legend"><li><i class="f1"></i>two of one class</li><li><i class="f0"></i>two of different classes</li></ul>'
    yield '<div class="grid">'
    for hash_ in found.hashes:
        yield f"<figure><h3>{escape(hash_)}</h3>{_histogram(found, hash_)}</figure>"
    yield "</div>"
    yield "<h2>ROC</h2><p>Taking pairs within a distance for pairs of one class. On the diagonal is who guesses.</p>"
    yield '<div class="grid">'
    for hash_, area in areas(lines):
        yield f"<figure><h3>{escape(hash_)}: area {area}</h3>{_roc(found, hash_)}</figure>"
    yield "</div>"
    yield f"<h2>Scatter plots</h2><p>As in the document: pairs drawn at random, by their distance; the rule is {NEAR} bits.</p>"
    yield '<div class="grid">'
    for one in found.between:
        yield f"<figure><h3>{escape(f'{one.hash}: {one.a}-{one.b}')}</h3>{_scatter(one)}</figure>"
    yield "</div>"


def _histogram(found: ClassDistances, hash_: str) -> str:
    same, different = (counts / max(1, int(counts.sum())) * 100 for counts in found.same_and_different(hash_))
    top = float(np.ceil(np.max([same, different]) + 1e-9))
    frame = Frame(len(same), top)
    parts = [frame.steps(different.tolist(), "f0"), frame.steps(same.tolist(), "f1")]
    return frame.drawn("bits", "% of pairs", _ticks(len(same) - 1), [top / 2, top], parts)


def _roc(found: ClassDistances, hash_: str) -> str:
    frame = Frame(1, 1)
    parts = [frame.line([(0, 0), (1, 1)], "mark"), frame.line(roc(*found.same_and_different(hash_))[0], "series c1")]
    return frame.drawn("different classes within", "same class within", [0, 0.5, 1], [0.5, 1], parts)


def _scatter(one: Between) -> str:
    bits = len(one.counts) - 1
    frame = Frame(max(1, len(one.some)), bits)
    spread = np.random.default_rng(0).uniform(-0.4, 0.4, len(one.some))
    points = zip(range(len(one.some)), np.maximum(one.some + spread, 0).tolist(), strict=True)
    colour = "c1" if one.a == one.b else "c0"
    parts = [frame.dots(points, colour), frame.line([(0, NEAR), (len(one.some), NEAR)], "mark")]
    return frame.drawn("pair", "bits", [0, len(one.some)], _ticks(bits)[1:], parts)


def _ticks(bits: int) -> list[float]:
    return [bits * k / 4 for k in range(5)]
