"""The engine that is asked for by name, started; what a plugin's raises becomes a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from dedupe.console import say
from dedupe.engines.local import Local
from dedupe.errors import DedupeError, UsageError, said
from dedupe.model import (
    Batch,
    Bools,
    Engine,
    LookedAt,
    Machines,
    Nearness,
    Proposed,
    Run,
    ToCompare,
    ToDescribe,
    ToGroup,
    ToJudge,
)
from dedupe.plugins import Plugins

LOCAL = Local.name

OWN: Mapping[str, Callable[..., Engine]] = {LOCAL: Local}
"""The host's own engines, as a plugin's hook would give them."""

_ADDRESS = re.compile(r"([A-Za-z0-9][\w.-]*)=(.*)", re.DOTALL)


def chosen_engine(loaded: Plugins, spec: str) -> Engine:
    """The engine that --engine names: NAME, NAME=ADDRESS, or NAME:parameter=value. Raises UsageError for one that there is not,
    and for one that lacks something.
    """
    address = _ADDRESS.fullmatch(spec)
    if address and not address[2].strip():
        raise UsageError(
            f"--engine {spec} has no address; give one behind the =, or leave it out: --engine {address[1]}"
        )
    made: Engine = loaded.make("engine", f"{address[1]}:address={address[2]}" if address else spec, OWN)
    return made


@contextmanager
def started(engine: Engine, run: Run) -> Iterator[Machines]:
    """An engine that runs while the block does. Raises what it raises; DedupeError instead of what is no sentence."""
    if engine.name == LOCAL:
        with engine.started(run, say) as machines:
            yield machines
        return
    with _sentences(engine):
        starting = engine.started(run, say)
        machines = starting.__enter__()
    try:
        yield _Guarded(engine, machines)
    except BaseException as error:
        with _sentences(engine):
            starting.__exit__(type(error), error, error.__traceback__)
        raise
    with _sentences(engine):
        starting.__exit__(None, None, None)


@contextmanager
def _sentences(engine: Engine) -> Iterator[None]:
    try:
        yield
    except (DedupeError, MemoryError):
        raise
    except Exception as error:
        raise DedupeError(f"The engine {engine.name} raised {said(error)[:250]}; scan without --engine.") from error


@dataclass(frozen=True, slots=True)
class _Guarded:
    """A plugin's engine that runs."""

    engine: Engine
    machines: Machines

    def describe(self, work: ToDescribe) -> Iterator[Batch]:
        with _sentences(self.engine):
            yield from self.machines.describe(work)

    def near(self, work: ToCompare) -> Nearness:
        with _sentences(self.engine):
            return _GuardedNearness(self.engine, self.machines.near(work))


@dataclass(frozen=True, slots=True)
class _GuardedNearness:
    """Who is near whom by a plugin's engine."""

    engine: Engine
    found: Nearness

    @property
    def names(self) -> list[str]:
        return self.found.names

    @property
    def limits(self) -> list[float]:
        return self.found.limits

    @property
    def notes(self) -> list[str]:
        return self.found.notes

    def near_another(self) -> Bools:
        with _sentences(self.engine):
            return self.found.near_another()

    def counts(self) -> list[int]:
        with _sentences(self.engine):
            return self.found.counts()

    def groups(self, asked: ToGroup) -> Proposed:
        with _sentences(self.engine):
            return self.found.groups(asked)

    def looked_at(self, asked: ToGroup, judge: ToJudge) -> LookedAt:
        with _sentences(self.engine):
            return self.found.looked_at(asked, judge)
