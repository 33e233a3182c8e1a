"""`python -m dedupe.cli` is `dedupe`."""

from dedupe.__main__ import main

main()
