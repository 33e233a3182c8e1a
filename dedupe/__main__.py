"""`python -m dedupe` is `dedupe`."""

from dedupe.cli import main

main()
