"""`python -m dedupe.cli` is `dedupe`."""

from dedupe.cli import main

main()
