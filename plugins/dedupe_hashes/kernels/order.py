"""The middle value of a few numbers."""

from __future__ import annotations

from typing import Any

from dedupe import kernel


@kernel()
def smallest(values: Any, k: int) -> float:
    """The number that would stand at index k if `values` were sorted; reorders them (Hoare's selection)."""
    low, high = 0, values.size - 1
    while low < high:
        pivot, i, j = values[(low + high) // 2], low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if k <= j:
            high = j
        elif k >= i:
            low = i
        else:
            break
    return values[k]  # type: ignore[no-any-return]


@kernel()
def middle(values: Any) -> float:
    """The median of an even count, the mean of the middle two; reorders them."""
    upper = smallest(values, values.size // 2)
    lower = values[0]
    for i in range(values.size // 2):
        lower = max(lower, values[i])
    return (lower + upper) / 2  # type: ignore[no-any-return]
