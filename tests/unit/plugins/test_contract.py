"""What a hook returns is held against the contract, and what breaks it is described."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dedupe.describe.workers.shapes import vector_dtype
from dedupe.errors import UsageError
from dedupe.model import Decode, Metric
from dedupe.plugins import load
from dedupe.plugins.contract import decoder_problem, descriptor_problem
from plugin_sources import GOOD, Grid, Installer, file


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def dedupe_descriptors(): return []", "dedupe_descriptors is not marked with @hookimpl"),
        ("@dedupe.hookimpl\ndef dedupe_descriptor(): return []", "not a hook.*Did you mean 'dedupe_descriptors'"),
        ("@dedupe.hookimpl\ndef dedupe_descriptors(config): return []", "PluginValidationError"),
        ("@dedupe.hookimpl\ndef dedupe_descriptors(): return {'a': 1}", "returned a dict, not a list"),
        ("@dedupe.hookimpl\ndef dedupe_descriptors(): return [None]", "None, which cannot be called"),
        ("@dedupe.hookimpl\ndef dedupe_descriptors(): return [Good()]", "give the class, not an instance"),
        ("@dedupe.hookimpl\ndef dedupe_descriptors(): return [Good, Good]", "two descriptors named 'good'"),
        ("@dedupe.hookimpl\ndef dedupe_descriptors(): return [object]", "object has no `name`"),
        ("@dedupe.hookimpl\ndef dedupe_descriptors(): return [lambda n: n]", "TypeError"),
        ("@dedupe.hookimpl\ndef dedupe_descriptors(): raise KeyError('x')", "KeyError: 'x'"),
        ("@dedupe.hookimpl\ndef dedupe_decoders(): return [Good()]", "Good has no `suffixes`"),
        (
            "@dedupe.hookimpl\ndef dedupe_decoders(): return [Good]",
            "Good is a class; dedupe_decoders returns instances",
        ),
    ],
)
def test_a_hook_that_returns_something_else_fails_its_plugin(
    install: Installer, tmp_path: Path, source: str, message: str
) -> None:
    head = "import dedupe\n" + GOOD.format(name="good").split("@hookimpl")[0]
    path = file(tmp_path, "loose_hooks.py", head + source)
    with pytest.raises(UsageError, match=message):
        load([path])


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [
        ("name", "a:b", r"Grid\.name is 'a:b'"),
        ("name", 7, r"Grid\.name is 7"),
        ("version", 1, r"Grid\.version is 1; it must be a string"),
        ("metric", "manhattan", "'hamming', 'cosine', 'l2' or a Metric"),
        ("decode", (8, 8), "must be a Decode"),
        ("decode", Decode((8, 0)), "must be .width, height. in pixels"),
        ("decode", Decode((8, 8), mode="CMYK"), "'L' or 'RGB'"),  # type: ignore[arg-type]
        ("threshold", float("nan"), "finite distance"),
        ("threshold", "3", "finite distance"),
        ("threshold", True, "finite distance"),
        ("describe", None, "describe is not a method"),
        ("dtype", "float16", "dtype is 'float16'; the metric .* takes "),
    ],
)
def test_a_descriptor_with_a_wrong_attribute_is_described(attribute: str, value: object, message: str) -> None:
    broken = type("Grid", (Grid,), {attribute: value})()
    assert descriptor_problem(Grid()) is None
    assert re.search(message, descriptor_problem(broken) or "")


@pytest.mark.parametrize(
    ("metric", "dtype", "wanted"),
    [
        ("hamming", None, "uint8"),
        ("hamming", "bits", "uint8"),
        ("cosine", None, "float32"),
        ("cosine", "int8", "int8"),
        (Metric("own", "int16", lambda A, B: A), None, "int16"),
    ],
)
def test_vectors_have_the_dtype_that_is_declared(metric: Any, dtype: str | None, wanted: str) -> None:
    made: Any = type("Grid", (Grid,), {"metric": metric, "dtype": dtype})()
    assert descriptor_problem(made) is None
    assert vector_dtype(made) == np.dtype(wanted)


def test_a_plugin_s_own_metric_is_fine() -> None:
    own = Metric("own", "uint8", lambda A, B: np.zeros((len(A), len(B)), np.float32))
    assert descriptor_problem(type("Grid", (Grid,), {"metric": own})()) is None


def test_a_parameter_that_is_not_kept_is_described() -> None:
    class Forgets(Grid):
        def __init__(self, bits: int = 64) -> None:
            super().__init__()

    assert descriptor_problem(Forgets()) == "Forgets does not keep its parameter `bits` as an attribute of that name."


@pytest.mark.parametrize("suffix", ["toy", ".TOY", ".a.b", ".", ""])
def test_a_decoder_with_a_wrong_suffix_is_described(suffix: str) -> None:
    class Toy:
        name, version, suffixes = "toy", "1", (suffix,)

        def matches(self, head: bytes) -> bool:
            return False

        def decode(self, stream: Any, want: Any) -> Any: ...

    problem = decoder_problem(Toy())
    assert problem is not None
    assert repr(suffix) in problem
    Toy.suffixes = (".toy",)
    assert decoder_problem(Toy()) is None
