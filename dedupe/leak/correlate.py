"""The compiled loops behind `aligned`: edges of two small pictures held against each other, shifted a little."""

from __future__ import annotations

from typing import Any

from dedupe.kernels import kernel


@kernel()
def product(a: Any, b: Any, dy: int, dx: int) -> int:
    """The sum of products of a (2,h,w) and b (2,h,w), b shifted by (dy, dx), over the part that both cover."""
    h, w = a.shape[1], a.shape[2]
    total = 0
    for k in range(2):
        for y in range(max(0, -dy), min(h, h - dy)):
            low, high = max(0, -dx), min(w, w - dx)
            row, other = a[k, y, low:high], b[k, y + dy, low + dx : high + dx]
            for x in range(high - low):
                total += row[x] * other[x]
    return total


@kernel()
def squares(b: Any, dy: int, dx: int) -> int:
    """The sum of squares of b (2,h,w), shifted by (dy, dx), over the part that an unshifted one covers."""
    h, w = b.shape[1], b.shape[2]
    total = 0
    for k in range(2):
        for y in range(max(0, dy), min(h, h + dy)):
            row = b[k, y, max(0, dx) : min(w, w + dx)]
            for x in range(len(row)):
                total += row[x] * row[x]
    return total


@kernel("void(i2[:,:,:,::1], i8, f8[:,::1])")
def norms(A: Any, shift: int, out: Any) -> None:
    """The sums of squares of each of A (n,2,h,w) in each shift of at most `shift` each way, into out (n,(2 shift + 1)^2)."""
    side = 2 * shift + 1
    for i in range(len(A)):
        for s in range(side * side):
            out[i, s] = squares(A[i], s // side - shift, s % side - shift)


@kernel("void(i2[:,:,:,::1], f8[:,::1], i2[:,:,:,::1], f8[:,::1], i8[::1], i8[::1], i8, f8[::1])", error_model="numpy")
def correlate(A: Any, of_A: Any, B: Any, of_B: Any, left: Any, right: Any, shift: int, out: Any) -> None:
    """The largest correlation of A[left[i]] and B[right[i]] over shifts of at most `shift` each way, into out (k,).

    A (n,2,h,w) and B (m,2,h,w) are edges, `of_A` and `of_B` their `norms`. Sums of whole numbers are exact, so both orders
    give the same. 0 where there is no edge at all.
    """
    side = 2 * shift + 1
    last = side * side - 1
    for i in range(len(left)):
        a, b = left[i], right[i]
        best = 0.0
        for s in range(last + 1):
            below = of_A[a, last - s] * of_B[b, s]
            above = float(product(A[a], B[b], s // side - shift, s % side - shift))
            if above > 0.0 and below > 0.0:
                best = max(best, above / below**0.5)
        out[i] = best
