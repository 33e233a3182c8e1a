"""Format, lint and types, so that one command checks everything."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CHECKS = {
    "format": ["ruff", "format", "--check", "--quiet", "."],
    "lint": ["ruff", "check", "--quiet", "."],
    "types": ["mypy", "--no-error-summary"],
}


@pytest.mark.parametrize("check", CHECKS)
def test_house(check: str) -> None:
    """Caches are kept beside the source: without one mypy takes half a minute each time."""
    done = subprocess.run([sys.executable, "-P", "-m", *CHECKS[check]], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_where_the_larger_data_stands_is_said_by_one_fixture() -> None:
    """So that DEDUPE_TEST_DATA holds for every test."""
    tests = (ROOT / "tests").rglob("*.py")
    assert [path.name for path in tests if re.search(r'/ ["]shared["]', path.read_text("utf-8"))] == ["conftest.py"]
