"""Which files are candidates, which folders are entered, and what the user's globs leave out."""

# ruff: noqa: PTH111 -- a glob is no path

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from typing import Protocol

from dedupe.model import Listing, Select
from dedupe.model.lists import PathList

SKIPPED = frozenset(b".git .Trash .Trashes $RECYCLE.BIN $Recycle.Bin .dedupe-quarantine @eaDir .thumbnails".split())
"""Names of folders that are never entered (besides `.Trash-*` and `.local/share/Trash`), unless given as a root."""

ARCHIVES = "archives not opened"
"""Why a file is left out that holds pictures."""

_SEPARATOR = os.fsencode(os.sep)
_TRASH = _SEPARATOR.join([b"", b".local", b"share", b"Trash"])


class Suffixes(dict[bytes, bool]):
    """Whether a suffix, as it is written, is one of ours; remembers the answers, but not without end."""

    def __init__(self, ours: frozenset[bytes]) -> None:
        super().__init__()
        self._ours = ours

    def __missing__(self, suffix: bytes) -> bool:
        answer = suffix.lower() in self._ours
        if len(self) < 4096:
            self[suffix] = answer
        return answer


class Opener(Protocol):
    """What opens containers for a walk."""

    @property
    def suffixes(self) -> tuple[bytes, ...]:
        """Those of the files that it opens, lower case."""
        ...

    def named(self, path: bytes) -> Sequence[Listing]:
        """What a path that was given holds, or the one picture in it that it names: nothing for one that is no container,
        and for a folder that is one data set what each container of it holds.
        """
        ...

    def listed(self, path: bytes) -> PathList | None:
        """What a path that was given names, None for one that is no list."""
        ...


class Rules:
    """The rules of one walk."""

    def __init__(self, suffixes: frozenset[bytes], options: Select, opener: Opener | None = None) -> None:
        self.suffixes = Suffixes(suffixes)
        self._containers = () if opener is None else opener.suffixes
        self.options = options
        self.plain = not options.exclude  # a name alone then decides, which keeps the walk's loop short
        self._globs = [Glob(glob) for glob in dict.fromkeys(options.exclude) if glob.strip("/")]
        self._exclude = _any_of([glob.below for glob in self._globs])
        self._whole = _any_of([glob.whole for glob in self._globs if glob.whole])
        self._idle = list(self._globs)
        self._roots: dict[bytes, str] = {}

    def ours(self, name: bytes) -> bool:
        """Whether a file name has one of the suffixes; a dot at its beginning starts none."""
        dot = name.rfind(b".")
        return dot > 0 and self.suffixes[name[dot:]]

    def refuses(self, name: bytes, size: Callable[[], int]) -> str:
        """Why a regular file that was met on the way is no candidate, or nothing; its size is asked for last."""
        if not (self.options.all_files or name.rfind(b".") <= 0 or self.ours(name)):
            return ARCHIVES if self.is_container(name) else "other files"
        return self.too_small(size)

    def is_container(self, name: bytes) -> bool:
        """Whether a file name has the suffix of what holds pictures."""
        return name.lower().endswith(self._containers)

    def too_small(self, size: Callable[[], int]) -> str:
        """The reason "too small" where a file is smaller than asked for, or nothing."""
        return "too small" if self.options.min_size > 0 and size() < self.options.min_size else ""

    def excludes(self, path: bytes, is_folder: bool, cut: int = 0) -> bool:
        """Whether a glob matches a path, or what is left of it without its first `cut` bytes, which are its root."""
        if self._exclude is None:
            return False
        below, whole = _text(path[cut:], is_folder), ""
        if self._whole is not None:
            whole = self._root(path[:cut]) + below if cut else _text(os.path.abspath(path), is_folder)
        if self._exclude.fullmatch(below) is None and (self._whole is None or self._whole.fullmatch(whole) is None):
            return False
        if self._idle:
            self._idle = [glob for glob in self._idle if not glob.matches(below, whole)]
        return True

    def _root(self, path: bytes) -> str:
        """The absolute path of a root as what the paths below it begin with; asked for with each of them."""
        if path not in self._roots:
            self._roots[path] = _text(os.path.abspath(path), True)
        return self._roots[path]

    def idle(self) -> tuple[str, ...]:
        """The globs that have matched nothing, in their order."""
        matching = [glob.text for glob in self._globs if glob not in self._idle]
        return tuple(glob for glob in dict.fromkeys(self.options.exclude) if glob not in matching)


class Glob:
    """One glob as regular expressions: for paths below a root, and for absolute ones where it may mean such a one."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.below = _regex(text)
        self.whole = _regex(absolute) if (absolute := _absolute(text)) else ""

    def matches(self, below: str, whole: str) -> bool:
        """Whether it matches a path below its root, or the absolute one; both as `_text` gives them."""
        found = re.fullmatch(self.below, below, re.DOTALL)
        return bool(found or (self.whole and re.fullmatch(self.whole, whole, re.DOTALL)))


def skipped(name: bytes, path: bytes) -> bool:
    """Whether a folder is a repository's, a trash or a thumbnail folder."""
    if name in SKIPPED or name.startswith(b".Trash-"):
        return True
    return name == b"Trash" and os.path.abspath(path).endswith(_TRASH)


def _any_of(patterns: list[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(patterns), re.DOTALL) if patterns else None


def _text(path: bytes, is_folder: bool) -> str:
    """A path as the regular expressions take it: with slashes, one at the end of a folder and none at the beginning."""
    return os.fsdecode(path).replace(os.sep, "/").removeprefix("./").lstrip("/") + "/" * is_folder


def _absolute(glob: str) -> str:
    """A glob that begins with a folder's name as one for absolute paths; nothing for any other."""
    first, slash, rest = glob.partition("/")
    if not slash or not rest.strip("/") or set("*?[") & set(first):
        return ""
    try:
        start = os.path.expanduser(first) if first.startswith("~") else os.path.join(os.getcwd(), first or "/")
    except OSError:  # the working folder is gone
        return ""
    literal = "".join(f"[{char}]" if char in "*?[" else char for char in start.replace(os.sep, "/"))
    return os.path.normpath(os.path.join(literal, rest)).replace(os.sep, "/") + "/" * glob.endswith("/")


def _regex(glob: str) -> str:
    """A glob as a regular expression for a relative path; folders are matched with a slash at their end."""
    ending = "/" if glob.endswith("/") else "/?"
    anywhere = "" if "/" in glob.rstrip("/") else "(?:.*/)?"
    body = ""
    for part in glob.removeprefix("./").strip("/").split("/"):
        body += "(?:.*/)?" if part == "**" else _name_regex(part) + "/"
    return f"{anywhere}{body.removesuffix('/') if not body.endswith(')?') else body + '[^/]+'}{ending}"


def _name_regex(glob: str) -> str:
    """One part of a glob; `[` without its `]` stands for itself."""
    found = ""
    for token in re.findall(r"\[!?\]?[^\]]*\]|.", glob, re.DOTALL):
        if token in "*?":
            found += {"*": "[^/]*", "?": "[^/]"}[token]
        elif len(token) > 1:
            found += _set_regex(token[1:-1])
        else:
            found += re.escape(token)
    return found


def _set_regex(inside: str) -> str:
    """A set of characters and ranges, negated by `!`; a range that runs backwards is empty."""
    negated = inside.startswith("!")
    items = re.findall(r".-.|.", inside.removeprefix("!"), re.DOTALL)
    ranges = [(item[0], item[-1]) for item in items if item[0] <= item[-1]]
    body = "".join(f"{re.escape(first)}-{re.escape(last)}" for first, last in ranges)
    if not body:
        return "[^/]" if negated else "(?!)"
    return f"(?!/)[{'^' * negated}{body}]"
