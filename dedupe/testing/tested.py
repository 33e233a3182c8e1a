"""What the kit's checks are called with, the checks that hold for all kinds of it, and their pytest cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, TypeAlias

from dedupe.plugins import identity
from dedupe.plugins.key import parameters
from dedupe.plugins.kinds import KINDS
from dedupe.testing.fresh import refuse_slow_import
from dedupe.testing.parameters import other_parameters

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
