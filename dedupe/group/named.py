"""Keep rules that look at names: wanted and unwanted folders and files, and what file managers call a copy."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

import numpy as np

from dedupe.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from dedupe.model import Candidates

_SEPARATOR = os.fsencode(os.sep)
_WORD = (
    "copy|copie|copia|cópia|còpia|kopie|kopia|kopi|kopio|kopija|kopya|másolat|копия|копія|копие|αντίγραφο|"
    "edit|edited|effects|bearbeitet|modifiée?|modificat[oa]|editad[oa]|bewerkt|redigerad|изменено"
)
_END = re.compile(
    rf"(?:^|[\s_.(–—-])(?:another |\d+\w\w )?(?:{_WORD})(?:[\s_-]*\(?\d+\)?)?\)?$"
    r"|(?:コピー|副本|拷贝|拷貝|複製|복사본|編集済み|已编辑)(?:[\s_-]*\(?\d+\)?)?\)?$"
    r"|\(\d{1,3}\)$|~\d+$|^IMG_E\d+$",
    re.IGNORECASE,
)
"""What Windows, macOS, GNOME, KDE, browsers and Google Photos add to the name of a copy, in a dozen languages."""
_BEGIN = re.compile(
    r"(?:copy|copie|copia|cópia|kopie|kopia|kopi)[\s_](?:\(\d+\)[\s_])?(?:of|von|van|de|di|d'|af|av)[\s_]",
    re.IGNORECASE,
)
_CAMERA = re.compile(r"[A-Z]{0,4}[\d_-]+(?:(?!E\d)[A-Z]{1,3}\d+)?")
"""Names that cameras give, which are told from others ten times as fast."""
_LONGEST = 40
"""Characters at the end of a name that may say so."""


def as_kept_first(candidates: Candidates) -> NDArray[np.bool_]:
    """Names that say of themselves that they are a copy or edited come last: bool (n,)."""
    return np.array([marked(each) for each in _names(candidates)], np.bool_)


def marked(name: str) -> bool:
    """Whether a file's name has "(1)", "copy", "_edited" or the like, as file managers in several languages add it."""
    stem = name[: name.rfind(".")] if "." in name[1:] else name
    if _CAMERA.fullmatch(stem):
        return False
    if not stem.isascii():
        stem = normalize("NFC", stem)  # macOS takes letters apart
    return bool(_END.search(stem[-_LONGEST:]) or _BEGIN.match(stem))


def _names(candidates: Candidates) -> Iterator[str]:
    paths, offsets = candidates.files.paths, candidates.files.offsets
    ends = zip(offsets[candidates.index].tolist(), offsets[candidates.index + 1].tolist(), strict=True)
    return (os.fsdecode(paths[max(start, paths.rfind(_SEPARATOR, start, end) + 1) : end]) for start, end in ends)


class Folder:
    """Files in a folder that the pattern matches, or below one, are kept first: a glob of a name, or of a path's last parts."""

    name, version = "folder", "1"

    def __init__(self, pattern: str = "") -> None:
        self.pattern = pattern

    def check(self) -> None:
        """Raises UsageError where there is no pattern."""
        if not PurePath(self.pattern).name:
            raise UsageError(
                f"--keep {self.name} needs a folder, as {self.name}=Originals or {self.name}=photos/2019*."
            )

    def order(self, candidates: Candidates) -> NDArray[Any]:
        """False for files of such a folder, bool (n,)."""
        return ~_array(_inside(candidates, self.pattern), candidates)

    def idle(self, candidates: Candidates) -> bool:
        """Whether no file lies in such a folder."""
        return not any(_inside(candidates, self.pattern))


class NotFolder(Folder):
    """Files in a folder that the pattern matches, or below one, are kept last."""

    name = "not-folder"

    def order(self, candidates: Candidates) -> NDArray[Any]:
        """True for files of such a folder, bool (n,)."""
        return _array(_inside(candidates, self.pattern), candidates)


class Name:
    """Files in whose name the regular expression is found are kept first; without one those that come first by path."""

    name, version = "name", "1"

    def __init__(self, pattern: str = "") -> None:
        self.pattern = pattern

    def check(self) -> None:
        """Raises UsageError for what is no regular expression."""
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise UsageError(f"--keep {self.name}={self.pattern}: not a regular expression ({error}).") from None

    def order(self, candidates: Candidates) -> NDArray[Any]:
        """False for such files, bool (n,); without a pattern the place in the order of paths, int64 (n,)."""
        return ~_array(_called(candidates, self.pattern), candidates) if self.pattern else candidates.index

    def idle(self, candidates: Candidates) -> bool:
        """Whether there is a pattern that no name has."""
        return bool(self.pattern) and not any(_called(candidates, self.pattern))


class NotName(Name):
    """Files in whose name the regular expression is found are kept last."""

    name = "not-name"

    def check(self) -> None:
        """Raises UsageError for what is no regular expression, and without one."""
        if not self.pattern:
            raise UsageError("--keep not-name needs a regular expression, as not-name=^thumb.")
        super().check()

    def order(self, candidates: Candidates) -> NDArray[Any]:
        """True for such files, bool (n,)."""
        return _array(_called(candidates, self.pattern), candidates)


def _array(answers: Iterator[bool], candidates: Candidates) -> NDArray[np.bool_]:
    return np.fromiter(answers, np.bool_, len(candidates))


def _called(candidates: Candidates, pattern: str) -> Iterator[bool]:
    regex = re.compile(pattern)
    return (regex.search(name) is not None for name in _names(candidates))


def _inside(candidates: Candidates, pattern: str) -> Iterator[bool]:
    """Whether each file lies below a folder that matches; an absolute pattern is held against absolute paths."""
    glob = os.path.expanduser(pattern)  # noqa: PTH111 -- a glob is no path

    @cache
    def matches(folder: bytes) -> bool:
        path = PurePath(os.fsdecode(os.path.abspath(folder) if os.path.isabs(glob) else folder))  # noqa: PTH117
        return bool(glob) and any(each.match(glob) for each in (path, *path.parents))

    return (matches(os.path.dirname(candidates.path(i))) for i in range(len(candidates)))
