"""Checkpoints that are broken or hostile: one sentence, and nothing that they ask for is called."""

from __future__ import annotations

import io
import os
import pickle
import struct
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

from dedupe import DedupeError
from torch_checkpoint import MAGIC, PROTOCOL, read_checkpoint


class Evil:
    def __reduce__(self):
        return os.system, ("echo hacked > hacked.txt",)


def checkpoint(state: object, protocol: int = 2) -> bytes:
    out = io.BytesIO()
    for part in (MAGIC, PROTOCOL, {"little_endian": True}, state, []):
        out.write(pickle.dumps(part, protocol=protocol))
    return out.getvalue()


@pytest.mark.parametrize("state", [Evil(), {"a": Evil()}, np.ones(3), Path("x")])
def test_a_checkpoint_that_asks_for_more_is_refused(state, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DedupeError, match=r"asks for .*, which no list of weights needs"):
        read_checkpoint(io.BytesIO(checkpoint(state)))
    assert list(tmp_path.iterdir()) == []


def test_builtins_are_refused_too():
    for call in (b"cbuiltins\neval\n(S'1'\ntR.", b"c__builtin__\nexec\n(S'1'\ntR."):
        with pytest.raises(DedupeError, match="asks for"):
            read_checkpoint(io.BytesIO(call))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", pickle.dumps(1), checkpoint({})[:-3], checkpoint(3)])
def test_what_is_no_checkpoint(content):
    with pytest.raises(DedupeError, match="checkpoint"):
        read_checkpoint(io.BytesIO(content))


def torch_like(size: tuple[int, ...], stride: tuple[int, ...], offset: int = 0, stored: int = 6) -> bytes:
    """A checkpoint with one tensor of six floats, its pickle written by hand as PyTorch's is."""

    def numbers(values: tuple[int, ...]) -> bytes:
        return b"(" + b"".join(b"I%d\n" % value for value in values) + b"t"

    storage = b"((S'storage'\nctorch\nFloatStorage\nS'7'\nS'cpu'\nI6\nNtQ"
    rebuild = b"ctorch._utils\n_rebuild_tensor_v2\n" + storage + b"I%d\n" % offset + numbers(size) + numbers(stride)
    state = b"\x80\x02(dS'w'\n" + rebuild + b"I00\nccollections\nOrderedDict\n)RtRs."
    state = state.replace(b"\x80\x02(d", b"\x80\x02}").replace(b"}S'w'", b"}S'w'")
    out = b"".join(pickle.dumps(part, protocol=2) for part in (MAGIC, PROTOCOL, {"little_endian": True}))
    return (
        out + state + pickle.dumps(["7"], protocol=2) + struct.pack("<q", stored) + np.arange(6, dtype="<f4").tobytes()
    )


def test_strided_tensors_are_read():
    (found,) = read_checkpoint(io.BytesIO(torch_like((2, 3), (3, 1)))).values()
    assert found.tolist() == [[0, 1, 2], [3, 4, 5]]
    (found,) = read_checkpoint(io.BytesIO(torch_like((3, 2), (1, 3)))).values()
    assert found.tolist() == [[0, 3], [1, 4], [2, 5]]


@pytest.mark.parametrize("wrong", [((2, 4), (3, 1)), ((2, 3), (-3, 1)), ((2, 3), (3, 1), 1), ((2, 3), (3, 1), 0, 5)])
def test_tensors_beyond_their_storage_are_refused(wrong):
    with pytest.raises(DedupeError, match="checkpoint that can be read"):
        read_checkpoint(io.BytesIO(torch_like(*wrong)))


def test_an_ordered_dict_of_nothing_is_read():
    assert read_checkpoint(io.BytesIO(checkpoint(OrderedDict()))) == {}


@pytest.mark.parametrize("what", [b"ctorch\nFloatStorage\n", b"ctorch._utils\n_rebuild_tensor_v2\n"])
def test_a_pickle_cannot_change_what_it_is_given(what):
    for state in (b"(dS'dtype'\nS'<f8'\ns", b"(N(dS'dtype'\nS'<f8'\nst", b"(N(dS'__call__'\nS'no'\nst"):
        with pytest.raises(DedupeError, match="checkpoint"):
            read_checkpoint(io.BytesIO(what + state + b"b."))
    (found,) = read_checkpoint(io.BytesIO(torch_like((2, 3), (3, 1)))).values()
    assert found.dtype == np.float32 and found.tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize("wrong", [((6, 6), (1, 0)), ((4, 3), (1, 1))])
def test_tensors_larger_than_their_storage_are_refused(wrong):
    with pytest.raises(DedupeError, match="checkpoint that can be read"):
        read_checkpoint(io.BytesIO(torch_like(*wrong)))
