"""The network that is trained for copy detection: Lite0, pooled, a linear layer, unit length; and what it is trained to do.

PyTorch is imported by what trains alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from dedupe_cnn.copy_file import HEAD
from dedupe_cnn.lite0 import DEVIATION, MEAN, Weights, blocks, ends, same_padding, strides

SMALLEST = 1e-6
"""Below any value that the cube root's slope is taken of: it is infinite at 0."""


class CopyNetwork(nn.Module):  # type: ignore[misc] # PyTorch need not be there
    """Pictures u8 (n,s,s,3) to vectors of unit length, float32 (n,d).

    Begins as the weights of Lite0 (batch norm folded in, and so frozen), the generalised mean with p = 3, and the linear layer
    that a `matrix` (1280,d) and a `mean` (1280,) of principal components are.
    """

    def __init__(self, weights: Weights, matrix: NDArray[Any], mean: NDArray[Any]) -> None:
        super().__init__()
        given = dict(weights) | {HEAD[0]: matrix.T, HEAD[1]: -(mean @ matrix)}
        self._shapes, self._strides = weights, strides(weights)
        self._names = tuple(given)
        self._parameters_of = nn.ParameterList(
            nn.Parameter(torch.from_numpy(np.array(each, np.float32))) for each in given.values()
        )

    @property
    def named(self) -> dict[str, nn.Parameter]:
        """All weights by name."""
        return dict(zip(self._names, self._parameters_of, strict=True))

    def forward(self, images: Tensor) -> Tensor:
        """See the class."""
        named = self.named
        x = ((images.permute(0, 3, 1, 2).float() - MEAN) / DEVIATION).contiguous(memory_format=torch.channels_last)
        x = functional.relu6(_convolution(x, named, "_conv_stem", 2))
        for number in range(blocks(self._shapes)):
            x = self._block(x, named, number)
        x = functional.relu6(_convolution(x, named, "_conv_head", 1))
        pooled = (x**3).mean((2, 3)).clamp_min(SMALLEST) ** (1 / 3)
        return functional.normalize(functional.linear(pooled, named[HEAD[0]], named[HEAD[1]]))

    def _block(self, x: Tensor, named: dict[str, nn.Parameter], number: int) -> Tensor:
        name, stride, start = f"_blocks.{number}", self._strides[number], x
        if f"{name}._expand_conv.weight" in named:
            x = functional.relu6(_convolution(x, named, f"{name}._expand_conv", 1))
        x = functional.relu6(_convolution(x, named, f"{name}._depthwise_conv", stride))
        x = _convolution(x, named, f"{name}._project_conv", 1)
        before, after = ends(self._shapes, name)
        return x + start if stride == 1 and before == after else x


def _convolution(x: Tensor, named: dict[str, nn.Parameter], name: str, stride: int) -> Tensor:
    weight, bias = named[f"{name}.weight"], named[f"{name}.bias"]
    kernel = weight.shape[-1]
    before, after = same_padding(x.shape[-1], kernel, stride)
    groups = len(weight) if weight.shape[1] == 1 and kernel > 1 else 1
    if before == after:
        return functional.conv2d(x, weight, bias, stride, before, groups=groups)
    return functional.conv2d(functional.pad(x, (before, after, before, after)), weight, bias, stride, groups=groups)


@dataclass(frozen=True)
class Bank:
    """Vectors (m,d) of pictures of earlier batches, at most so many, and the numbers (m,) of these pictures."""

    vectors: Tensor
    numbers: Tensor

    def with_newest(self, vectors: Tensor, numbers: Tensor, most: int) -> Bank:
        """The newest `most` of these and of others."""
        return Bank(torch.cat([vectors.detach(), self.vectors])[:most], torch.cat([numbers, self.numbers])[:most])


def contrast(vectors: Tensor, numbers: Tensor, before: Bank, temperature: float) -> Tensor:
    """How badly pictures and their copies, unit vectors (n,v,d) with the picture first, find each other among others.

    The mean over pairs of a picture and a copy, each as the query once, of -log(e^s / (e^s + sum of e^s of other pictures and
    their copies)), s = cosine / temperature: InfoNCE (van den Oord et al. 2018). Two copies need not look like each other: they
    may be different parts. To the others belong those that `before` holds of other pictures than `numbers` (n,): a memory
    across batches (Wang et al. 2020).
    """
    n, v, _ = vectors.shape
    flat, picture = vectors.flatten(0, 1), numbers.repeat_interleave(v)
    similar = flat @ flat.T / temperature
    old = (flat @ before.vectors.T / temperature).masked_fill(picture[:, None] == before.numbers, -torch.inf)
    new = similar.masked_fill(picture[:, None] == picture, -torch.inf)
    others = torch.cat([new, old], 1).logsumexp(1)
    wholes = torch.arange(n, device=flat.device).repeat_interleave(v - 1) * v
    copies = wholes + torch.arange(1, v, device=flat.device).repeat(n)
    pairs = similar[wholes, copies]
    return torch.stack([torch.logaddexp(pairs, others[each]) - pairs for each in (wholes, copies)]).mean()


def spread(vectors: Tensor) -> Tensor:
    """How closely pictures, unit vectors (n,d), lie to their nearest neighbours: the mean of -log of the distance.

    KoLeo (Sablayrolles et al. 2019).
    """
    similar = vectors @ vectors.T
    nearest = similar.masked_fill(torch.eye(len(vectors), dtype=torch.bool, device=vectors.device), -1).amax(1)
    return -((2 - 2 * nearest).clamp_min(SMALLEST).log() / 2).mean()
