"""Results of many files are written as they are made: none is held."""

from __future__ import annotations

import csv as standard
import io
import tracemalloc

import pytest

from dedupe.model import File, Header, Scan, Summary
from dedupe.report import RESULTS, UNIQUE

COUNT = 5_000
SUMMARY = Summary(COUNT, COUNT, 0, 0, 0, 0, {}, {}, {})


class Made:
    """Files that are made when they are asked for."""

    def __len__(self) -> int:
        return COUNT

    def __iter__(self):
        for i in range(COUNT):
            yield File(b"/pictures/%09d.jpg" % i, i, 3, 2, "JPEG", f"blake3:{i:064x}")


class Taking(io.TextIOWrapper):
    """A stream that keeps nothing."""

    def __init__(self) -> None:
        super().__init__(io.BufferedWriter(Nothing()), encoding="utf-8")


class Nothing(io.RawIOBase):
    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        return len(data)


@pytest.mark.parametrize(("forms", "form"), [(UNIQUE, "table"), (UNIQUE, "json"), (UNIQUE, "csv"), (RESULTS, "csv")])
def test_no_file_is_held_while_they_are_written(forms, form):
    scan = Scan(Header("scan", (), {}), [], [], SUMMARY, alone=Made())
    write, stream = forms.writer(form), Taking()
    tracemalloc.start()
    try:
        write(scan, stream)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1 << 20, "5,000 files would take 2 MB and more"


def test_rows_of_all_files_have_the_columns_that_any_has():
    class Odd(Made):
        def __iter__(self):
            yield from super().__iter__()
            yield File(b"\xff.jpg", 1, 3, 2, "JPEG", "blake3:0", links=(b"a|b",))

    text = io.StringIO()
    RESULTS.writer("csv")(Scan(Header("scan", (), {}), [], [], SUMMARY, alone=Odd()), text)
    rows = list(standard.DictReader(io.StringIO(text.getvalue())))
    assert len(rows) == COUNT + 1 and rows[0]["path_b64"] == "" and rows[-1]["path_b64"] and rows[-1]["links_b64"]
