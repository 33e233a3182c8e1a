"""What the user asked for, made definite: descriptors, their thresholds, the columns to compute."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from types import MappingProxyType

from dedupe.console import say
from dedupe.describe.several import Thresholds, Words, words
from dedupe.describe.workers import Column
from dedupe.errors import UsageError
from dedupe.model import FLIPS, REGIONS, TURNS, Descriptor, Distortion, Header
from dedupe.model.asked import CPU
from dedupe.plugins import Plugins, descriptor_key, identity
from dedupe.plugins.devices import device_of
from dedupe.search import INDEXES, Approximate, Which, check_index

TURN_CHOICES = {"none": TURNS[:1], "flips": ("none", *FLIPS), "all": TURNS}
"""What `--turns` means: the orientations in which pictures are compared."""

COSINE_RANGE = 2.0
"""The largest distance 1 - cos."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """One descriptor of a run: its label in results, the largest distance that is near, one column an orientation, and one a
    region of upright pictures where parts are looked for.

    Where no distance was given the threshold is NaN, within which nothing is, until `calibrate.settle` has set it.
    """

    label: str
    descriptor: Descriptor
    threshold: float
    columns: tuple[Column, ...]
    regions: tuple[Column, ...] = ()

    @property
    def described(self) -> tuple[Column, ...]:
        """All that is described of a picture, the upright whole first."""
        return *self.columns, *self.regions

    @property
    def upright(self) -> Chosen:
        """The same without other orientations: of a pair one side is turned, and this is enough of the other."""
        return replace(self, columns=self.columns[:1])

    @property
    def comparisons(self) -> int:
        """How often two pictures are compared: in each orientation, and the regions of either with the other as a whole."""
        return len(self.columns) * (1 + 2 * len(self.regions))


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be wrong: the share of unrelated pairs that is taken for near, and how many such pairs are expected: in all
    comparisons of two pictures together, or, where each is looked at, in each of them.
    """

    fpr: float = 1e-6
    expect: float = 0.1
    each: bool = False

    def share(self, pairs: int, comparisons: int = 1) -> float:
        """The share of unrelated pairs allowed in each comparison, of which there are so many for each of the pairs."""
        return min(self.fpr, self.expect / max(1, pairs)) / (1 if self.each else comparisons)


USUAL = Budget()
"""Where distances decide: one in a million, and a tenth of a false pair."""

PROPOSED, BY_HASHES = 0.01, 0.002
"""Unrelated pictures that are proposed for each picture, where a judge looks at what is proposed: as it is with photos of all
kinds. Among those of one kind (garments, portraits) a network proposes thirty times as many; and to look at a pair takes as long
as a hundred hashes or a few passes of the network. Regions, which take nine passes more, are worth as many pairs each, and so is
each orientation: in more of them no copy may be lost that is found in one.
"""


def proposing(thresholds: Thresholds, pictures: int, chosen: Sequence[Chosen]) -> Budget:
    """The budget among the thresholds where a judge decides: else some for each of the pictures that others are looked for.

    Raises UsageError as `budget` does.
    """
    hashes = all(each.descriptor.metric == "hamming" for each in chosen)
    return budget(thresholds, Budget(1.0, max(1, pictures) * (BY_HASHES if hashes else PROPOSED), each=True))


def has_bare_distance(thresholds: Thresholds) -> bool:
    """Whether a distance is among the thresholds that names no descriptor."""
    return any("=" not in text for text in words(thresholds))


def budget(thresholds: Thresholds, usual: Budget = USUAL) -> Budget:
    """The budget among the thresholds: "fpr=1e-6" or "expect=0.5", else the usual one.

    Where several are given, all of them hold. Raises UsageError for what is no share, or no number of pairs.
    """
    given: dict[str, float] = {}
    for kind, _, value in (text.partition("=") for text in words(thresholds) if _is_budget(text)):
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if not 0 < number < (1 if kind == "fpr" else math.inf):
            what = "a share between 0 and 1, as fpr=1e-6" if kind == "fpr" else "a number of pairs, as expect=0.5"
            raise UsageError(f"-t {kind}={value}: give {what}.")
        given[kind] = min(number, given.get(kind, number))
    return Budget(given.get("fpr", 1.0), given.get("expect", math.inf)) if given else usual


def _is_budget(text: str) -> bool:
    return text.startswith(("fpr=", "expect="))


def choose(loaded: Plugins, specs: Words, thresholds: Thresholds = (), turns: str = "none") -> list[Chosen]:
    """Descriptors by spec, each with its distance from `thresholds` ("10", "phash=10"), else NaN: the budget's.

    Specs that spell out each other's defaults are one descriptor. A threshold names a descriptor by its label or a spec.
    A trained file is called by its name, as FILE.onnx. Raises UsageError for unknown descriptors, parameters, orientations
    and for thresholds that are no distance, or none that the metric has.
    """
    if turns not in TURN_CHOICES:
        raise UsageError(f"--turns {turns}: choose from {', '.join(TURN_CHOICES)}.")
    given = {spec: loaded.descriptor(spec) for spec in words(specs)}
    if not given:
        raise UsageError("No descriptor was asked for; name one with -d.")
    _note_unused(loaded.device, list(given.values()))
    first: dict[str, str] = {}
    for spec, each in given.items():
        first.setdefault(descriptor_key(each), spec)
    short = {key: _short(given[spec]) for key, spec in first.items()}
    counts = Counter(short.values())
    labels = {key: short[key] if counts[short[key]] == 1 else spec for key, spec in first.items()}
    near = _thresholds(
        words(thresholds), list(labels.values()), {s: labels[descriptor_key(d)] for s, d in given.items()}
    )
    for key, spec in first.items():
        _check_distance(labels[key], given[spec], near.get(labels[key], math.nan))
    return [
        Chosen(labels[key], given[spec], near.get(labels[key], math.nan), _columns(given[spec], TURN_CHOICES[turns]))
        for key, spec in first.items()
    ]


def _note_unused(device: str, chosen: Sequence[Descriptor]) -> None:
    """Says that a device which was asked for by name is not used."""
    if device not in (CPU, "auto") and all(device_of(each) == CPU for each in chosen):
        names = ", ".join(each.name for each in chosen)
        say(f"--device {device} changes nothing: {names} {'runs' if len(chosen) == 1 else 'run'} on the CPU alone.")


def distortions(loaded: Plugins, asked: Words) -> list[tuple[str, Distortion]]:
    """The distortions of "seed", "hard", "blur,rotate:degrees=3,s2" and the like, each once, with its label.

    Raises UsageError for one that does not exist or is given wrongly, and where none is named.
    """
    from dedupe.distort import chosen

    found: dict[str, tuple[str, Distortion]] = {}
    for spec in chosen(",".join(words(asked))):
        distortion = loaded.distortion(spec)
        found.setdefault(identity(distortion), (spec, distortion))  # a spec may spell out the defaults of another
    return list(found.values())


def chosen_index(loaded: Plugins, spec: str, chosen: Sequence[Chosen]) -> Which:
    """The index that --index asks for: the host's by its name, or a plugin's by its specification.

    Raises UsageError for one that there is not, that cannot work here, or that does not serve the metric of a descriptor.
    """
    index: Which = spec
    if spec not in INDEXES:
        made = loaded.make("index", spec, dict.fromkeys(INDEXES, _no_parameters))
        index = Approximate(identity(made), made)
    check_index(index, [each.descriptor.metric for each in chosen])
    return index


def _no_parameters() -> None: ...


def header(
    command: str,
    chosen: Sequence[Chosen],
    notes: Sequence[str] = (),
    expected: float | None = None,
    own: Sequence[str] = (),
    bits: Mapping[str, int] = MappingProxyType({}),
    *,
    judged: bool = False,
) -> Header:
    """How a result was made: the keys of the upright columns, the distances that are near by label, the labels of those
    whose calibration is the user's own, and of those that are hashes the number of bits. What is expected where the pairs were
    `judged` is a bound.
    """
    keys = tuple(each.columns[0].key for each in chosen)
    near = {each.label: each.threshold for each in chosen if not math.isnan(each.threshold)}
    known = {label: bits[label] for label in near if label in bits}
    return Header(
        command,
        keys,
        near,
        expected,
        tuple(notes),
        tuple(own),
        bits=known,
        judged=judged,
        expected_at_most=judged and expected is not None,
    )


def _short(descriptor: Descriptor) -> str:
    """What a descriptor is called where no other one is called so: by the file of its model where it has one."""
    model = getattr(descriptor, "model", None)
    return model.name if isinstance(model, PurePath) else descriptor.name


def _columns(descriptor: Descriptor, turns: Sequence[str]) -> tuple[Column, ...]:
    return tuple(Column(descriptor_key(descriptor, turn), descriptor, turn) for turn in turns)


def with_regions(each: Chosen) -> Chosen:
    """A descriptor of which the regions of pictures are described, too."""
    one = each.descriptor
    regions = tuple(Column(descriptor_key(one, region=name), one, "none", region=name) for name in REGIONS)
    return replace(each, regions=regions)


def _thresholds(texts: Sequence[str], labels: Sequence[str], specs: Mapping[str, str]) -> dict[str, float]:
    """Distance by label, which the text says or a spec for it; a bare distance is for the only descriptor."""
    near: dict[str, float] = {}
    for text in (text for text in texts if not _is_budget(text)):
        label, _, value = text.rpartition("=")
        if not label and len(labels) > 1:
            raise UsageError(f"-t {text}: with several descriptors say which, as in -t {labels[0]}={value}.")
        label = label if label in labels else specs.get(label, label)
        if label and label not in labels:
            raise UsageError(f"-t {text}: {label} is not among the descriptors asked for ({', '.join(labels)}).")
        near[label or labels[0]] = _distance(text, value)
    return near


def _check_distance(label: str, descriptor: Descriptor, distance: float) -> None:
    """Raises UsageError for a distance (NaN: none was given) that the descriptor's metric does not have."""
    if descriptor.metric == "hamming" and math.isfinite(distance) and distance != int(distance):
        raise UsageError(
            f"-t {label}={distance:g}: {label} counts the bits that differ; give a whole number, as 10, or a share of "
            "unrelated pairs, as fpr=1e-6."
        )
    if descriptor.metric == "cosine" and distance >= COSINE_RANGE:
        raise UsageError(
            f"-t {label}={distance:g}: no two pictures are farther apart than {COSINE_RANGE:g} by {label}, so that all would "
            "be near each other; give a smaller distance, or a false-match rate, as fpr=1e-6."
        )


def _distance(text: str, value: str) -> float:
    try:
        distance = float(value)
    except ValueError:
        raise UsageError(
            f"-t {text}: not a distance; give a number such as 10 or 0.12, or fpr=1e-6, or expect=0.5."
        ) from None
    if not math.isfinite(distance) or distance < 0:
        raise UsageError(f"-t {text}: a distance is a number from 0 up.")
    return distance
