"""The lab's network and its variants: layers, weights, optimisers and losses. Needs PyTorch."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install '.[train]'")

from dedupe_lab.classify.network import network, objective, optimiser  # noqa: E402
from dedupe_lab.classify.plan import VARIANTS, plan  # noqa: E402
from dedupe_lab.classify.training import Training  # noqa: E402

pytestmark = pytest.mark.usefixtures("one_thread")


def test_the_network_is_that_of_the_document():
    made = network(plan(), 2)
    shapes = [tuple(p.shape) for name, p in made.named_parameters() if name.endswith("weight")]
    assert shapes == [(64, 3, 5, 5), (64,), (64, 64, 5, 5), (256, 4096), (128, 256), (2, 128)]
    assert made(torch.zeros(3, 3, 32, 32)).shape == (3, 2)
    first = made[0]
    assert first.bias.tolist() == pytest.approx([0.1] * 64) and 0.15 < float(first.weight.detach().abs().max()) <= 0.2
    others = [layer for layer in made[1:] if isinstance(layer, torch.nn.Conv2d | torch.nn.Linear)]
    for layer in others:
        edge = layer.weight[0].numel() ** -0.5
        assert 0.9 * edge < float(layer.weight.detach().abs().max()) <= edge * (1 + 1e-6)
        assert layer.bias.any() and float(layer.bias.detach().abs().max()) <= edge * (1 + 1e-6)


def kinds(name: str) -> list[str]:
    return [type(layer).__name__ for layer in network(plan("original", name), 2)]


def weights(name: str) -> list[tuple[int, ...]]:
    """The shapes of a variant's convolutions and dense layers."""
    return [tuple(layer.weight.shape) for layer in learnt(name)]


def learnt(name: str) -> list[torch.nn.Module]:
    torch.manual_seed(0)
    made = network(plan("original", name), 2)
    return [layer for layer in made if isinstance(layer, torch.nn.Conv2d | torch.nn.Linear)]


DENSE = [(256, 4096), (128, 256), (2, 128)]
PLAIN = ["Conv2d", "BatchNorm2d", "MaxPool2d", "ReLU", "Conv2d", "MaxPool2d", "ReLU", "Flatten"]


def test_the_layers_of_every_variant():
    expected = [*PLAIN, "Linear", "ReLU", "Linear", "ReLU", "Linear"]
    deeper = {"4-layers"}
    for name in {"original", *VARIANTS} - {"elu", "tanh"} - deeper:
        assert kinds(name) == expected, name
    assert kinds("elu") == [each.replace("ReLU", "ELU") for each in expected]
    assert kinds("tanh") == [each.replace("ReLU", "Tanh") for each in expected]
    between = ["ReLU", "Conv2d"]
    first, second = ["Conv2d", "BatchNorm2d", *between, "MaxPool2d", "ReLU"], ["Conv2d", *between, "MaxPool2d", "ReLU"]
    assert kinds("4-layers") == [*first, *second, *expected[7:]]


def test_the_weights_of_every_variant():
    for name in {"original", *VARIANTS} - {"filter-size", "4-layers"}:
        assert weights(name) == [(64, 3, 5, 5), (64, 64, 5, 5), *DENSE], name
    assert weights("filter-size") == [(64, 3, 3, 3), (64, 64, 3, 3), *DENSE]
    assert weights("4-layers") == [(64, 3, 5, 5), (64, 64, 3, 3), (64, 64, 5, 5), (64, 64, 3, 3), *DENSE]


def test_uniform_weights_lie_within_a_tenth():
    for layer in learnt("uniform"):
        values = layer.weight.detach()
        assert 0.09 < float(values.abs().max()) <= 0.1 and float(values.std()) == pytest.approx(0.1 / 3**0.5, rel=0.1)
        assert float(layer.bias.detach().abs().max()) <= 0.1 and layer.bias.any()


def test_xavier_weights_have_the_spread_of_glorot():
    fans = [(75, 1600), (1600, 1600), (4096, 256), (256, 128), (128, 2)]
    for layer, (entering, leaving) in zip(learnt("xavier"), fans, strict=True):
        spread = (2 / (entering + leaving)) ** 0.5
        assert float(layer.weight.detach().std()) == pytest.approx(spread, rel=0.15) and not layer.bias.any()
        assert float(layer.weight.detach().abs().max()) > 2.3 * spread, "normal, not uniform"


def test_the_optimiser_of_every_variant():
    expected = dict.fromkeys(("original", *VARIANTS), ("Adam", 0.0001))
    expected |= {"gradient-descent": ("SGD", 0.01), "adagrad": ("Adagrad", 0.01)}
    made = torch.nn.Linear(1, 1)
    for name, (kind, rate) in expected.items():
        found = optimiser(plan("original", name), made)
        assert (type(found).__name__, [group["lr"] for group in found.param_groups]) == (kind, [rate]), name
    assert optimiser(plan("original", "gradient-descent"), made).param_groups[0]["momentum"] == 0


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_takes_a_step(arrays, tmp_path, name):
    from dataclasses import replace

    training = Training(replace(plan("original", name), steps=2, epochs=0, batch=16), arrays, 2, tmp_path)
    before = [p.detach().clone() for p in training.net.parameters()]
    assert np.isfinite(training.run()) and training.step == 2
    assert any(not torch.equal(a, b) for a, b in zip(before, training.net.parameters(), strict=True))


def test_losses_are_those_of_their_names():
    logits, labels = torch.tensor([[2.0, -1.0], [0.5, 0.2]]), torch.tensor([0, 1])
    values = logits.numpy().astype(float)
    soft = -np.log(np.exp(values)[[0, 1], [0, 1]] / np.exp(values).sum(1)).mean()
    assert float(objective(plan(), logits, labels)) == pytest.approx(soft, rel=1e-5)
    wanted = np.eye(2)
    each = np.log1p(np.exp(values)) - wanted * values
    assert float(objective(plan("original", "cross-entropy"), logits, labels)) == pytest.approx(each.mean(), rel=1e-5)
    hinge = np.mean([max(0, 1 - 2.0 + -1.0) / 2, max(0, 1 - 0.2 + 0.5) / 2])
    assert float(objective(plan("original", "hinge"), logits, labels)) == pytest.approx(hinge, rel=1e-5)
