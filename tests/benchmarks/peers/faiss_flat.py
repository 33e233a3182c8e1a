"""FAISS's exact range search of hashes with themselves: python faiss_flat.py HASHES.npy RADIUS."""

import json
import sys
import time

import faiss
import numpy as np

if __name__ == "__main__":
    hashes = np.load(sys.argv[1])
    index = faiss.IndexBinaryFlat(8 * hashes.shape[1])
    index.add(hashes)
    index.range_search(hashes[:100], int(sys.argv[2]) + 1)
    start = time.perf_counter()
    limits, _, _ = index.range_search(hashes, int(sys.argv[2]) + 1)  # FAISS gives what is below a radius, not at it
    wall = time.perf_counter() - start
    pairs = (int(limits[-1]) - len(hashes)) // 2
    print(json.dumps({"wall": wall, "pairs": pairs, "version": faiss.__version__}))
