"""An engine that works in parts gives what the local one gives: the checks for engines, with all tasks in this process."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pytest

from dedupe.engines import LocalMachines, ToJudge, near_in_parts
from dedupe.engines.parts import bands, cells, components, handed, judging, shuffle
from dedupe.model.asked import silent
from dedupe.testing import engines
from dedupe.testing.tested import cases
from tasks_here import Here


class InParts(LocalMachines):
    def __init__(self) -> None:
        self.tasks = Here()

    def near(self, work):
        return near_in_parts(work, self.tasks, silent)


class Parted:
    """An engine that describes as the local one."""

    name, version = "parted", "1"

    @contextmanager
    def started(self, run, say):
        yield InParts()


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """What is made for millions of rows has to do with few."""
    for module, name, value in (
        (shuffle, "DEALT", 120),
        (bands, "SHARD", 20),
        (bands, "LARGEST", 90),
        (cells, "SHARD", 30),
        (components, "AT_ONCE", 2),
        (handed, "PART", 30),
        (handed, "AT_ONCE", 3),
        (judging, "LEAST", 5),
    ):
        monkeypatch.setattr(module, name, value)


CHECKS = {name: engines.CHECKS[name] for name in ("near", "judged", "failing-metric", "nothing")}
"""Those that are about who is near whom."""

test_engine = cases(CHECKS, engines.EngineUnderTest(Parted(), {}, 9.0))


class Remembering(engines.MadeUpJudge):
    """Keeps what is said, and says what it knows; `elsewhere` counts the pairs that are judged."""

    __slots__ = ("asked", "cache")

    def __init__(self) -> None:
        object.__setattr__(self, "cache", {})
        object.__setattr__(self, "asked", 0)

    def known(self, pairs):
        return [self.cache.get(pair) for pair in pairs]

    def keep(self, pairs, said):
        object.__setattr__(self, "asked", self.asked + len(pairs))
        self.cache.update(zip(pairs, said, strict=True))


def test_what_the_cache_knows_is_not_judged_and_what_is_judged_is_kept_once():
    asked = engines.points(30)
    found, right = InParts().near(asked), LocalMachines().near(asked)
    rule, single = engines.keeping(asked, right), ~asked.fixed
    judge = Remembering()
    wanted = ToJudge(judge, np.arange(len(single)) // 50, single)
    first = found.looked_at(rule, wanted)
    assert judge.asked == len(judge.cache) > 50
    engines.same_looks(first, right.looked_at(rule, wanted))
    failures = sum(said is None for said in judge.cache.values())
    engines.same_looks(found.looked_at(rule, wanted), first)
    assert judge.asked == len(judge.cache) + failures, "what could not be judged may pass, and is asked about again"


@pytest.mark.parametrize("edges", [0, 30, 90, 300])
def test_what_hangs_together_has_one_root_however_the_pairs_are_shared_out(edges):
    rng = np.random.default_rng(edges)
    a, b = rng.integers(0, 100, (2, edges)) * 7
    chain = np.arange(1000, 1060)
    a, b = np.append(a, chain[1:]), np.append(b, chain[:-1])
    shuffled = rng.permutation(len(a))
    several = [components.forest(a[some], b[some]) for some in np.array_split(shuffled, 5)]
    tasks = Here()
    found = components.merged(tasks, [tasks.put(each) for each in several])
    together = {row: {row} for row in np.concatenate([a, b]).tolist()}
    for one, other in zip(a.tolist(), b.tolist(), strict=True):
        union = together[one] | together[other]
        together.update(dict.fromkeys(union, union))
    assert found.tolist() == [[row, min(together[row])] for row in sorted(together)]
    parts = handed.parts_of(found)
    assert np.array_equal(np.sort(np.concatenate(parts)), found[:, 0])
    assert all(together[row] <= {*part.tolist()} for part in parts for row in part.tolist())
