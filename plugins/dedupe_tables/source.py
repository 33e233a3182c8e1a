"""Tables as sources: an entry is a row, and its offset the row's number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from importlib.util import find_spec
from typing import Any, BinaryIO, cast

from dedupe import Entry, PictureError, install_hint
from dedupe_tables.rows import ArrowRows, ParquetRows, Rows
from dedupe_tables.saved import files_of

NO_PICTURE = "rows without a picture"


class _Tables:
    """What all tables have in common."""

    rows: Callable[[BinaryIO, str], Rows]
    what = ""
    label = ""

    @property
    def version(self) -> str:
        """Says whether pyarrow is missing: what is said then holds only until it is installed; and where labels are."""
        label = f"+label.{self.label.encode('utf-8', 'surrogateescape').hex()}" if self.label else ""
        return ("1" if find_spec("pyarrow") else "1+none") + label

    def labelled(self, column: str) -> _Tables:
        """The same with labels from that column."""
        other = copy(self)
        other.label = column
        return other

    def entries(self, stream: BinaryIO) -> Iterator[Entry]:
        """Its rows. Raises PictureError: `codec_missing` without pyarrow, `no_pictures`, `truncated`."""
        rows, row = self._opened(stream), 0
        try:
            for first, batch in rows.batches(0):
                for row, (data, label) in enumerate(_cells(rows, batch), first):
                    name = b"row %d" % row
                    if data is None:
                        yield Entry(name, row, 0, skipped=NO_PICTURE)
                    else:
                        yield Entry(name, row, len(data), rows.columns.label_of(label), picture=True)
        except _errors() as error:
            raise PictureError("truncated", f"The table is cut off or damaged: {error}") from None

    def reader(self, stream: BinaryIO) -> Callable[[int, int], bytes]:
        """Reads forwards; to go back it begins again where the row's group of rows begins."""
        return _Reading(self._opened(stream)).read

    def without(self, stream: BinaryIO, out: BinaryIO, offsets: frozenset[int]) -> None:
        """Writes the other rows with all columns and the schema. Raises PictureError (`codec_missing`, `truncated`)."""
        rows = self._opened(stream)
        try:
            rows.write_without(out, offsets)
        except (EOFError, _arrow_error()) as error:
            raise PictureError("truncated", f"The table cannot be written anew: {error}") from None

    def _opened(self, stream: BinaryIO) -> Rows:
        if find_spec("pyarrow") is None:
            raise PictureError("codec_missing", f"{self.what} files need pyarrow: {install_hint('tables')}.")
        try:
            return type(self).rows(stream, self.label)
        except _errors() as error:
            raise PictureError("truncated", f"The table is cut off or damaged: {error}") from None


class Parquet(_Tables):
    """Parquet files."""

    name = "parquet"
    suffixes = (".parquet", ".pq")
    rows = ParquetRows
    what = "Parquet"

    def matches(self, head: bytes) -> bool:
        """Whether it begins as Parquet does."""
        return head.startswith(b"PAR1")


class Arrow(_Tables):
    """Arrow files and streams, and Feather 2."""

    name = "arrow"
    suffixes = (".arrow", ".feather")
    rows = ArrowRows
    what = "Arrow"

    def of_folder(self, path: bytes) -> list[bytes]:
        """The files of a data set that Hugging Face's datasets has saved to that folder, or of all its splits."""
        return files_of(path)

    def matches(self, head: bytes) -> bool:
        """Whether it begins as a file or as the message that a stream begins with."""
        length = int.from_bytes(head[4:8], "little")
        return head.startswith(b"ARROW1\0\0") or (head.startswith(b"\xff\xff\xff\xff") and 0 < length < 1 << 28)


class _Reading:
    """One row after the other; the batch that was read last is kept."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._batches: Iterator[tuple[int, Any]] = iter(())
        self._first = 0
        self._batch: Any = None

    def read(self, row: int, size: int) -> bytes:
        """The picture in a row."""
        if self._batch is None or row < self._first:
            self._batches = self._rows.batches(row)
            self._first, self._batch = next(self._batches, (0, None))
        while self._batch is not None and row >= self._first + self._batch.num_rows:
            self._first, self._batch = next(self._batches, (0, None))
        found = None if self._batch is None else _pictures(self._rows, self._batch)[row - self._first].as_py()
        if found is None or len(found) != size:
            raise PictureError("damaged", "The table is damaged: the row has no such picture.")
        return bytes(found)


def _pictures(rows: Rows, batch: Any) -> Any:
    column = batch.column(rows.columns.pictures)
    return column.field("bytes") if rows.columns.struct else column


def _cells(rows: Rows, batch: Any) -> Iterator[tuple[bytes | None, Any]]:
    """The bytes and the label of each row; of a struct that is null its fields count for nothing."""
    whole, pictures = batch.column(rows.columns.pictures), _pictures(rows, batch)
    labels = batch.column(rows.columns.label) if rows.columns.label else None
    for i in range(batch.num_rows):
        data = pictures[i].as_py() if whole[i].is_valid else None
        yield data, None if labels is None else labels[i].as_py()


def _errors() -> tuple[type[Exception], ...]:
    return _arrow_error(), OSError, EOFError


def _arrow_error() -> type[Exception]:
    from pyarrow import ArrowException

    return cast(type[Exception], ArrowException)
