"""The two sets of a leak check, described, with the class of each file."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dedupe.describe.choose import Chosen
from dedupe.describe.gather import AnyPath, Gathered, Met, described, met
from dedupe.describe.lists import is_list
from dedupe.errors import DedupeError, UsageError
from dedupe.leak.request import LeakRequest
from dedupe.model import MARK, Files
from dedupe.walk import tidy

Labels = list[str | None]


@dataclass(frozen=True, slots=True)
class Side:
    """One set: what was gathered, and the name of the folder that each file is in, None right under the root."""

    found: Gathered
    labels: Labels

    @property
    def described(self) -> int:
        """How many contents are not too flat to be described."""
        return int(np.count_nonzero(self.found.collection.contents["quality"] > 0))

    @property
    def files(self) -> int:
        """How many files can be used."""
        return int(np.count_nonzero(self.found.collection.rows >= 0))

    def names(self) -> set[str]:
        """The classes."""
        return {each for each in self.labels if each is not None}


@dataclass(frozen=True, slots=True)
class Sides:
    """The set that was learned from, and the set that must not be in it."""

    train: Side
    test: Side

    def counts(self, name: str) -> dict[str, int]:
        """Counts of both: `failures` or `others` by reason, `suffixes`."""
        total: Counter[str] = Counter()
        for side in (self.train, self.test):
            reasons = Counter(each.reason for each in side.found.failures)
            total.update({"failures": reasons, "others": side.found.others, "suffixes": side.found.walk.suffixes}[name])
        return dict(total)

    def seconds(self) -> dict[str, float]:
        """The seconds of each stage on both."""
        return dict(Counter(self.train.found.seconds) + Counter(self.test.found.seconds))


def sides(train: AnyPath, test: AnyPath, how: LeakRequest) -> tuple[Sides, LeakRequest]:
    """Both sets, the training pictures upright and the test pictures in every orientation asked for, and how so many are
    looked through.

    Raises UsageError where one folder holds the other, DedupeError where one has no picture that can be used.
    """
    _apart(train, test)
    walked = [met([root], how.loaded, how.select, how.run) for root in (train, test)]
    how = how.among(sum(len(each.walk.files) for each in walked))
    chosen = [*how.chosen, *how.edges]
    upright = [each.upright for each in chosen]
    return Sides(_side(train, walked[0], upright, how), _side(test, walked[1], chosen, how)), how


def one_side(root: AnyPath, how: LeakRequest) -> tuple[Side, LeakRequest]:
    """One set alone, and how so many pictures are looked through. Raises DedupeError where it has none that can be used."""
    walked = met([root], how.loaded, how.select, how.run)
    how = how.among(len(walked.walk.files))
    return _side(root, walked, [*how.chosen, *how.edges], how), how


def _side(root: AnyPath, walked: Met, chosen: Sequence[Chosen], how: LeakRequest) -> Side:
    found = described(walked, chosen, how.loaded, how.select, how.run)
    if not (found.collection.rows >= 0).any():
        why = f"; the first failure: {found.failures[0].message}" if found.failures else ""
        raise DedupeError(f"{os.fsdecode(root)} has no picture that can be used{why or '.'}")
    top = tidy(os.fsencode(root))
    top = os.path.dirname(top) if is_list(top) else top
    return Side(found, [_label(found.walk.files, i, top) for i in range(len(found.walk.files))])


def _label(files: Files, i: int, top: bytes) -> str | None:
    """The label that a picture's container or a list gives it, else the name of the folder that it is in."""
    place = files.place(i)
    if place is None:
        if said := files.labels.get(files.path(i)):
            return said
        folder = os.path.dirname(files.path(i))
        return None if folder == top else os.fsdecode(os.path.basename(folder))
    if files.members is not None and (said := files.members.labels[int(files.inode[i])]):
        return said
    folder = os.path.dirname(files.path(i)[len(place.container.path + MARK) :])
    return os.fsdecode(os.path.basename(folder)) or None


def _apart(train: AnyPath, test: AnyPath) -> None:
    a, b = (os.path.realpath(os.fsencode(each)) for each in (train, test))
    if a == b:
        raise UsageError(f"{os.fsdecode(train)} and {os.fsdecode(test)} are the same folder; name two different ones.")
    for inner, outer in ((a, b), (b, a)):
        if inner.startswith(outer + os.fsencode(os.sep)):
            raise UsageError(
                f"{os.fsdecode(inner)} lies inside {os.fsdecode(outer)}, so that each of its pictures would leak; "
                "name two folders beside each other."
            )


def unlabelled(*some: Side) -> list[str]:
    """A note where labels cannot be compared."""
    if all(each.names() for each in some):
        return []
    where = " on both sides" if len(some) > 1 else ""
    return [f"The pictures are not in one folder for each class{where}, so labels are not compared."]
