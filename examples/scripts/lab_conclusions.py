"""What the lab's results come to, in sentences: each is worked out of the numbers, so that other numbers say something else."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import mean
from typing import Any

from dedupe_lab.classify.report import by_name, over_seeds, spread
from dedupe_lab.classify.survival import FED, NONE

from dedupe.kit import Z

Record = dict[str, Any]

UNTRAINED = "Not trained yet."

HARDLY = 0.01
"""A distortion that changes no greater share of the pictures tells nothing."""


def only(records: Iterable[Record], kind: str) -> list[Record]:
    """The records of a type."""
    return [record for record in records if record["type"] == kind]


def joined(parts: Sequence[str]) -> str:
    """A list in a sentence."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def survives(sheet: Sequence[Record]) -> str:
    """Whether hashes move less under distortions than to another picture."""
    turned = max(one["bits"] for one in sheet if one["version"] != "unrelated")
    away = min(one["bits"] for one in sheet if one["version"] == "unrelated")
    bits = 4 * len(sheet[0]["hex"])
    verdict = "Holds" if turned < away else "Does not hold"
    return f"{verdict}: at most {turned} of {bits} bits turn, another picture is {away} or more away."


def three_hashes(classes: Sequence[Record]) -> str:
    """Whether the hashes count alike, in the document's way."""
    counted: dict[str, dict[tuple[str, str], int]] = {}
    for one in only(classes, "classes"):
        counted.setdefault(one["hash"], {})[one["a"], one["b"]] = one["as_published"]
    pairs = ("cat", "cat"), ("dog", "dog"), ("dog", "truck")
    lists = {name: joined([f"{counts[pair]:,}" for pair in pairs]) for name, counts in counted.items()}
    verdict = "Holds" if len(set(lists.values())) == 1 else "Does not hold"
    some = only(classes, "summary")[0]["pictures"]["cat"]
    return (
        f"{verdict}. The document printed one hash's counts three times. Counted its way, the first {some:,} pictures of each "
        f"class give {joined([f'{each} for {name}' for name, each in lists.items()])}, of which {some:,} in each class are "
        "pictures with themselves."
    )


def one_class(classes: Sequence[Record]) -> str:
    """Whether pictures of one class are nearer to each other than to others."""
    areas = sorted(one["auc"] for one in only(classes, "roc"))
    return f"The areas under the curves below are {areas[0]:.2f} to {areas[-1]:.2f}; 0.5 is chance, 1 is perfect."


def chance(n: int) -> float:
    """How far from a half an accuracy on `n` pictures of two classes may be by chance in 95 of 100 cases."""
    return Z * math.sqrt(0.25 / n)


def within_chance(results: Sequence[Record], figure: str, n: int) -> str:
    """How many trainings cannot be told from guessing."""
    near = sum(abs(one[figure] - 0.5) <= chance(n) for one in results)
    return f"{near} of {len(results)} such trainings cannot be told from guessing"


def reaches(trainings: Sequence[Record], n: int) -> str:
    """What the network reaches, read fairly and with the document's mistakes."""
    by = by_name(trainings)
    fair, wrong = by.get("original", []), by.get("original-as-published", [])
    low, high = (100 * (0.5 + side * chance(n)) for side in (-1, 1))
    read = f"Read so, ours reaches {over_seeds(wrong, 'test_accuracy')} %: " if wrong else ""
    guessed = f"guessing gives {low:.1f} to {high:.1f} % of {n:,} pictures in 95 of 100 cases"
    said = f"{within_chance(wrong, 'test_accuracy', n)} ({guessed}). "
    return (
        "Its training pictures were read plane by plane as if pixel by pixel. "
        f"{read}{said if wrong else ''}Read fairly, it reaches {over_seeds(fair, 'test_accuracy')} %."
    )


def distorted(trainings: Sequence[Record], n: int) -> str:
    """What is left on distorted pictures."""
    by = by_name(trainings)
    fair, wrong = by.get("original", []), by.get("original-as-published", [])
    own = by.get("distorted", [])
    sentences = [f"{over_seeds(fair, 'on_distorted')} % where it reaches {over_seeds(fair, 'test_accuracy')} %"]
    sentences += [f"trained on distorted pictures {over_seeds(own, 'test_accuracy')} %"] if own else []
    if wrong:
        mistaken = over_seeds(wrong, "on_distorted")
        sentences.append(f"with the document's mistakes {mistaken} %, and {within_chance(wrong, 'on_distorted', n)}")
    return "; ".join(sentences) + "."


def compared(ours: Sequence[Record], other: Sequence[Record], figure: str) -> str:
    """Whether one figure is above another in every training, below it in every one, or neither."""
    mine, its = [one[figure] for one in ours], [one[figure] for one in other]
    return "more" if min(mine) > max(its) else "less" if max(mine) < min(its) else "no different"


def binarised(trainings: Sequence[Record]) -> str:
    """Whether hash-binarised pictures are told better."""
    by = by_name(trainings)
    fair, hashed = by.get("original", []), by.get("hash", [])
    if not (fair and hashed):
        return UNTRAINED
    word = compared(hashed, fair, "test_accuracy")
    words = {"more": "better than", "less": "worse than", "no different": "within the spread over seeds of"}[word]
    looked = " It looked better beside a network that had learned from scrambled pictures." if word == "less" else ""
    ours, plain = over_seeds(hashed, "test_accuracy"), over_seeds(fair, "test_accuracy")
    return f"{ours} %: {words} the {plain} % for the pictures as they are.{looked}"


def sooner(trainings: Sequence[Record]) -> str:
    """Whether binarised pictures are learned in fewer steps."""
    by = by_name(trainings)
    steps = [[one["steps_to_90"] for one in by.get(name, [])] for name in ("hash", "original")]
    if not all(each and None not in each for each in steps):
        return "Not all of them reached 90 %."
    verdict = "Holds" if mean(steps[0]) < mean(steps[1]) else "Does not hold"
    ours, plain = (spread(each, 1, 0) for each in steps)
    return f"{verdict}: {ours} steps in place of {plain}, counted over 100 batches and not over one."


def accuracies(inputs: Sequence[Record]) -> dict[str, dict[str, float]]:
    """By input and distortion the mean accuracy over seeds, of the distortions that change pictures, and of none."""
    found: dict[str, dict[str, list[float]]] = {kind: {} for kind in FED}
    for one in only(inputs, "accuracy"):
        if one["distortion"] == NONE or one["changed"] > HARDLY:
            found[one["input"]].setdefault(one["distortion"], []).append(one["accuracy"])
    return {kind: {name: mean(values) for name, values in by.items()} for kind, by in found.items() if by}


def robust(inputs: Sequence[Record]) -> str:
    """What each input is worth under distortions, what it loses to them, and where it is behind the pictures themselves."""
    by = accuracies(inputs)
    means = {kind: mean([value for name, value in each.items() if name != NONE]) for kind, each in by.items()}
    verdict = "Holds" if means["hash"] > means["original"] else "Not in accuracy"
    have = joined([f"{100 * value:.1f} % fed `{kind}`" for kind, value in means.items()])
    lose = joined([f"{100 * (by[kind][NONE] - value):.1f} points fed `{kind}`" for kind, value in means.items()])
    names = [name for name in by["original"] if name != NONE]
    behind = {
        kind: [name for name in names if name in each and each[name] < by["original"][name]]
        for kind, each in by.items()
    }
    less = joined([f"`{kind}` on {_where(found, len(names))}" for kind, found in behind.items() if kind != "original"])
    return (
        f"{verdict}. Mean accuracy over the distortions below: {have}; it is below that without distortion by {lose}. "
        f"It is right less often than fed `original` when fed {less} distortions."
    )


def _where(found: Sequence[str], of: int) -> str:
    """How many distortions, and which where they are few."""
    return f"{len(found)}" + (f" ({', '.join(found)})" if 0 < len(found) <= of // 2 else "") + f" of {of}"


def variants(trainings: Sequence[Record], plain: Record, n: int) -> str:
    """Which variants differ from the unchanged network by more than chance."""
    short = [one for one in trainings if _short(one)]
    if not short:
        return UNTRAINED
    margin = Z * math.sqrt(2 * plain["test_accuracy"] * (1 - plain["test_accuracy"]) / n)
    apart = {one["plan"]["variant"]: one["test_accuracy"] - plain["test_accuracy"] for one in short}
    parts = {
        "more is reached by": [name for name, far in apart.items() if far > margin],
        "less by": [name for name, far in apart.items() if far < -margin],
        "the others within it are": [name for name, far in apart.items() if abs(far) <= margin],
    }
    low, high = (100 * side(one["test_accuracy"] for one in short) for side in (min, max))
    listed = "; ".join(f"{words} {joined(names)}" for words, names in parts.items() if names)
    return (
        f"Fairly read, they reach {low:.1f} to {high:.1f} %, the unchanged network {100 * plain['test_accuracy']:.1f} % in as "
        f"many steps. A difference of {100 * margin:.1f} points is left to chance by one seed and {n:,} test pictures: {listed}. "
        f"{_elu(short, plain)}"
    ).rstrip()


def _elu(short: Sequence[Record], plain: Record) -> str:
    steps = [one["steps_to_90"] for one in short if one["plan"]["variant"] == "elu"]
    if not steps or None in (steps[0], plain["steps_to_90"]):
        return ""
    word = "sooner" if steps[0] < plain["steps_to_90"] else "no sooner"
    return f"ELU reaches 90 % {word}: after {steps[0]:,} steps, the unchanged network after {plain['steps_to_90']:,}."


def _short(one: Record) -> bool:
    return one["plan"]["variant"] != "original" and not one["plan"]["epochs"] and not one["plan"]["published"]


def best_to_worst(trainings: Iterable[Record]) -> str:
    """The variants by test accuracy."""
    short = sorted(filter(_short, trainings), key=lambda one: -one["test_accuracy"])
    return ", ".join(f"{one['plan']['variant']} {100 * one['test_accuracy']:.1f}" for one in short)


def leaks(found: Mapping[str, Any]) -> str:
    """The counts of a leak check."""
    labels = ", ".join(f"{count} {name}" for name, count in found["labels"].items())
    return (
        f"{found['leaked']} of {found['test']:,} test pictures are near-duplicates of one of {found['train']:,} training "
        f"pictures ({labels}); {found['cross_label']} of them of one with another label."
    )
