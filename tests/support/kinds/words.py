"""Words to write on pictures."""

from __future__ import annotations

import numpy as np

WORDS = (
    "river stone maple garden winter table music coffee harbour silver window market paper engine yellow bridge candle "
    "forest orange planet rabbit summer button kitchen letter mirror pocket school ticket valley wallet anchor basket "
    "carpet dragon eleven flight guitar hammer island jacket kettle ladder magnet needle office pencil quartz ribbon"
)


def say(rng: np.random.Generator, count: int) -> str:
    """So many words, drawn."""
    words = WORDS.split()
    return " ".join(words[i] for i in rng.integers(0, len(words), count))
