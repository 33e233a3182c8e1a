"""FAISS's hash index of hashes with themselves, equal ones left out: python faiss_multi_hash.py HASHES.npy RADIUS.

One table more than the radius: each two within it agree in the bits of one, so that it misses nothing.
"""

import json
import sys
import time

import faiss
import numpy as np

BLOCK = 100_000

if __name__ == "__main__":
    hashes, radius = np.unique(np.load(sys.argv[1]), axis=0), int(sys.argv[2])
    bits = 8 * hashes.shape[1]
    start = time.perf_counter()
    used = time.process_time()
    index = faiss.IndexBinaryMultiHash(bits, radius + 1, bits // (radius + 1))
    index.add(hashes)
    found = 0
    for at in range(0, len(hashes), BLOCK):
        limits, _, _ = index.range_search(hashes[at : at + BLOCK], radius + 1)  # FAISS gives what is below a radius
        found += int(limits[-1])
    seconds = {"wall": time.perf_counter() - start, "processor": time.process_time() - used}
    print(
        json.dumps(
            {
                **seconds,
                "pairs": (found - len(hashes)) // 2,
                "recall": None,
                "index": "IndexBinaryMultiHash",
                "version": faiss.__version__,
            }
        )
    )
