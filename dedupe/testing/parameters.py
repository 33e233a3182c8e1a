"""Second values for the parameters of descriptors, distortions and trainers."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from dedupe.model import Descriptor, Distortion, Trainer
from dedupe.plugins import descriptor_key, identity
from dedupe.plugins.key import NOT_CAUSES, parameters


def other_parameters(
    descriptor: Descriptor | Distortion | Trainer, variants: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    """For every parameter that may change values, its name and a value other than the present one.

    Raises AssertionError where none can be guessed; the author names one in `variants` then.
    """
    annotations = _annotations(type(descriptor))
    for name in parameters(descriptor):
        if name in variants:
            yield name, variants[name]
        elif name not in NOT_CAUSES:
            yield name, _guess(descriptor, name, annotations.get(name))


def _annotations(kind: type) -> dict[str, Any]:
    try:
        signature = inspect.signature(kind, eval_str=True)
    except Exception:  # names that exist for the type checker only
        return {}
    return {name: parameter.annotation for name, parameter in signature.parameters.items()}


def _guess(descriptor: Descriptor | Distortion | Trainer, name: str, annotation: Any) -> Any:
    present = parameters(descriptor)
    for value in _candidates(present[name], annotation):
        try:
            other = type(descriptor)(**{**present, name: value})
            if value != present[name] and _usable(other):
                return value
        except Exception:  # the author's own refusal of the value; the next may do
            continue
    raise AssertionError(
        f"no second value for the parameter {name}={present[name]!r} is known; give one as variants={{{name!r}: ...}}"
    )


def _usable(other: Any) -> bool:
    """Whether a thing can be named by a key, and a descriptor says what it wants and where near ends."""
    if isinstance(other, Descriptor):
        return bool(descriptor_key(other)) and other.threshold is not None
    return bool(identity(other))


def _candidates(value: Any, annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    if isinstance(value, bool):
        return (not value,)
    if isinstance(value, int | float):
        return value * 2, value * 4, value + 1, value / 2 if isinstance(value, float) else value // 2, value - 1
    if isinstance(value, str | Path):
        return (type(value)(f"{value}2"),)
    return ()
