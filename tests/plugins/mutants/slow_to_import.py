"""What keeps every promise but the one to be imported quickly."""

from __future__ import annotations

import time

from good_and_bad import Good, GoodToy

end = time.process_time() + 0.4
while time.process_time() < end:
    pass


class BadImportTime(Good):
    pass


class ToyImportTime(GoodToy):
    pass
