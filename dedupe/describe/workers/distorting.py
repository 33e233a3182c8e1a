"""A picture's distorted copies, each saved (JPEG, quality 100) and read again as a file of its own would be."""

from __future__ import annotations

from collections.abc import Callable

from dedupe.decode.picture import Picture
from dedupe.describe.workers.shapes import Column
from dedupe.distort import apply, generator, named
from dedupe.distort.saving import jpeg
from dedupe.errors import DedupeError, PictureError
from dedupe.model import Distortion

Read = Callable[..., Picture]


class CopiesOfFile:
    """The pictures of one file by source and distortion, each made when it is first asked for, and kept.

    `read(data, rgb, full)` decodes; `digest` of the file's content and a column's seed seed what a distortion draws; `path`
    names the file.
    """

    def __init__(self, data: bytes, digest: bytes, path: bytes, working: Picture, read: Read) -> None:
        self._data, self._digest, self._path, self._read = data, digest, path, read
        self._pictures: dict[tuple[str, str], Picture] = {("working", ""): working}
        self._files: dict[str, bytes | PictureError] = {}

    def picture(self, column: Column) -> Picture:
        """The picture that a column is about. Raises PictureError where it cannot be had."""
        source, name = column.descriptor.decode.source, column.distorted
        if (source, name) not in self._pictures:
            data = self._data if column.distortion is None else self._file(name, column.distortion, column.seed)
            self._pictures[source, name] = self._read(data, True, full=source == "full")
        return self._pictures[source, name]

    def _file(self, name: str, distortion: Distortion, seed: int) -> bytes:
        if name not in self._files:
            try:
                self._files[name] = self._saved(name, distortion, seed)
            except PictureError as error:
                self._files[name] = error
            except DedupeError as error:
                self._files[name] = PictureError("raised", str(error))
        file = self._files[name]
        if isinstance(file, PictureError):
            raise file
        return file

    def _saved(self, name: str, distortion: Distortion, seed: int) -> bytes:
        if ("full", "") not in self._pictures:
            self._pictures["full", ""] = self._read(self._data, True, full=True)
        whole = self._pictures["full", ""].array("RGB", "none")
        return jpeg(apply(named(distortion, self._path), whole, generator(self._digest, name, seed)))
