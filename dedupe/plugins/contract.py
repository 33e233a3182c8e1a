"""What a descriptor and a decoder must look like before anything is asked of them."""

from __future__ import annotations

import math
import re
from typing import Any, get_args

from dedupe.model import DTYPES, Decode, Metric, Mode, Resample, Source
from dedupe.model.judgement import LISTED
from dedupe.plugins.key import parameters

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")


def descriptor_problem(descriptor: Any) -> str | None:
    """The sentence that says what keeps this from being a `Descriptor`, or None."""
    who = type(descriptor).__name__
    if problem := _attribute_problem(descriptor, ("name", "version", "metric", "decode", "threshold", "describe")):
        return problem
    metric, threshold = descriptor.metric, descriptor.threshold
    if not isinstance(metric, Metric) and metric not in DTYPES:
        return f"{who}.metric is {metric!r}; it must be {', '.join(map(repr, DTYPES))} or a Metric."
    if isinstance(threshold, bool) or not isinstance(threshold, int | float) or not 0 <= threshold < math.inf:
        return f"{who}.threshold is {threshold!r}; it must be a finite distance, 0 or more."
    return (
        _dtype_problem(who, descriptor)
        or _decode_problem(who, descriptor.decode)
        or _parameter_problem(who, descriptor)
    )


def index_problem(index: Any) -> str | None:
    """The sentence that says what keeps this from being an `Index`, or None."""
    for method in ("build", "near", "nearest", "save", "load"):
        if problem := _attribute_problem(index, ("name", "version", method)):
            return problem
    return _parameter_problem(type(index).__name__, index)


def report_problem(report: Any) -> str | None:
    """The sentence that says what keeps this from being a `Report`, or None."""
    if problem := _attribute_problem(report, ("name", "version", "suffixes", "commands", "write")):
        return problem
    who, commands = type(report).__name__, report.commands
    if not isinstance(commands, tuple) or not commands or not all(isinstance(each, str) for each in commands):
        return f"{who}.commands is {commands!r}; it must be a tuple of verbs, as ('scan',)."
    return _suffix_problem(who, report.suffixes) or _parameter_problem(who, report)


def action_problem(action: Any) -> str | None:
    """The sentence that says what keeps this from being an `Action`, or None."""
    about = ("name", "version", "kinds", "takes_along", "undoable", "frees", "sentence")
    for method in ("prepare", "perform", "commit", "take_back", "undo"):
        if problem := _attribute_problem(action, (*about, method)):
            return problem
    who, kinds = type(action).__name__, action.kinds
    if not isinstance(kinds, tuple) or not kinds or not set(kinds) <= set(LISTED):
        return f"{who}.kinds is {kinds!r}; it must be a tuple of {', '.join(map(repr, LISTED))}."
    if action.frees not in ("now", "later"):
        return f"{who}.frees is {action.frees!r}; it must be 'now' or 'later'."
    if not isinstance(action.sentence, str) or action.sentence.count("{}") != 1:
        return f"{who}.sentence is {action.sentence!r}; it must have one {{}}, where the file's name stands."
    return _parameter_problem(who, action)


def decoder_problem(decoder: Any) -> str | None:
    """The sentence that says what keeps this from being a `Decoder`, or None."""
    return _instance_problem(decoder, "dedupe_decoders", ("matches", "decode"))


def source_problem(source: Any) -> str | None:
    """The sentence that says what keeps this from being a `PictureSource`, or None."""
    return _instance_problem(source, "dedupe_sources", ("matches", "entries", "reader"))


def _instance_problem(thing: Any, hook: str, methods: tuple[str, ...]) -> str | None:
    if isinstance(thing, type):
        return f"{thing.__name__} is a class; {hook} returns instances."
    for method in methods:
        if problem := _attribute_problem(thing, ("name", "version", "suffixes", method)):
            return problem
    return _suffix_problem(type(thing).__name__, thing.suffixes, several="entries" in methods)


def _suffix_problem(who: str, suffixes: Any, several: bool = False) -> str | None:
    """What is wrong with suffixes; those of what holds files may have several dots, as .tar.gz."""
    if not isinstance(suffixes, tuple) or not all(isinstance(s, str) for s in suffixes):
        return f"{who}.suffixes is {suffixes!r}; it must be a tuple of strings."
    for suffix in suffixes:
        rest = suffix[1:].replace(".", "") if several else suffix[1:]
        if suffix[:1] != "." or not rest or set(rest) & set("./\\") or suffix != suffix.lower():
            only = "a" if several else "their only"
            return f"{who}.suffixes has {suffix!r}; suffixes are lower case and begin with {only} dot."
    return None


def thing_problem(thing: Any, method: str) -> str | None:
    """The sentence that says what keeps this from being a thing that has a name, a version and that method, or None."""
    return _attribute_problem(thing, ("name", "version", method)) or _parameter_problem(type(thing).__name__, thing)


def trainer_problem(trainer: Any) -> str | None:
    """The sentence that says what keeps this from being a `Trainer` or a `PictureTrainer`, or None."""
    who = type(trainer).__name__
    if hasattr(trainer, "decode"):
        return _picture_trainer_problem(who, trainer)
    if problem := _attribute_problem(trainer, ("name", "version", "base", "fit")):
        return problem
    if not isinstance(trainer.base, str) or not trainer.base:
        return f"{who}.base is {trainer.base!r}; it must be a descriptor, as -d takes it."
    return _parameter_problem(who, trainer)


def _picture_trainer_problem(who: str, trainer: Any) -> str | None:
    if problem := _attribute_problem(trainer, ("name", "version", "distortions", "copies", "seed", "fit")):
        return problem
    if hasattr(trainer, "base"):
        return (
            f"{who} has a `base` and a `decode`; it is fed vectors of the one or pictures as the other says, not both."
        )
    if problem := _decode_problem(who, trainer.decode):
        return problem
    if trainer.decode.size is None:
        return f"{who}.decode has no size; pictures of one size go into a batch."
    for attribute in ("copies", "seed"):
        if type(value := getattr(trainer, attribute)) is not int or value < 0:
            return f"{who}.{attribute} is {value!r}; it must be a whole number, 0 or more."
    distortions = trainer.distortions
    if not isinstance(distortions, str) or (trainer.copies and not distortions):
        return f"{who}.distortions is {distortions!r}; it must name some, as --distortions takes them."
    return _parameter_problem(who, trainer)


def _attribute_problem(thing: Any, attributes: tuple[str, ...]) -> str | None:
    """What is wrong with a thing of these attributes, the last of which is its method."""
    who = type(thing).__name__
    for attribute in attributes:
        if not hasattr(thing, attribute):
            return f"{who} has no `{attribute}`."
    if not callable(getattr(thing, attributes[-1])):
        return f"{who}.{attributes[-1]} is not a method."
    return _identity_problem(who, thing)


def _identity_problem(who: str, thing: Any) -> str | None:
    for attribute, pattern in (("name", NAME), ("version", VERSION)):
        value = getattr(thing, attribute)
        if not isinstance(value, str) or not pattern.fullmatch(value):
            return f"{who}.{attribute} is {value!r}; it must be a string of letters, digits and . _ -"
    return None


def _dtype_problem(who: str, descriptor: Any) -> str | None:
    metric, declared = descriptor.metric, getattr(descriptor, "dtype", None)
    takes = (metric.dtype,) if isinstance(metric, Metric) else DTYPES[metric]
    if declared is None or declared in takes:
        return None
    name = metric.name if isinstance(metric, Metric) else metric
    return f"{who}.dtype is {declared!r}; the metric {name} takes {' or '.join(map(repr, takes))}."


def _decode_problem(who: str, decode: Any) -> str | None:
    if not isinstance(decode, Decode):
        return f"{who}.decode is {decode!r}; it must be a Decode."
    for attribute, choices in (("mode", Mode), ("source", Source), ("resample", Resample)):
        value = getattr(decode, attribute)
        if value not in get_args(choices):
            return f"{who}.decode.{attribute} is {value!r}; it must be {' or '.join(map(repr, get_args(choices)))}."
    size = decode.size
    if size is None or (isinstance(size, tuple) and len(size) == 2 and all(type(s) is int and s > 0 for s in size)):
        return None
    return f"{who}.decode.size is {size!r}; it must be (width, height) in pixels, or None."


def _parameter_problem(who: str, descriptor: Any) -> str | None:
    try:
        parameters(descriptor)
    except AttributeError as error:
        return f"{who} does not keep its parameter `{error.name}` as an attribute of that name."
    return None
