"""The checks for authors of keep rules: each finds the promise that is broken, and nothing else."""

from __future__ import annotations

from unittest import SkipTest

import numpy as np
import pytest

from dedupe.group.keep import FACTORIES
from dedupe.testing import rule_checks, rules, tested

SECONDS = 9.0
"""Importing this module takes what pytest takes."""


class Under:
    """Keeps what lies in a folder of a name."""

    name, version = "under", "1"

    def __init__(self, folder: str = "originals") -> None:
        self.folder = folder

    def order(self, candidates):
        part = b"/%s/" % self.folder.encode()
        return np.array([part not in candidates.path(i) for i in range(len(candidates))], bool)


class BadContract(Under):
    version = None


class BadKey(Under):
    def __init__(self, folder: str = "originals") -> None:
        self.folder = "originals"


class BadNumbers(Under):
    def order(self, candidates):
        return super().order(candidates)[:, None]


class BadDeterministic(Under):
    def order(self, candidates):
        return np.random.rand() + np.arange(len(candidates))


class BadIndependent(Under):
    """Ranks by the distance from the mean of those that are there."""

    def order(self, candidates):
        size = candidates.size.astype(float)
        return abs(size - size.mean()) if len(size) else size


class BadInputUnchanged(Under):
    def order(self, candidates):
        candidates.files.size[:] = 0
        return super().order(candidates)


@pytest.mark.parametrize(
    ("kind", "check"),
    [
        (Under, None),
        (BadContract, "contract"),
        (BadKey, "key"),
        (BadNumbers, "numbers"),
        (BadDeterministic, "deterministic"),
        (BadIndependent, "independent"),
        (BadInputUnchanged, "input-unchanged"),
    ],
)
def test_a_broken_promise_of_a_rule_is_found(kind: type, check: str | None) -> None:
    failed = []
    for name, function in rules.CHECKS.items():
        try:
            if name != "import-time":
                function(rules.RuleUnderTest(kind))
        except SkipTest:
            pass
        except Exception:
            failed.append(name)
    assert failed == ([check] if check else [])


@pytest.mark.parametrize("name", FACTORIES)
def test_the_hosts_own_rules_keep_the_contract(name: str) -> None:
    for check in (tested.check_contract, rules.check_numbers, rules.check_independent, rules.check_input_unchanged):
        check(rules.RuleUnderTest(FACTORIES[name]))


test_rule = rule_checks(Under, import_seconds=SECONDS)
