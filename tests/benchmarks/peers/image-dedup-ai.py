"""image-dedup-ai on a folder, with its defaults."""

import sys

import image_dedup_ai

if __name__ == "__main__":
    index = image_dedup_ai.Index()
    count = index.add(sys.argv[1])
    result = index.find_duplicates()
    print(count, len(result.groups))
