"""Two examples for each verb, which its help ends with."""

from __future__ import annotations

EXAMPLES = {
    "scan": ("dedupe scan ~/Pictures", "dedupe scan ~/Card --reference ~/Pictures --turns=flips -o groups.csv"),
    "find": ("dedupe find cat.jpg ~/Pictures", "dedupe find cat.jpg ~/Pictures -n 5 --turns=all"),
    "compare": ("dedupe compare a.jpg b.jpg", "dedupe compare a.jpg b.jpg -v -o both.png"),
    "describe": ("dedupe describe cat.jpg -d pdq -d phash", "dedupe describe ~/Pictures -o hashes.csv"),
    "distort": (
        "dedupe distort ~/Pictures -o copies",
        "dedupe distort cat.jpg -o copies --distortions blur:sigma=2,crop",
    ),
    "train": ("dedupe train pca ~/Pictures -n 256 -o mine.onnx", "dedupe train autoencoder ~/Pictures -o mine.onnx"),
    "eval": ("dedupe eval ~/Pictures -d pdq -d phash", "dedupe eval ~/Pictures --save raw.npz --report page.html"),
    "score": ("dedupe score pairs.csv -d pdq", "dedupe score pairs.csv -d pdq -d phash --precision 0.999"),
    "calibrate": ("dedupe calibrate ~/Unrelated -d pdq", "dedupe calibrate --list"),
    "leak": ("dedupe leak data/train data/test --unique -o clean.txt", "dedupe leak data/train -o twice.html"),
    "review": ("dedupe review plan.jsonl", "dedupe review plan.jsonl --no-browser"),
    "apply": ("dedupe apply plan.tsv", "dedupe apply plan.jsonl --action quarantine=/mnt/disk/duplicates --yes"),
    "undo": ("dedupe undo", "dedupe undo --list"),
    "ignore": ("dedupe ignore a.jpg b.jpg", "dedupe ignore --remove a.jpg b.jpg"),
    "import": ("dedupe import /media/card ~/Pictures", "dedupe import /media/card ~/Pictures --yes --all-files"),
    "plugins": ("dedupe plugins", "dedupe plugins --check mean.py"),
    "cache": ("dedupe cache info", "dedupe cache prune --unmounted"),
    "help": ("dedupe help scan", "dedupe help cache prune"),
    "version": ("dedupe version", "dedupe --version"),
}


def epilog(verb: str) -> str | None:
    """The end of a verb's help, None for a verb without examples; click leaves the lines after \\b as they are."""
    return "\n".join(["\b", "Examples:", *(f"  {one}" for one in EXAMPLES[verb])]) if verb in EXAMPLES else None
