"""What brings a heavy module along when it is imported."""

from __future__ import annotations

import PIL.Image
from good_and_bad import Good


class HeavyImportTime(Good):
    opener = PIL.Image.open
