"""imgdd on a folder: equal dHash only."""

import sys

import imgdd

if __name__ == "__main__":
    hashes = imgdd.hash(path=sys.argv[1])
    print(len(hashes), len(set(hashes.values())))
