"""Runs a piece of the kit in a new Python process that knows the same modules."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from dedupe.loose import imported

SECONDS = 300

HEAVY = "numba PIL.Image scipy onnxruntime torch tensorflow cv2 skimage sklearn hnswlib"
"""Modules that take long to import; a plugin imports them inside the functions that use them."""

IMPORT = f"""
import time, numpy, dedupe, dedupe.model, dedupe.hookspecs
before = set(sys.modules)
start = time.process_time()
__import__(given[0].decode())
seconds = time.process_time() - start
heavy = sorted(set({HEAVY!r}.split()) & (set(sys.modules) - before))
out = " ".join([repr(seconds), *heavy]).encode()
"""


def fresh(code: str, *arguments: bytes) -> bytes:
    """What the code leaves in `out` (bytes), run in a new process with its arguments (bytes) as the list `given`.

    The process hashes strings with another seed. Raises AssertionError with the end of its stderr if it fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        for i, argument in enumerate(arguments):
            Path(folder, f"{i}.in").write_bytes(argument)
        frame = (
            "import pathlib, sys\nfolder = pathlib.Path(sys.argv[1])\n"
            f"given = [(folder / f'{{i}}.in').read_bytes() for i in range({len(arguments)})]\n"
            f"{code}\n(folder / 'out').write_bytes(out)\n"
        )
        seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
        loose = [str(one.path.parent) for one in imported()]
        path = os.pathsep.join([*(p or os.getcwd() for p in sys.path), *loose])
        done = subprocess.run(
            [sys.executable, "-c", frame, folder],
            env=os.environ | {"PYTHONPATH": path, "PYTHONHASHSEED": seed},
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, "in a new process: " + done.stderr.decode(errors="replace").strip()[-600:]
        return Path(folder, "out").read_bytes()


@cache
def import_cost(module: str, runs: int = 3) -> tuple[float, tuple[str, ...]]:
    """Processor seconds that importing the module takes after numpy and the host, the least of some runs, and what heavy came
    along.
    """
    results = [fresh(IMPORT, module.encode()).decode().split() for _ in range(runs)]
    return min(float(result[0]) for result in results), tuple(results[0][1:])


def refuse_slow_import(module: str, seconds: float) -> None:
    """Raises AssertionError if importing the module is slow or imports what is heavy."""
    taken, heavy = import_cost(module)
    assert not heavy, f"importing {module} imports {', '.join(heavy)}; import them inside the functions that use them"
    assert taken <= seconds, f"importing {module} takes {taken:.2f} s of the processor, more than {seconds} s"
