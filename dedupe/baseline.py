"""What an earlier result had found already, so that only what is new counts: told by contents, not by names."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar, overload

from dedupe.errors import DedupeError, UsageError
from dedupe.model.not_written import NotWritten

if TYPE_CHECKING:
    from dedupe.model.leaks import Leaks
    from dedupe.model.results import Scan

R = TypeVar("R", "Scan", "Leaks")


@dataclass(frozen=True, slots=True)
class Baseline:
    """The groups of an earlier result: by digest the numbers of those that it stood in, and how many files of it each had."""

    groups: Mapping[str, Sequence[int]]
    files: Mapping[tuple[int, str], int]

    def known(self, group: Any, merging: bool) -> frozenset[int]:
        """The places of the members of a group, `Group` or `LeakGroup`, that are not new.

        A member is known that stood in one group with the kept content. With `merging`, where a file stands in one group at
        most, it is enough that it stood in one with an earlier member: so of what two old groups and one new file become, as
        many are new as there were joined. A further file of a content is known only if the earlier group had as many.
        """
        used: Counter[tuple[int, str]] = Counter()
        met = set(self._take(group.kept.digest, used))
        found = set()
        for place, one in enumerate(group.members):
            stood = set(self._take(one.file.digest, used))
            if stood & met:
                found.add(place)
            elif merging:
                met |= stood
        return frozenset(found)

    def _take(self, digest: str, used: Counter[tuple[int, str]]) -> Iterator[int]:
        """The groups that had a file of this content which none before it was; it is one of them from now on."""
        for number in self.groups.get(digest, ()):
            if used[number, digest] < self.files[number, digest]:
                used[number, digest] += 1
                yield number


class Told(Sequence[Any]):
    """Groups whose members say whether they are known; each is made when it is asked for."""

    def __init__(self, groups: Sequence[Any], known: Sequence[frozenset[int]]) -> None:
        self._groups, self._known = groups, known

    def __len__(self) -> int:
        return len(self._groups)

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        group, known = self._groups[index], self._known[index]
        return replace(group, members=tuple(replace(one, known=at in known) for at, one in enumerate(group.members)))


def earlier(path: str | bytes | os.PathLike[str] | None, command: str) -> Baseline | None:
    """What the result of a command in a file had found, None without one. Raises DedupeError for a file that cannot be read,
    UsageError for one that is no result of this command with groups.
    """
    if path is None:
        return None
    from dedupe.model.reading import read  # what reads every kind of result would make each scan start later

    try:
        found: Any = read(path)
    except DedupeError as error:
        raise type(error)(f"--baseline {error}") from None
    why = f"it is a result of {found.header.command}" if found.header.command != command else ""
    if not why and isinstance(found.groups, NotWritten):
        why = "it was written with --unique and has no groups"
    if why:
        raise UsageError(
            f"--baseline {os.fsdecode(path)}: {why}; write one with dedupe {command} and -o FILE.jsonl, or name another."
        )
    groups, files = defaultdict[str, list[int]](list), Counter[tuple[int, str]]()
    for number, group in enumerate(found.groups):
        for digest, count in Counter([group.kept.digest, *(one.file.digest for one in group.members)]).items():
            groups[digest].append(number)
            files[number, digest] = count
    return Baseline(groups, files)


def against(result: R, before: Baseline | None) -> R:
    """A result whose members say whether they are known, and whose summary how many files are `new` and how many `known`."""
    if before is None:
        return result
    merging = not hasattr(result, "one_set") or result.one_set
    known, every, new = [], set[bytes](), set[bytes]()
    for group in result.groups:
        known.append(found := before.known(group, merging))
        every.update(one.file.path for one in group.members)
        new.update(one.file.path for at, one in enumerate(group.members) if at not in found)
    counts: Any = replace(result.summary, new=len(new), known=len(every) - len(new))
    return replace(result, groups=Told(result.groups, known), summary=counts)
