"""FAISS's inverted file over rows with themselves: python faiss_inverted.py ROWS.npy DISTANCE.

Cells and how many of them are looked at as dedupe has them at most; of pairs it finds those by the rows as floats. Recall is
measured on the same number of sampled rows.
"""

import json
import sys
import time

import faiss
import numpy as np

PROBES, SAMPLED, BLOCK = 48, 384, 20_000

if __name__ == "__main__":
    faiss.omp_set_num_threads(1)
    X, near = np.load(sys.argv[1]).astype(np.float32), 1 - float(sys.argv[2])
    X = np.unique(X, axis=0)
    faiss.normalize_L2(X)
    n, d = X.shape
    start, used = time.perf_counter(), time.process_time()
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(d), d, int(2 * n**0.5), faiss.METRIC_INNER_PRODUCT)
    index.train(X[np.random.default_rng(0).choice(n, min(n, 64 * int(n**0.5)), replace=False)])
    index.add(X)
    index.nprobe = PROBES
    pairs = 0
    for at in range(0, n, BLOCK):
        limits, _, _ = index.range_search(X[at : at + BLOCK], near)
        pairs += int(limits[-1])
    seconds = {"wall": time.perf_counter() - start, "processor": time.process_time() - used}
    some = X[np.random.default_rng(1).choice(n, SAMPLED, replace=False)]
    right = int(np.count_nonzero(some @ X.T > near)) - SAMPLED
    found = int(index.range_search(some, near)[0][-1]) - SAMPLED
    about = {"recall": found / max(1, right), "index": "IndexIVFFlat", "version": faiss.__version__}
    print(json.dumps({**seconds, "pairs": (pairs - n) // 2, **about}))
