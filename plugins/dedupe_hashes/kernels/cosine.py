"""The first coefficients of a discrete cosine transform of type II."""

from __future__ import annotations

from typing import Any

from dedupe import kernel


@kernel()
def cosine_rows(values: Any, keep: int, table: Any, odd: Any, out: Any) -> None:
    """out[k,x] = sum over y of values[y,x] cos(pi k (2y+1) / 2n) for k < keep; `values` (n,m) is overwritten.

    `table` holds cos(pi i / 2n) for i < 4n; `odd` (n // 2, m) is scratch. Sums and differences of mirrored rows are taken
    first (the even coefficients are those of the folded half): what cancels then cancels exactly, so that coefficients
    of a flat or striped picture are zero and not noise, and the work is a third.
    """
    n, width, step = values.shape[0], values.shape[1], 1
    while n % 2 == 0 and step < keep:
        for y in range(n // 2):
            top, bottom, difference = values[y], values[n - 1 - y], odd[y]
            for x in range(width):
                difference[x] = top[x] - bottom[x]
                top[x] = top[x] + bottom[x]
        n //= 2
        for k in range(step, keep, 2 * step):
            _project(odd, n, k, table, out[k])
        step *= 2
    for k in range(step, keep, step):
        _project(values, n, k, table, out[k])
    _project(values, n, 0, table, out[0])


@kernel()
def _project(values: Any, n: int, k: int, table: Any, out: Any) -> None:
    out[:] = 0
    at = k
    for y in range(n):
        weight, row = table[at], values[y]
        for x in range(out.size):
            out[x] += row[x] * weight
        at = (at + 2 * k) % table.size
