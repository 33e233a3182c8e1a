"""Writes an export: under another name until it is whole."""

# ruff: noqa: PTH103, PTH104, PTH113, PTH122 -- paths are bytes here, which pathlib does not take

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from blake3 import blake3

from dedupe.describe.gather import known_suffixes
from dedupe.describe.inside.opening import container_of
from dedupe.describe.lists import ListFolder, is_list
from dedupe.describe.lists.rows import write_without
from dedupe.errors import DedupeError
from dedupe.export.beside import beside
from dedupe.export.duplicates import Duplicates, real
from dedupe.export.planned import Exporting
from dedupe.export.rewriting import Rewriting, rewritten
from dedupe.model import Run
from dedupe.plugins import Plugins
from dedupe.walk.rules import skipped
from dedupe.whole import remove_abandoned, take_name
from dedupe.whole.parts import folder_until, part_name


class Writing:
    """Writes parts without their duplicates, and counts the `duplicates` and files `beside` them that it leaves out."""

    def __init__(self, left_out: Duplicates, loaded: Plugins, run: Run, follow: bool) -> None:
        """`follow` is whether rows of lists may lead out of their folder."""
        self._left_out, self._loaded, self._run, self._follow = left_out, loaded, run, follow
        self._suffixes = known_suffixes(loaded)
        self._links: dict[tuple[int, int], bytes] = {}
        self.duplicates = self.beside = 0

    def all_of(self, parts: Sequence[Exporting], target: bytes) -> None:
        """Writes all parts to `target`, which is new. Raises DedupeError; then nothing is there."""
        self._left_out.refuse_changed()
        part = part_name(Path(os.fsdecode(target)))
        self._life = Rewriting(part, self._suffixes)
        whole = os.path.join(os.fsencode(part), b"whole")
        try:
            remove_abandoned(part.parent, folders=True)
            with folder_until(part):
                for done, each in enumerate(parts):
                    self._run.progress("exporting", done, len(parts))
                    self._part(each, os.path.join(whole, each.name) if each.name else whole)
                self._run.progress("exporting", len(parts), len(parts))
                if stat.S_ISDIR(os.lstat(whole).st_mode):
                    _take_folder(whole, target)
                else:
                    take_name(whole, target)
        except FileExistsError:
            raise DedupeError(f"{os.fsdecode(target)} has come to be meanwhile, and was left alone.") from None
        except OSError as error:
            if (
                error.filename
                and error.filename2 is None
                and not os.fsencode(error.filename).startswith(os.fsencode(part))
            ):
                name = os.fsdecode(error.filename)
                raise DedupeError(f"{name} cannot be read: {error.strerror}. Nothing was exported.") from error
            raise DedupeError(f"{os.fsdecode(target)} cannot be written: {error.strerror or error}.") from error

    def _part(self, part: Exporting, path: bytes) -> None:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if part.is_folder:
            self._folder(part.path, path)
        else:
            self._file(part.path, path, opened=True)

    def _folder(self, folder: bytes, path: bytes) -> None:
        """A folder with all below it; links, devices and trash are left out."""
        of_data_set = self._containers_of(folder)
        for top, below, names in os.walk(folder, onerror=_raise):
            to = os.path.join(path, os.path.relpath(top, folder)) if top != folder else path
            os.makedirs(to, exist_ok=True)
            below[:] = sorted(name for name in below if not skipped(name, os.path.join(top, name)))
            files = [name for name in sorted(names) if stat.S_ISREG(os.lstat(os.path.join(top, name)).st_mode)]
            for name in self._staying(top, files):
                self._file(os.path.join(top, name), os.path.join(to, name), os.path.join(top, name) in of_data_set)

    def _containers_of(self, folder: bytes) -> frozenset[bytes]:
        """The containers that a folder is made of, if it is a data set to a source."""
        found: set[bytes] = set()
        for source in self._loaded.openers:
            if hasattr(source, "of_folder"):
                with suppress(Exception):  # a plugin's, and reads what may be damaged
                    found.update(source.of_folder(folder))
        return frozenset(found)

    def _staying(self, folder: bytes, names: Sequence[bytes]) -> list[bytes]:
        """The files of a folder that are no duplicates and do not stand beside one."""
        paths = [os.path.join(folder, name) for name in names]
        out = [self._left_out.has(path, os.lstat(path)) for path in paths]
        pictures = [os.path.splitext(name)[1].lower() in self._suffixes for name in names]
        along = beside(names, pictures, out)
        self.duplicates += sum(out)
        self.beside += sum(along)
        return [name for name, one, other in zip(names, out, along, strict=True) if not (one or other)]

    def _file(self, path: bytes, to: bytes, opened: bool) -> None:
        """A file as it is, or a container or list without what is to be left out of it."""
        if os.path.lexists(to):
            raise DedupeError(
                f"{os.fsdecode(path)}: where it is exported to, names do not differ by case alone, and another file has its "
                "name; nothing was exported."
            )
        if opened and is_list(path):
            self._list(path, to)
            return
        container = container_of(path, self._loaded.openers) if opened else None
        if container is None:
            self._copy(path, to)
            return
        offsets = self._left_out.inside(container)
        if not offsets:
            shutil.copy2(path, to)
            return
        if not hasattr(container.source, "without"):
            raise DedupeError(
                f"{os.fsdecode(path)}: the plugin that opens it cannot write such files; nothing was exported."
            )
        duplicates, along = rewritten(container, to, offsets, self._life, self._run.file_timeout)
        self.duplicates += duplicates
        self.beside += along

    def _list(self, path: bytes, to: bytes) -> None:
        """A list without the rows of duplicates, and without those that say of a file what another row has said."""
        within, seen = ListFolder(os.path.dirname(path), self._follow), set[bytes]()

        def goes(named: str, row: str) -> bool:
            place = real(within.place(named))
            if not named or within.refusal(named) or not os.path.isfile(place):
                return False
            said = blake3(place + b"\0" + row.strip("\r\n").encode("utf-8", "surrogatepass")).digest(length=16)
            again = said in seen
            seen.add(said)
            out = again or self._left_out.has(place, os.lstat(place))
            self.duplicates += out
            return out

        with open(to, "xb") as out:
            write_without(path, out, goes)

    def _copy(self, path: bytes, to: bytes) -> None:
        """A copy; what has several names in the folder has them in the copy, too."""
        found = os.lstat(path)
        first = self._links.get((found.st_dev, found.st_ino)) if found.st_nlink > 1 else None
        if first is not None:
            with suppress(OSError):  # a file system without hard links
                os.link(first, to)
                return
        shutil.copy2(path, to)
        if found.st_nlink > 1:
            self._links[found.st_dev, found.st_ino] = to


def _raise(error: OSError) -> None:
    raise error


def _take_folder(whole: bytes, target: bytes) -> None:
    """Gives a folder its name. Raises FileExistsError where something has it; an empty folder alone could be replaced."""
    if os.path.lexists(target):
        raise FileExistsError(target)
    os.rename(whole, target)
