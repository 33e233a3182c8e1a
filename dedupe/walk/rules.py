"""Which files are candidates, which folders are entered, and what the user's globs leave out."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass

SKIPPED = frozenset(b".git .Trash .Trashes $RECYCLE.BIN $Recycle.Bin .dedupe-quarantine @eaDir .thumbnails".split())
"""Names of folders that are never entered (besides `.Trash-*` and `.local/share/Trash`), unless given as a root."""

_SEPARATOR = os.fsencode(os.sep)
_TRASH = _SEPARATOR.join([b"", b".local", b"share", b"Trash"])


@dataclass(frozen=True, slots=True)
class WalkOptions:
    """What is left out of a walk.

    `exclude` holds globs: one without a slash matches the name of any file or folder, one with a slash the path below
    the root (of a file named by itself: the path as given). `*`, `?` and `[...]` stay within a name, `**` crosses
    folders, a slash at the end means folders only; case counts. What an excluded folder holds is left out with it; a
    folder that is itself given as a root is not excluded.
    `min_size` is in bytes; `recursive=False` stays in the roots themselves; `all_files` takes every suffix, to be sniffed.
    """

    exclude: tuple[str, ...] = ()
    min_size: int = 0
    recursive: bool = True
    all_files: bool = False


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


class Rules:
    """The rules of one walk."""

    def __init__(self, suffixes: frozenset[bytes], options: WalkOptions) -> None:
        self.suffixes = Suffixes(suffixes)
        self.options = options
        self.plain = not options.exclude  # a name alone then decides, which keeps the walk's loop short
        patterns = "|".join(_regex(glob) for glob in options.exclude if glob.strip("/"))
        self._exclude = re.compile(patterns, re.DOTALL) if patterns else None

    def ours(self, name: bytes) -> bool:
        """Whether a file name has one of the suffixes; a dot at its beginning starts none."""
        dot = name.rfind(b".")
        return dot > 0 and self.suffixes[name[dot:]]

    def refuses(self, name: bytes, size: Callable[[], int]) -> str:
        """Why a regular file that was met on the way is no candidate, or nothing; its size is asked for last."""
        if not (self.options.all_files or name.rfind(b".") <= 0 or self.ours(name)):
            return "other files"
        return self.too_small(size)

    def too_small(self, size: Callable[[], int]) -> str:
        """The reason "too small" where a file is smaller than asked for, or nothing."""
        return "too small" if self.options.min_size > 0 and size() < self.options.min_size else ""

    def excludes(self, path: bytes, is_folder: bool) -> bool:
        """Whether a glob matches a path, which is relative to its root."""
        if self._exclude is None:
            return False
        text = os.fsdecode(path).replace(os.sep, "/").removeprefix("./").lstrip("/")
        return self._exclude.fullmatch(text + "/" * is_folder) is not None


def skipped(name: bytes, path: bytes) -> bool:
    """Whether a folder is a repository's, a trash or a thumbnail folder."""
    if name in SKIPPED or name.startswith(b".Trash-"):
        return True
    return name == b"Trash" and os.path.abspath(path).endswith(_TRASH)


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
