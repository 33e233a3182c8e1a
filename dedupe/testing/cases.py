"""Makes named pytest cases of checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def cases(checks: Mapping[str, Callable[[Any], None]], subject: Any) -> Callable[..., None]:
    """A test function with one case a check, named after it; each calls the check with the subject."""
    import pytest

    def test(check: Callable[[Any], None]) -> None:
        check(subject)

    named: Callable[..., None] = pytest.mark.parametrize("check", list(checks.values()), ids=list(checks))(test)
    return named
