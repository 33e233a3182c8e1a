"""What every kernel gives on small inputs, and which of them nothing here calls: printed as JSON, to be compared."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from dedupe import search
from dedupe.decode import image_for, quality, read_picture
from dedupe.group import Neighbours, group
from dedupe.judge.block_kernels import sum_products
from dedupe.kernels import Kernel
from dedupe.leak.aligned import Aligned, block
from dedupe.model import Decode
from dedupe.plugins import load
from pictures import encoded

CALLED: set[Any] = set()
HASHES = ["ahash", "dhash", "phash", "whash", "pdq", "bmb", "dct", "radial"]
SLOW = ["mh"] if "--full" in sys.argv else []
"""What takes ten seconds in Python."""


def noted(self: Kernel[..., Any], *args: Any) -> Any:
    """Calls a kernel, and notes which."""
    CALLED.add(self.py_func)
    return CALL(self, *args)


CALL, Kernel.__call__ = Kernel.__call__, noted  # type: ignore[method-assign]


def drawn(height: int, width: int) -> Image.Image:
    """Smooth colours with some noise."""
    rng = np.random.default_rng(height)
    small = Image.fromarray(rng.integers(0, 256, (5, 7, 3), np.uint8)).resize((width, height), Image.Resampling.BICUBIC)
    noise = rng.integers(-9, 10, (height, width, 3))
    return Image.fromarray(np.clip(np.asarray(small) + noise, 0, 255).astype(np.uint8))


def pictures() -> Iterator[tuple[str, Any]]:
    """Hashes and arrays of a picture whose sides are kept, one whose sides are reduced, and a JPEG that is read at an eighth."""
    found = load()
    files = {
        "small": encoded(drawn(60, 70), "PNG"),
        "reduced": encoded(drawn(40, 700), "PNG"),
        "halved": encoded(drawn(24, 1100), "PNG"),
        "eighth": encoded(drawn(40, 3840), "JPEG"),
    }
    for name, data in files.items():
        for source in ("working", "full") if name == "halved" else ("working",):
            picture = read_picture(data, (), rgb=True, full=source == "full", pixel_cap=10**8)
            for kind in HASHES if source == "working" else (*HASHES, *SLOW):
                descriptor = found.descriptor(f"{kind}:source={source}")
                image = image_for(picture, descriptor.decode, "none")
                yield f"{name} {source} {kind}", descriptor.describe(image[None] if descriptor.decode.size else [image])
            for resample in ("bilinear", "bicubic"):
                yield (
                    f"{name} {source} {resample}",
                    image_for(picture, Decode((20, 9), "RGB", source, resample), "none"),
                )
            yield f"{name} {source} grey", image_for(picture, Decode((20, 9), "L", source), "none")
        plain = read_picture(data, (), rgb=False, full=False, pixel_cap=10**8)
        yield f"{name} luma", plain.luma
        yield f"{name} quality", quality(plain.luma)
    photo = read_picture(encoded(drawn(60, 70), "JPEG"), (), rgb=True, full=False, pixel_cap=10**8)
    yield "colour", photo.rgb


def others() -> Iterator[tuple[str, Any]]:
    """Pairs of rows, groups of them, correlations."""
    rng = np.random.default_rng(0)
    for width, t in ((8, 3), (16, 5), (24, 5), (32, 9)):
        X = rng.integers(0, 256, (60, width), np.uint8)
        X[:, np.arange(width) % (width // 4) > 0] = 0  # bands of many bits take long to go through
        X[20:40] = X[:20] ^ (np.arange(width) == 3).astype(np.uint8)
        for index in ("exact", "multi-index"):
            found = search.join(X, "hamming", t, index=index)
            crossed = search.cross(X[:30], X[30:], "hamming", t, index=index)
            for name, pairs in (("join", found.pairs), ("cross", crossed.pairs)):
                yield f"{width} {index} {name}", np.stack([pairs.left, pairs.right, pairs.distance.astype(np.int64)])
    rows = np.arange(len(X))
    near = Neighbours("pdq", rows, np.zeros(len(X), np.float32), found.pairs)
    yield "groups", repr(group(rows, [near]))
    radial = load().descriptor("radial").metric
    yield "radial distance", radial.block(*rng.integers(0, 256, (2, 9, 40), np.uint8))
    pictures, out = rng.integers(0, 256, (2, 21, 34)).astype(np.float32), np.empty((3, 5, 8), np.float32)
    sum_products(*pictures, 4, np.empty((3, 34), np.float32), out)
    yield "gradients", out
    crops = Aligned().describe(rng.integers(0, 256, (6, 32, 32), np.uint8))
    yield "aligned", block(crops, crops)


def said(value: Any) -> str:
    """A result in a few characters."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype}{value.shape} {hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()}"
    return repr(value)


def kernels() -> Iterator[tuple[str, Kernel[..., Any]]]:
    """All that ship, by name, but for helpers."""
    folders = [Path(str(spec.origin)).parent for spec in map(find_spec, ("dedupe", "dedupe_hashes")) if spec]
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            if "kernel(" in path.read_text() and path.parent.name != "testing" and (SLOW or path.name != "mh.py"):
                module = ".".join(path.relative_to(folder.parent).with_suffix("").parts)
                for name, value in vars(import_module(module.removesuffix(".__init__"))).items():
                    if isinstance(value, Kernel) and value._run is not value.py_func:
                        yield f"{module}.{name}", value


if __name__ == "__main__":
    results = {name: said(value) for name, value in (*pictures(), *others())}
    uncalled = [name for name, value in kernels() if value.py_func not in CALLED]
    by_numba = [name for name, value in kernels() if value._run.__module__ == "dedupe.kernels.compiled"]
    about = {"uncalled": uncalled, "by_numba": by_numba, "numba": "numba" in sys.modules}
    json.dump({"results": results, **about}, sys.stdout)
