"""Kernels with a numba that lacks the private parts of it that ours are made of: numba compiles and keeps them itself."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
sys.modules["dedupe.kernels.numba_cache"] = None  # as where importing it fails
from dedupe.kernels import compiled, kernel

def lacking(library):
    raise AttributeError("_final_module")

compiled._self_contained = lacking

@kernel("f8(f8[::1])")
def least(values):
    found = values[0]
    for each in values:
        found = min(found, each)
    return found

import numpy as np
print(least(np.array([3.0, 1.0, 2.0])))
"""


def test_a_numba_without_its_private_parts_still_runs_kernels(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "kept"))
    script = tmp_path / "least.py"
    script.write_text(CODE)
    for _ in range(2):  # compiled, then from where numba keeps it
        ran = subprocess.run([sys.executable, script], capture_output=True, text=True, cwd=tmp_path, check=False)
        assert (ran.returncode, ran.stdout) == (0, "1.0\n"), ran.stderr
    assert list((tmp_path / "kept").rglob("*.nbc"))
