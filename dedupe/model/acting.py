"""What is done to files: the contract of an action, and the file that it is done to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from dedupe.model.contract import Named

Note = Mapping[str, Any]
"""What an action writes down before it begins, in JSON's types: all that it needs to take it back, or to undo it."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that an action is done to, as it was when it was read a moment before: `path` is absolute and has no link in it.

    `kept` is the path of the file that stays in its place, None for what goes along with a picture. `digest` is of its content
    ("blake3:HEX"), `links` its hard links.
    """

    path: bytes
    kept: bytes | None
    device: int
    inode: int
    size: int
    mtime_ns: int
    links: int
    digest: str


@runtime_checkable
class Action(Named, Protocol):
    """What can be done to a duplicate. Parameters are keyword arguments, kept as attributes of the same names.

    `prepare` says what will be done, and touches nothing; what it returns is on the disk before `perform` is called, which does
    all that can be taken back, and `commit`, which does the rest once every file that belongs together has been performed.
    After a kill `take_back` is called for what was not to be committed and `commit` for what was, however far either had come,
    and perhaps not for the first time; so is `undo`. Each leaves the content of every file somewhere at every moment, takes no
    other file's place, and raises Refused, whose sentence says what was left and where, for what it cannot do.

    `kinds` are the kinds of copies that it takes (of "same-bytes" ... "similar"), `takes_along` whether what belongs to a picture
    goes with it, `undoable` whether `undo` can do anything, `frees` whether the space is free "now" or "later", and `sentence`
    what it does, as "move {} to the trash".
    """

    @property
    def kinds(self) -> tuple[str, ...]: ...
    @property
    def takes_along(self) -> bool: ...
    @property
    def undoable(self) -> bool: ...
    @property
    def frees(self) -> str: ...
    @property
    def sentence(self) -> str: ...

    def prepare(self, file: Taken) -> Note:
        """What will be done with a file."""
        ...

    def perform(self, file: Taken, note: Note) -> None:
        """Does it, as far as it can be taken back."""
        ...

    def commit(self, file: Taken, note: Note) -> None:
        """Does what cannot be taken back, only undone."""
        ...

    def take_back(self, file: Taken, note: Note) -> None:
        """Has the file stand where and as it was, whether `perform` was called or not."""
        ...

    def undo(self, file: Taken, note: Note) -> None:
        """Has the file stand where and as it was after `commit`."""
        ...
