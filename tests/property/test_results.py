"""A result that is written, read back and written again is the same text, whatever is in it."""

from __future__ import annotations

import io
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dedupe.report import RESULTS, UNIQUE
from dedupe.results import (
    Calibrated,
    Compared,
    Comparison,
    Copies,
    Described,
    Description,
    Evaluation,
    Failure,
    File,
    Found,
    Group,
    Header,
    Judged,
    Leaked,
    LeakGroup,
    Leaks,
    LeakSummary,
    Match,
    Measured,
    Member,
    Null,
    Reported,
    Result,
    Scan,
    Summary,
    Verdict,
    read,
)

QUICK = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])

counts = st.integers(0, 2**63)
names = st.text(min_size=1, max_size=6)
paths = st.binary(min_size=1, max_size=8) | names.map(lambda name: name.encode("utf-8", "surrogatepass"))
floats = st.floats(allow_nan=True, allow_infinity=True) | st.integers(0, 300).map(float)
known = st.none() | st.floats(0, 1)
tallies = st.dictionaries(names, counts, max_size=2)
distances = st.dictionaries(names, floats, max_size=2)
rates = st.dictionaries(st.sampled_from(["1e-4", "1e-5"]), known)
intervals = st.dictionaries(st.sampled_from(["1e-4", "1e-5"]), st.none() | st.tuples(st.floats(0, 1), st.floats(0, 1)))
turns = st.sampled_from(["none", "hflip", "rotate90"])
kinds = st.none() | st.just("same-bytes")
labels = st.none() | names
json_values = st.none() | st.booleans() | counts | names | st.lists(names, max_size=2)

headers = st.builds(
    Header,
    command=st.just("-"),
    descriptors=st.lists(names).map(tuple),
    thresholds=distances,
    expected_false_pairs=st.none() | st.floats(0, 1),
    notes=st.lists(names, max_size=2).map(tuple),
    own_calibrations=st.lists(names, max_size=2).map(tuple),
    version=names,
    time=names,
    command_line=st.none() | st.lists(names).map(tuple),
    roots=st.lists(paths, max_size=2).map(tuple),
    references=st.lists(paths, max_size=2).map(tuple),
    options=st.dictionaries(names, json_values, max_size=2),
    bits=st.dictionaries(names, st.integers(1, 4096), max_size=2),
)
files = st.builds(
    File, paths, counts, counts, counts, names, names, st.just(None), st.lists(paths, max_size=2).map(tuple)
)
failures = st.lists(st.builds(Failure, paths, names, names, names), max_size=2)
seconds = st.dictionaries(names, st.floats(0, 1e6), max_size=2)
summaries = st.builds(Summary, *[counts] * 6, tallies, tallies, seconds)
leak_summaries = st.builds(LeakSummary, *[counts] * 8, tallies, tallies, tallies, seconds)
members = st.builds(Member, files, distances, turns, kinds)
leaked = st.builds(Leaked, files, labels, distances, turns, kinds, names)
descriptions = st.builds(
    Description,
    paths,
    names,
    st.lists(st.integers(0, 255)).map(lambda v: np.array(v, np.uint8))
    | st.lists(st.floats(width=32)).map(lambda v: np.array(v, np.float32)),
    names,
)
bins = st.sampled_from([0.0005, 0.003, 0.25, 1.0, 2.0, 6.0])
measured = st.builds(
    Measured, names, names, names, counts, known, known, known, known, known, rates, intervals,
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=2), bins, st.lists(counts, max_size=64),
)  # fmt: skip
results = st.builds(
    Result, names, names, counts, known, known, known, known, known, rates, intervals, st.lists(counts, max_size=3)
)
reported = st.builds(
    Reported, names, counts, known, known, st.none() | st.tuples(st.floats(0, 1), st.floats(0, 1)),
    st.dictionaries(st.sampled_from(["edited", "variant"]), counts), counts,
)  # fmt: skip
verdicts = st.builds(
    Verdict, names, counts, counts, known, st.floats(0, 1), known, known, st.floats(0, 1), known, known
)
nulls = st.builds(
    Null, names, names, paths, counts, counts, st.floats(0, 1), rates.filter(lambda r: None not in r.values())
)


def some(each):
    return st.lists(each, min_size=1, max_size=3)


def made(kind: type, command: str, *parts) -> st.SearchStrategy:
    named = headers.map(
        lambda header: Header(**{f.name: getattr(header, f.name) for f in fields(header)} | {"command": command})
    )
    return st.builds(kind, named, *parts)


RESULT = {
    "scan": made(Scan, "scan", some(st.builds(Group, files, some(members).map(tuple))), failures, summaries),
    "find": made(Found, "find", some(st.builds(Match, paths, files, distances, turns)), failures, summaries),
    "compare": made(
        Compared, "compare", some(st.builds(Comparison, paths, paths, names, floats, floats, st.booleans(), turns)),
        failures, summaries,
    ),
    "describe": made(Described, "describe", some(descriptions), failures, summaries),
    "leak": made(
        Leaks, "leak", some(st.builds(LeakGroup, files, labels, some(leaked).map(tuple))), failures, leak_summaries
    ),
    "eval": made(
        Evaluation, "eval", counts, counts, names, st.lists(names).map(tuple), some(measured), some(results), failures,
        summaries, some(reported),
    ),
    "score": made(Judged, "score", some(verdicts), failures, summaries),
    "calibrate": made(Calibrated, "calibrate", some(nulls), failures, summaries),
    "distort": made(Copies, "distort", paths, counts, tallies, failures, tallies, seconds),
}  # fmt: skip


def written(result, forms=RESULTS) -> str:
    stream = io.StringIO()
    forms.writer("json")(result, stream)
    return stream.getvalue()


@pytest.mark.parametrize("command", RESULT)
@QUICK
@given(data=st.data())
def test_written_read_and_written_again_is_the_same(command, data):
    result = data.draw(RESULT[command])
    text = written(result)
    back = read(io.StringIO(text))
    assert type(back) is type(result) and written(back) == text
    more = (
        "".join(f'{{"later":{{"version":3}},{line[1:]}' for line in text.splitlines(keepends=True))
        + '{"type":"of a later version"}\n'
    )
    assert written(read(io.StringIO(more))) == text, "what is not known is passed over"


@QUICK
@given(headers, some(files), summaries)
def test_unique_files_too(header, alone, summary):
    header = Header(**{f.name: getattr(header, f.name) for f in fields(header)} | {"command": "scan"})
    text = written(Scan(header, [], [], summary, alone=sorted(alone, key=lambda one: one.path)), UNIQUE)
    assert written(read(io.StringIO(text)), UNIQUE) == text
