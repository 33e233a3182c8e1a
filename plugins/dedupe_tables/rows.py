"""Rows of a table, a few at a time, so that memory stays flat however large the table is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import Any, BinaryIO, Protocol

from dedupe_tables.columns import Columns, columns_of

AT_ONCE = 32
"""Rows that are read together."""

BUFFER = 1 << 20
"""Bytes of a column that are read together: without it all of a group of rows would be."""

NAMES = {"UNCOMPRESSED": "NONE"}
"""What pyarrow calls a compression that it reads by another name."""

GROUP = 64 << 20
"""Bytes of a group of rows that is written."""


class Rows(Protocol):
    """A table."""

    @property
    def columns(self) -> Columns: ...

    def batches(self, row: int) -> Iterator[tuple[int, Any]]:
        """Batches with the numbers of their first rows, from the one with that row on or from one before it."""
        ...

    def write_without(self, out: BinaryIO, rows: frozenset[int]) -> None:
        """Writes all columns of all but these rows, in the same form."""
        ...


class ParquetRows:
    """The rows of a Parquet file, one row group after the other."""

    def __init__(self, stream: BinaryIO, label: str = "") -> None:
        import pyarrow.parquet as parquet

        self._file = parquet.ParquetFile(stream, pre_buffer=False, memory_map=False, buffer_size=BUFFER)
        self.columns = columns_of(self._file.schema_arrow, label)
        about = self._file.metadata
        self._ends = [*accumulate(about.row_group(group).num_rows for group in range(about.num_row_groups))]

    def batches(self, row: int) -> Iterator[tuple[int, Any]]:
        first = 0
        for group, end in enumerate(self._ends):
            if end > row:
                given = self._file.iter_batches(
                    AT_ONCE, row_groups=[group], columns=self.columns.wanted(), use_threads=False
                )
                for batch in given:
                    yield first, batch
                    first += batch.num_rows
            first = end

    def write_without(self, out: BinaryIO, rows: frozenset[int]) -> None:
        """Groups of rows stay groups, but for those of more than `GROUP` bytes, which become several."""
        import pyarrow.parquet as parquet

        first = 0
        with parquet.ParquetWriter(out, self._file.schema_arrow, **self._as_it_was()) as writer:
            for group, end in enumerate(self._ends):
                waiting: list[Any] = []
                for batch in self._file.iter_batches(AT_ONCE, row_groups=[group], use_threads=False):
                    waiting.append(_but(batch, first, rows))
                    first += batch.num_rows
                    if first == end or sum(each.nbytes for each in waiting) > GROUP:
                        _write(writer, waiting)
                        waiting = []

    def _as_it_was(self) -> dict[str, Any]:
        """How the file was written, as its first group of rows has it."""
        about = self._file.metadata
        if not about.num_row_groups:
            return {}
        group = about.row_group(0)
        columns = [group.column(i) for i in range(group.num_columns)]
        return {
            "compression": {each.path_in_schema: NAMES.get(each.compression, each.compression) for each in columns},
            "use_compliant_nested_type": not any(".list.item" in each.path_in_schema for each in columns),
            "use_dictionary": [each.path_in_schema for each in columns if each.has_dictionary_page],
            "write_statistics": [each.path_in_schema for each in columns if each.is_stats_set],
        }


def _write(writer: Any, batches: list[Any]) -> None:
    """Writes batches as one group of rows; none where nothing is left of them."""
    from pyarrow import Table

    if any(each.num_rows for each in batches):
        writer.write_table(Table.from_batches(batches), row_group_size=1 << 30)


def _but(batch: Any, first: int, rows: frozenset[int]) -> Any:
    """A batch, whose first row has that number, without the rows of these numbers."""
    from pyarrow import array

    keep = [row not in rows for row in range(first, first + batch.num_rows)]
    return batch if all(keep) else batch.filter(array(keep))


class ArrowRows:
    """The rows of an Arrow file or stream (Feather 2 is the first, Hugging Face writes the second), batch by batch."""

    def __init__(self, stream: BinaryIO, label: str = "") -> None:
        self._stream = stream
        self.columns = columns_of(self._opened().schema, label)

    def _opened(self) -> Any:
        from pyarrow import ipc

        self._stream.seek(0)
        if self._stream.read(6) == b"ARROW1":
            return ipc.open_file(self._stream)
        self._stream.seek(0)
        return ipc.open_stream(self._stream)

    def batches(self, row: int) -> Iterator[tuple[int, Any]]:
        for first, batch in self._batches(self._opened()):
            if first + batch.num_rows > row:
                yield first, batch.select(self.columns.wanted())

    def _batches(self, opened: Any) -> Iterator[tuple[int, Any]]:
        """All batches, with the numbers of their first rows."""
        first, several = 0, hasattr(opened, "num_record_batches")
        for batch in map(opened.get_batch, range(opened.num_record_batches)) if several else opened:
            yield first, batch
            first += batch.num_rows

    def write_without(self, out: BinaryIO, rows: frozenset[int]) -> None:
        """A file stays one, and a stream; batches are not compressed."""
        from pyarrow import ipc

        opened = self._opened()
        new = ipc.new_file if hasattr(opened, "num_record_batches") else ipc.new_stream
        with new(out, opened.schema) as writer:
            for first, batch in self._batches(opened):
                writer.write_batch(_but(batch, first, rows))
