"""imagededup's PHash on a folder, as its README has it.

Its package builds a network at import, from weights that it fetches; that half is not asked for here and left out. The
torchvision of PyPI wants the CUDA build of torch; for a torch without CUDA, the operators it asks for are declared.
"""

import sys
import types

import torch

if torch.version.cuda is None:
    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
network = types.ModuleType("imagededup.methods.cnn")
network.CNN = None
sys.modules["imagededup.methods.cnn"] = network
from imagededup.methods import PHash  # noqa: E402

if __name__ == "__main__":
    hasher = PHash()
    encodings = hasher.encode_images(sys.argv[1], recursive=True)
    duplicates = hasher.find_duplicates(encoding_map=encodings, recursive=True)
    print(len(encodings), sum(bool(found) for found in duplicates.values()))
