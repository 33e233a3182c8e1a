"""Kernels with a numba that lacks the private parts of it that ours are made of: numba compiles and keeps them itself."""

from __future__ import annotations

import subprocess
import sys

import pytest

LACKING = {
    "machine code": """
import sys
sys.modules["dedupe.kernels.numba_cache"] = None  # as where importing it fails
from dedupe.kernels import compiled

def lacking(library):
    raise AttributeError("_final_module")

compiled._self_contained = lacking
""",
    "an option": """
import sys
sys.modules["dedupe.kernels.numba_cache"] = None
from dedupe.kernels import compiled
jitted = compiled._jitted

def lacking(function, options):
    if "_nrt" in options:
        raise KeyError("Unrecognized options: {'_nrt'}")
    return jitted(function, options)

compiled._jitted = lacking
""",
}

CODE = """
from dedupe.kernels import kernel

@kernel("f8(f8[::1])")
def least(values):
    found = values[0]
    for each in values:
        found = min(found, each)
    return found

import numpy as np
print(least(np.array([3.0, 1.0, 2.0])))
"""


@pytest.mark.parametrize("lacking", LACKING.values(), ids=LACKING)
def test_a_numba_without_its_private_parts_still_runs_kernels(lacking, tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "kept"))
    script = tmp_path / "least.py"
    script.write_text(lacking + CODE)
    for _ in range(2):  # compiled, then from where numba keeps it
        ran = subprocess.run([sys.executable, script], capture_output=True, text=True, cwd=tmp_path, check=False)
        assert (ran.returncode, ran.stdout) == (0, "1.0\n"), ran.stderr
    assert list((tmp_path / "kept").rglob("*.nbc"))
