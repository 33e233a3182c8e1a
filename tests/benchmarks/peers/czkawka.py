"""czkawka's bindings on a folder, with their defaults."""

import sys
from pathlib import Path

import czkawka

if __name__ == "__main__":
    finder = czkawka.ImageSimilarity()
    finder.set_directories([Path(sys.argv[1])])
    groups = finder.find_similar()
    print(sum(map(len, groups)), len(groups))
