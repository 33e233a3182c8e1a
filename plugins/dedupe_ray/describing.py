"""Portions of files, described by actors: each has one child process, which may die of a picture without harm to it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import ray
from ray.exceptions import RayActorError, RayError, RayTaskError

from dedupe import DedupeError
from dedupe.engines import Batch, Crew, Interrupts, Portion, ToDescribe
from dedupe.errors import Interrupted

SMALLEST, LARGEST = 16, 256
"""Files of a portion: small ones where there are few files, so that all have something to do."""

AHEAD = 2
"""Portions that an actor has at a time, so that it never waits for the next one."""

DEATHS = 10
"""Actors that may be lost with one portion before its files are given up: what kills them is no picture, which kills a child."""

TICK = 0.5
"""Seconds after which the user is heard at the latest."""

Ref: TypeAlias = Any
Actor: TypeAlias = Any


class Describer:
    """What an actor is: a crew of one child."""

    def __init__(self, crew: Callable[[int], Crew]) -> None:
        self._crew = crew(1)

    def ready(self) -> None:
        """Says that it is there."""

    def describe(self, portion: Portion) -> tuple[list[Batch], list[str]]:
        """A portion, and what there is to say."""
        return self._crew.describe(portion), self._crew.notes()


@dataclass(slots=True)
class Given:
    """A portion, and how many actors were lost with it."""

    portion: Portion
    deaths: int = 0


@dataclass(slots=True)
class Crews:
    """The actors: those that begin, and the portions that the others have, the first of them in hand."""

    crew: Ref
    beginning: dict[Ref, Actor] = field(default_factory=dict)
    has: dict[Actor, dict[Ref, Given]] = field(default_factory=dict)

    def begin(self) -> None:
        """One more."""
        actor = ray.remote(Describer).options(num_cpus=1, scheduling_strategy="SPREAD").remote(self.crew)
        self.beginning[actor.ready.remote()] = actor

    def open(self) -> list[Ref]:
        """What is waited for."""
        return [*self.beginning, *(ref for portions in self.has.values() for ref in portions)]

    def free(self) -> Actor | None:
        """An actor that has room for another portion, one with the fewest."""
        found = min(self.has, key=lambda actor: len(self.has[actor]), default=None)
        return found if found is not None and len(self.has[found]) < AHEAD else None

    def give(self, actor: Actor, given: Given) -> None:
        """Gives it a portion."""
        self.has[actor][actor.describe.remote(given.portion)] = given

    def of(self, ref: Ref) -> Actor:
        """Whose portion it is."""
        return next(actor for actor, portions in self.has.items() if ref in portions)

    def end(self) -> None:
        """Ends all."""
        for actor in [*self.beginning.values(), *self.has]:
            ray.kill(actor)


def described(work: ToDescribe, workers: int, say: Callable[[str], None]) -> Iterator[Batch]:
    """All files of the work, described by so many actors."""
    return _Describing(work, workers, say).batches()


class _Describing:
    """The course of it. A portion whose actor is lost is described again by another one; a batch is given once, for an actor
    gives all batches of a portion together.
    """

    def __init__(self, work: ToDescribe, workers: int, say: Callable[[str], None]) -> None:
        size = min(LARGEST, max(SMALLEST, len(work) // (4 * workers)))
        self._work, self._workers, self._say = work, min(workers, 1 + len(work) // SMALLEST), say
        self._left = map(Given, work.portions(size))
        self._again: deque[Given] = deque()
        self._said: set[str] = set()
        self._unborn = 0
        self._crews = Crews(ray.put(work.crew))

    def batches(self) -> Iterator[Batch]:
        """What is done, as it is done. Raises Interrupted after SIGINT, when what is in hand is finished; DedupeError where a
        crew cannot begin.
        """
        for _ in range(self._workers):
            self._crews.begin()
        with Interrupts() as interrupts:
            try:
                while self._hand_out(interrupts.asked):
                    ready, _ = ray.wait(self._crews.open(), timeout=TICK)
                    for ref in ready:
                        yield from self._heard(ref)
                    if not ready and not self._crews.has:
                        _refuse_deserted()
            except KeyboardInterrupt:
                raise Interrupted("Stopped.") from None
            finally:
                self._crews.end()
            if interrupts.asked:
                raise Interrupted("Interrupted.")

    def _hand_out(self, stop: bool) -> bool:
        """Gives portions to those that have room; whether there is anything to wait for."""
        crews = self._crews
        if stop:
            for portions in crews.has.values():
                for ref in list(portions)[1:]:
                    del portions[ref]
            return any(crews.has.values())
        while (actor := crews.free()) is not None and (given := self._next()) is not None:
            crews.give(actor, given)
        return any(crews.has.values()) or (bool(crews.beginning) and self._more())

    def _next(self) -> Given | None:
        return self._again.popleft() if self._again else next(self._left, None)

    def _more(self) -> bool:
        """Whether there are portions that no actor has."""
        if (given := self._next()) is not None:
            self._again.appendleft(given)
        return bool(self._again)

    def _heard(self, ref: Ref) -> Iterator[Batch]:
        crews = self._crews
        beginning = crews.beginning.pop(ref, None)
        actor = crews.of(ref) if beginning is None else beginning
        try:
            found = ray.get(ref)
        except (RayTaskError, RayActorError) as error:
            yield from self._lost(actor, error)
        except RayError:  # the answer was lost with its node, of which is heard next
            self._again.append(crews.has[actor].pop(ref))
        else:
            if beginning is not None:
                crews.has[actor] = {}
                return
            del crews.has[actor][ref]
            batches, notes = found
            self._tell(notes)
            yield from batches

    def _lost(self, actor: Actor, error: RayError) -> Iterator[Batch]:
        """Has what an actor had done again, by a new one as soon as there is room for it; one that has no child any more is as
        good as lost. Raises DedupeError where that happens again and again.
        """
        portions, cause = list(self._crews.has.pop(actor, {}).values()), getattr(error, "cause", None)
        if cause is not None and not isinstance(cause, DedupeError):
            raise DedupeError(f"A Ray worker failed: {_in_short(cause)}.")
        ray.kill(actor)
        self._crews.begin()
        if not portions:
            self._unborn += 1
            if self._unborn >= DEATHS * self._workers:
                raise DedupeError(f"No Ray worker could begin: {_in_short(error)}.")
            return
        portions[0].deaths += 1
        if portions[0].deaths >= DEATHS:
            if cause is not None:
                raise cause
            yield self._work.lost(portions.pop(0).portion, "The Ray worker that had it was lost, again and again.")
        self._again.extend(portions)

    def _tell(self, notes: list[str]) -> None:
        for note in notes:
            if note not in self._said:
                self._said.add(note)
                self._say(note)


def _refuse_deserted() -> None:
    """Raises DedupeError where nobody is left who could work."""
    if not any(node["Alive"] and node["Resources"].get("CPU") for node in ray.nodes()):
        raise DedupeError("The Ray cluster has no node left that could work.")


def _in_short(error: Exception) -> str:
    """An exception's kind and what it says, in short."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}".rstrip(".")
