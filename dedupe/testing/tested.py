"""What the kit's checks are called with, the checks that hold for all kinds of it, and their pytest cases."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeAlias, get_args, get_origin

from dedupe.model import Descriptor, Distortion, Trainer
from dedupe.plugins import descriptor_key, identity
from dedupe.plugins.key import NOT_CAUSES, parameters
from dedupe.plugins.kinds import KINDS
from dedupe.testing.fresh import refuse_slow_import

Checks: TypeAlias = dict[str, Callable[[Any], None]]


@dataclass
class UnderTest:
    """A thing under test, or what makes one without arguments; `variants` are other values of its parameters."""

    given: Any
    variants: Mapping[str, Any] = field(default_factory=dict)
    import_seconds: float = 0.3
    kind: ClassVar[str]

    @cached_property
    def thing(self) -> Any:
        """The thing itself."""
        is_factory = isinstance(self.given, type) or (callable(self.given) and not hasattr(self.given, "version"))
        return self.given() if is_factory else self.given


def checks_in(module: Mapping[str, Any]) -> Checks:
    """The checks of a module by their names: `check_input_unchanged` is "input-unchanged"."""
    found = ((name.removeprefix("check_"), value) for name, value in module.items() if name.startswith("check_"))
    return {name.replace("_", "-"): check for name, check in found}


def cases(checks: Checks, subject: UnderTest) -> Callable[..., None]:
    """A test function with one case a check, named after it; each calls the check with the subject."""
    import pytest

    def test(check: Callable[[Any], None]) -> None:
        check(subject)

    named: Callable[..., None] = pytest.mark.parametrize("check", list(checks.values()), ids=list(checks))(test)
    return named


def check_contract(subject: UnderTest) -> None:
    """Every attribute is there and means something."""
    problem = KINDS[subject.kind].problem(subject.thing)
    assert problem is None, problem


def check_key(subject: UnderTest) -> None:
    """Every parameter is kept under its name, and a changed one makes another key."""
    thing, key, present = subject.thing, identity(subject.thing), parameters(subject.thing)
    assert identity(type(thing)(**present)) == key, "made again with its parameters, it has another key"
    for name, value in other_parameters(thing, subject.variants):
        other = type(thing)(**{**present, name: value})
        kept = getattr(other, name)
        assert kept == value, f"the parameter {name}={value!r} is kept as {kept!r}"
        assert identity(other) != key, f"{name}={value!r} does not change the key {key}"


def check_import_time(subject: UnderTest) -> None:
    """Importing its module is quick, for every start of the program pays for it."""
    refuse_slow_import(type(subject.thing).__module__, subject.import_seconds)


CHECKS = checks_in(globals())


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
