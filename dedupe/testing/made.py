"""What the contract asks of everything that is made with parameters, as checks with names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

from dedupe.plugins import identity
from dedupe.plugins.key import parameters
from dedupe.plugins.kinds import KINDS
from dedupe.testing.fresh import check_import
from dedupe.testing.parameters import other_parameters


@dataclass
class Made:
    """A thing under test, or what makes one without arguments; `variants` are other values of its parameters."""

    given: Any
    variants: Mapping[str, Any] = field(default_factory=dict)
    import_seconds: float = 0.3
    kind: ClassVar[str]

    @cached_property
    def thing(self) -> Any:
        """The thing itself."""
        is_made = not isinstance(self.given, type) and hasattr(self.given, "version")
        return self.given if is_made else self.given()


def check_contract(subject: Made) -> None:
    """Every attribute is there and means something."""
    problem = KINDS[subject.kind].problem(subject.thing)
    assert problem is None, problem


def check_key(subject: Made) -> None:
    """Another value of a parameter makes another key."""
    thing, own = subject.thing, identity(subject.thing)
    for name, value in other_parameters(thing, subject.variants):
        other = type(thing)(**{**parameters(thing), name: value})
        assert identity(other) != own, f"{name}={value!r} has the same key as {name}={getattr(thing, name)!r}"


def check_import_time(subject: Made) -> None:
    """Importing its module is quick."""
    check_import(type(subject.thing).__module__, subject.import_seconds)


CHECKS: dict[str, Callable[[Any], None]] = {
    "contract": check_contract,
    "key": check_key,
    "import-time": check_import_time,
}
