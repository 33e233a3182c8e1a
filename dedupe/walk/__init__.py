"""Paths to files: walks folders, keeps lstat's numbers in flat arrays, and meets each physical file once."""

# ruff: noqa: PTH114, PTH116 -- paths are bytes here, which pathlib does not take

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from dedupe.errors import DedupeError
from dedupe.model import InMemory, Listing, Select
from dedupe.model.addresses import is_address
from dedupe.model.lists import PathList
from dedupe.walk.found import FoundFiles, Walk
from dedupe.walk.rules import SKIPPED, Opener, Rules
from dedupe.walk.tree import Tree

__all__ = ["SKIPPED", "Opener", "Walk", "listed", "tidy", "walk"]

_DEFAULTS = Select()


def walk(roots: Sequence[bytes], suffixes: frozenset[bytes], options: Select = _DEFAULTS) -> Walk:
    """The candidates under `roots` (folders, links to folders, or files); `suffixes` are lower case with the dot.

    Paths keep what was given as their beginning. Links inside a folder are not followed; a file given as a root counts
    whatever its suffix, and a link given in its place stands for its target. A file that several roots hold counts once:
    under its first path in byte order, and for the root that was given first.
    Raises DedupeError for a root that is missing or cannot be read.
    """
    return listed((), suffixes, options, roots=roots)


def listed(
    paths: Iterable[bytes],
    suffixes: frozenset[bytes],
    options: Select = _DEFAULTS,
    *,
    roots: Sequence[bytes | InMemory] = (),
    opener: Opener | None = None,
) -> Walk:
    """The files named one by one, whatever their suffix, and those under `roots`; the listed ones have root len(roots).

    A root that `opener` takes for a list stands for the files that it names. Of a path, given or listed, that it opens, or that
    names a picture in such a file (a.tar::b.jpg), the pictures inside count. A listed path that does not exist is a Failure;
    listed folders and links are counted, not entered or followed. Among the roots a picture in memory has bytes or a Failure;
    it counts whatever the options say.
    Raises DedupeError for a root that is missing or cannot be read.
    """
    found, rules = FoundFiles(), Rules(suffixes, options, opener)
    lists, opened = _lists(roots, opener), _opened(roots, opener)
    folders, files = _sorted_out(roots, {*opened, *lists})
    tree = Tree(found, rules, folders)
    for path, index in sorted(folders.values()):
        tree.walk(path)
        found.mark(index)
    walked = found.rows()
    for path, index in files:
        _name(path, found, rules)
        found.mark(index)
    for index, each in enumerate(roots):
        if isinstance(each, InMemory):
            found.hold(each)
            found.mark(index)
        elif index in opened:
            for listing in opened[index]:
                found.open(listing, rules)
            found.mark(index)
        elif index in lists:
            _take_list(lists[index], found, rules)
            found.mark(index)
    for path in filter(None, paths):
        _open_or_name(path, found, rules, opener)
    found.mark(len(roots))
    return replace(
        found.result(sort=len(folders) > 1 or found.rows() > walked or found.inside.opened), idle=rules.idle()
    )


def _open_or_name(path: bytes, found: FoundFiles, rules: Rules, opener: Opener | None) -> None:
    """Takes what a path of `paths` holds or is."""
    listings = () if opener is None else opener.named(path)
    for listing in listings:
        found.open(listing, rules)
    if not listings:
        _name(path, found, rules)


def _opened(roots: Sequence[bytes | InMemory], opener: Opener | None) -> dict[int, Sequence[Listing]]:
    """What the roots hold that are containers, pictures in one or data sets, by the index of the root."""
    if opener is None:
        return {}
    given = ((index, opener.named(tidy(root))) for index, root in enumerate(roots) if isinstance(root, bytes))
    return {index: listings for index, listings in given if listings}


def _lists(roots: Sequence[bytes | InMemory], opener: Opener | None) -> dict[int, PathList]:
    """What the roots name that are lists, by the index of the root."""
    if opener is None:
        return {}
    given = ((index, opener.listed(tidy(root))) for index, root in enumerate(roots) if isinstance(root, bytes))
    return {index: each for index, each in given if each is not None}


def _take_list(given: PathList, found: FoundFiles, rules: Rules) -> None:
    """Takes the files that a list names."""
    for path in given.paths:
        _name(path, found, rules)
    if given.inside is not None:
        found.open(given.inside, rules)
    found.failures += given.failures
    found.others.update(given.skipped)
    found.labels.update(given.labels)


def _sorted_out(
    roots: Sequence[bytes | InMemory], opened: Collection[int]
) -> tuple[dict[tuple[int, int], tuple[bytes, int]], list[tuple[bytes, int]]]:
    """Folders by (device, inode), the same one once, and sorted files; both as (path, index of the root)."""
    folders: dict[tuple[int, int], tuple[bytes, int]] = {}
    files: list[tuple[bytes, int]] = []
    for index, given in enumerate(roots):
        if isinstance(given, InMemory) or index in opened:
            continue
        path = tidy(given)
        about = _checked(path)
        if stat.S_ISDIR(about.st_mode):
            inode = (about.st_dev, about.st_ino)
            first, least = folders.get(inode, (path, index))
            folders[inode] = (min(first, path), least)
        else:
            files.append((os.path.realpath(path) if os.path.islink(path) else path, index))
    return folders, sorted(files)


def tidy(path: bytes) -> bytes:
    """A path without doubled separators, `.` inside and separators at the end; `..` stays: before it may be a link. An address
    stays as it is.
    """
    if is_address(path):
        return path
    separator = os.fsencode(os.sep)
    if os.altsep:
        path = path.replace(os.fsencode(os.altsep), separator)
    parts = path.split(separator)
    kept = [part for i, part in enumerate(parts) if part not in (b"", b".") or i == 0]
    return separator.join(kept) if kept != [b""] or not path else separator


def _checked(root: bytes) -> os.stat_result:
    """What a root is; raises DedupeError unless it is there and can be read."""
    try:
        about = os.stat(root)
        if stat.S_ISDIR(about.st_mode):
            with os.scandir(root):
                os.stat(os.path.join(root, b"."))
        elif stat.S_ISREG(about.st_mode):
            os.close(os.open(root, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)))
    except FileNotFoundError:
        raise DedupeError(f"{_shown(root)}: there is no such file or folder.") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise DedupeError(f"{_shown(root)}: cannot be read ({why}).") from None
    return about


def _shown(path: bytes) -> str:
    """A path as text that a terminal cannot take for a command."""
    text = path.decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text) or "''"


def _name(path: bytes, found: FoundFiles, rules: Rules) -> None:
    """Takes a file that was given by itself: it counts whatever its suffix."""
    try:
        about = os.lstat(path)
    except (OSError, ValueError) as error:
        found.fail(path, error, "file")
        return
    kinds = {stat.S_IFDIR: "folders", stat.S_IFLNK: "symlinks", stat.S_IFREG: ""}
    why = kinds.get(stat.S_IFMT(about.st_mode), "special files")
    why = why or ("excluded" if rules.excludes(path, False) else rules.too_small(lambda: about.st_size))
    if why:
        found.others[why] += 1
    else:
        found.emit(b"", [path], [found.take(about, not rules.ours(os.path.basename(path)))])
