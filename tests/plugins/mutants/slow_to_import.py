"""What keeps every promise but the one to be imported quickly."""

from __future__ import annotations

import time

from good_and_bad import Good, GoodToy

time.sleep(0.7)


class BadImportTime(Good):
    pass


class ToyImportTime(GoodToy):
    pass
