"""A program that has used OpenCV itself can have pictures judged: its threads do not come along with a fork."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pictures import photo

PROGRAM = """
import sys
import cv2
import numpy as np
cv2.setNumThreads(8)
cv2.GaussianBlur(np.zeros((3000, 3000, 3), np.uint8), (0, 0), 3)  # by all eight
import dedupe
found = dedupe.scan(sys.argv[1:], descriptor="pdq", cache="none", workers=1)
print([member.kind for group in found.groups for member in group.members], cv2.getNumThreads())
"""


def test_a_program_with_threads_of_opencv_is_answered(tmp_path: Path) -> None:
    image = photo(0)
    image.save(tmp_path / "a.png")
    image.save(tmp_path / "b.jpg", quality=90)
    ran = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM, str(tmp_path)], capture_output=True, text=True, timeout=100
    )
    assert ran.stdout.split("\n")[0] == "['re-encoded'] 8", ran.stderr
