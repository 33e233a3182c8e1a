"""`head:model=FILE`: a head that `dedupe train` made."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray

from dedupe import UsageError
from dedupe_cnn.features import Features, Pooling, features
from dedupe_cnn.head import Dtype, Head, HeadMetric, kept, project
from dedupe_cnn.probe import check_head
from dedupe_cnn.safety import check_model

DIGITS = 12


class OfFile(Head):
    """What `dedupe train` wrote into a file, FILE.onnx, with its manifest FILE.json beside it."""

    name: str

    def __init__(self, *, model: Path | None = None, dtype: Dtype = "float32", metric: HeadMetric = "cosine") -> None:
        super().__init__(dtype=dtype, metric=metric)
        self.model = model

    @property
    def _digest(self) -> str:
        """Twelve digits of the model's digest in its manifest; "none" without one. Raises UsageError for a bad manifest."""
        return "none" if self.model is None else str(self._manifest()["digest"]).removeprefix("blake3:")[:DIGITS]

    @property
    def threshold(self) -> float:
        """Careful distances for what nobody has calibrated: cosine 0.1, an eighth of the bits, and 0 for "l2", whose scale
        is the model's own."""
        if self.metric == "hamming" and self.model is not None:
            return float(self._manifest()["dimensions"] // 8)
        return 0.1 if self.metric == "cosine" else 0.0

    def _known(self) -> Path:
        """The model. Raises UsageError where it is missing, no safe model, or not the one that its manifest knows."""
        manifest = self._manifest()
        assert self.model is not None, "a manifest was read beside it"
        check_model(self.model)
        if "blake3:" + blake3(self.model.read_bytes()).hexdigest() != manifest["digest"]:
            raise UsageError(f"{self.model} is not the model that its manifest describes; train it again.")
        return self.model

    def _manifest(self) -> dict[str, Any]:
        if self.model is None:
            raise UsageError(
                f"{self.name} needs a model that `dedupe train` made: -d FILE.onnx, or -d {self.name}:model=FILE.onnx."
            )
        path = self.model.with_suffix(".json")
        try:
            about = path.stat()
            return _read(path, about.st_mtime_ns, about.st_size)
        except FileNotFoundError:
            raise UsageError(f"{self.model} has no manifest {path.name} beside it; keep the two together.") from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UsageError(f"The manifest {path} cannot be read: {error}.") from None


class Trained(OfFile):
    """A head trained by `pca` or `autoencoder` (see `Head`), asked for as -d FILE.onnx.

    Its manifest says which features it was trained on and the digest of the model; a head of other features than this
    version's is refused, and so are a model that its manifest does not know and one that, tried once, does not give what
    the manifest says.
    """

    name = "head"

    @property
    def version(self) -> str:
        """Names the backbone's file and the head's; "none" without a model. Raises UsageError for a bad manifest."""
        return f"{Features().version}.{self._digest}"

    def check(self) -> None:
        """Raises UsageError where no model is named, or one that cannot be used: the sentence says why."""
        manifest = self._manifest()
        assert self.model is not None, "a manifest was read beside it"
        wanted = f"features@{Features().version}"
        if str(manifest["base"]).split("(")[0] != wanted:
            raise UsageError(
                f"{self.model} was trained on {str(manifest['base']).split('/')[0]}, and this version of dedupe has "
                f"{wanted}; train it again."
            )
        check_head(self._known(), manifest["dimensions"])

    def describe(self, images: NDArray[np.uint8]) -> NDArray[Any]:
        """Pictures u8 (n,224,224,3) to float32 or int8 (n,d), or to packed bits u8 (n,d/8)."""
        manifest = self._manifest()
        assert self.model is not None, "a manifest was read beside it"
        pooling: Pooling = "average" if "pooling=average" in manifest["base"] else "gem"
        vectors = project(self.model, features(images, pooling, self.device), int(manifest["dimensions"]))
        return kept(vectors, self.dtype, manifest["details"].get("bits") == "median")


@lru_cache(maxsize=8)
def _read(path: Path, _: int, __: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    wanted = {"base": str, "digest": str, "dimensions": int, "details": dict}
    if not all(isinstance(found[name], kind) for name, kind in wanted.items()):
        raise ValueError("it is not a manifest of `dedupe train`")
    if type(found["dimensions"]) is not int or found["dimensions"] < 1:
        raise ValueError(f"its dimensions are {found['dimensions']}; train the head again")
    return found
