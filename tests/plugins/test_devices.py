"""--device: where networks run, that they go in batches there, and under which keys their values are kept."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from dedupe_cnn import model, session
from dedupe_cnn.cnn import Cnn
from dedupe_cnn.devices import BRINGS, PROVIDERS, available
from dedupe_cnn.features import Features
from dedupe_cnn.model import OnnxModel
from dedupe_cnn.shipped import SHIPPED, LinearAutoencoder
from dedupe_cnn.wire import model as model_of
from dedupe_cnn.wire import node, value_info

import dedupe
from dedupe import DedupeError, UsageError
from dedupe.calibrate.files import find_shipped
from dedupe.describe.workers.shapes import Column, Setup
from dedupe.describe.workers.worker import Describing
from dedupe.model import Run
from dedupe.model.asked import CPU, DEVICES
from dedupe.plugins import descriptor_key, load
from dedupe.plugins.devices import device_of, placed
from dedupe.testing.pictures import images, photo

CPU_PROVIDER = "CPUExecutionProvider"


@pytest.fixture
def cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    """An onnxruntime that is said to be made for CUDA; what runs there runs on the CPU."""
    monkeypatch.setitem(PROVIDERS, "cuda", CPU_PROVIDER)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows each run of a model is given."""
    seen: list[int] = []
    original = session.outputs_of

    def counted(made: Any, names: Any, feed: Any) -> list[Any]:
        seen.append(len(next(iter(feed.values()))))
        return original(made, names, feed)

    for module in (session, model):
        monkeypatch.setattr(module, "outputs_of", counted)
    return seen


@pytest.fixture(scope="module")
def pictures() -> Any:
    return images([photo(i) for i in range(5)], Features().decode)


def providers(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [*names, CPU_PROVIDER])


def test_every_device_has_a_provider_that_onnxruntime_knows():
    assert {*PROVIDERS, "auto", CPU} == set(DEVICES) and set(BRINGS) == set(PROVIDERS)
    assert set(PROVIDERS.values()) <= set(onnxruntime.get_all_providers())


@pytest.mark.parametrize(
    ("there", "auto"),
    [
        ([], "cpu"),
        (["AzureExecutionProvider"], "cpu"),
        (["CoreMLExecutionProvider"], "coreml"),
        (["DmlExecutionProvider"], "directml"),
        (["TensorrtExecutionProvider", "CUDAExecutionProvider"], "cuda"),
    ],
)
def test_auto_takes_what_there_is(monkeypatch, there, auto):
    providers(monkeypatch, *there)
    assert Cnn().on("auto").device == auto and available()[-1] == CPU


def test_what_is_not_there_is_said_with_what_is(monkeypatch):
    providers(monkeypatch, "CoreMLExecutionProvider")
    with pytest.raises(UsageError, match=r"no such device here, only coreml and cpu; the package onnxruntime-gpu, in"):
        Cnn().on("cuda")


@pytest.mark.parametrize("verb", ["scan", "compare"])
def test_what_is_not_there_is_an_error_of_a_run_that_names_no_descriptor(dedupe, photos, monkeypatch, verb):
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("there is one")
    ran = dedupe(verb, *photos[:2], "--device", "cuda", *(["--judge"] if verb == "scan" else []))
    assert ran.code == 2 and ran.err.startswith("dedupe: --device cuda: onnxruntime has no such device here, only cpu;")
    ran = dedupe(verb, *photos[:2], "--device", "gpu")
    assert ran.code == 2 and "--device gpu: choose from auto, cpu, cuda, coreml, directml." in ran.err


def test_a_device_that_no_descriptor_runs_on_is_told_of(dedupe, photos):
    ran = dedupe("describe", photos[0], "-d", "pdq", "--device", "cuda")
    assert ran.code == 0 and ran.err.endswith("--device cuda changes nothing: pdq runs on the CPU alone.\n")


def test_on_the_cpu_keys_and_bits_are_as_without(pictures):
    for kind in (Features, Cnn, *SHIPPED):
        here = placed(kind(), CPU)
        assert descriptor_key(here) == descriptor_key(kind()) and "device" not in descriptor_key(here)
    assert np.array_equal(Cnn().on("auto").describe(pictures), Cnn().describe(pictures)) or available() != [CPU]


@pytest.mark.usefixtures("cuda")
def test_elsewhere_pictures_go_in_one_batch_and_give_the_same_vectors(pictures, runs):
    here = Features().describe(pictures)
    assert runs == [1] * 5
    runs.clear()
    there = Features().on("cuda").describe(pictures)
    assert runs == [5] and np.allclose(here, there, rtol=1e-4, atol=1e-5)
    runs.clear()
    head = LinearAutoencoder().on("cuda").describe(pictures)
    assert runs == [5, 5] and np.allclose(head, LinearAutoencoder().describe(pictures), rtol=1e-3, atol=1e-4)


@pytest.mark.usefixtures("cuda")
def test_what_was_made_on_one_device_is_not_taken_for_another(pictures, runs):
    own = pictures.copy()
    own.flags.writeable = False
    for descriptor in (Cnn(), Cnn().on("cuda"), Cnn(), Cnn().on("cuda")):
        descriptor.describe(own)
    assert runs == [1] * 5 + [5]


def means(path: Path, several: bool, mixing: bool = False) -> OnnxModel:
    """A model of 8x8 pictures that gives the mean of each channel, for one picture or several, or for all of them together."""
    nodes = [node("GlobalAveragePool", ["in"], ["mean" if not mixing else "each"])]
    nodes += [node("ReduceMean", ["each"], ["mean"], axes=[0], keepdims=1)] if mixing else []
    given = [value_info("in", "float32", ["n" if several else 1, 3, 8, 8])]
    path.write_bytes(model_of("means", nodes, {}, given, [value_info("mean", "float32", ["m", 3, 1, 1])]))
    return OnnxModel(model=path, size=8)


@pytest.mark.usefixtures("cuda")
@pytest.mark.parametrize(
    ("several", "mixing", "wanted"), [(True, False, [4]), (False, False, [1] * 4), (True, True, [4, 1, 1, 1, 1])]
)
def test_a_model_of_ones_own_goes_in_batches_where_it_can(tmp_path, runs, several, mixing, wanted):
    stack = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 3), np.uint8)
    made = means(tmp_path / "means.onnx", several, mixing)
    found = made.on("cuda").describe(stack)
    assert runs == wanted
    assert np.allclose(found, stack.mean(axis=(1, 2)) / 255, atol=1e-5) and np.allclose(found, made.describe(stack))


@pytest.mark.usefixtures("cuda")
def test_the_device_is_in_the_key_and_the_calibration_is_the_same():
    for kind in (Cnn, *SHIPPED):
        there = pickle.loads(pickle.dumps(kind().on("cuda")))
        key = descriptor_key(there, "hflip")
        assert key == descriptor_key(kind(), "hflip").replace("/turn=", "/device=cuda/turn=")
        shipped = find_shipped(kind(), descriptor_key(kind()))
        assert find_shipped(there, descriptor_key(there)) == shipped is not None


@pytest.mark.usefixtures("cuda")
def test_a_run_describes_there_and_keeps_it_apart(photos, monkeypatch):
    seen = {}
    for device in ("cpu", "cuda", "cuda", "cpu"):
        found = dedupe.scan(photos[:4], descriptor="cnn", judge=False, device=device, workers=1)
        seen.setdefault(found.header.descriptors[0], []).append(found.summary.described)
        assert (found.header.options.get("device"), bool(found.header.thresholds)) == (
            None if device == "cpu" else device,
            True,
        )
    assert list(seen.values()) == [[4, 0], [4, 0]] and [key.endswith("/device=cuda") for key in seen] == [False, True]


def test_a_device_that_does_not_start_ends_the_run_in_one_sentence(photos, monkeypatch):
    providers(monkeypatch, "CUDAExecutionProvider")
    if "CUDAExecutionProvider" in onnxruntime.capi._pybind_state.get_available_providers():
        pytest.skip("it starts here")
    with pytest.raises(DedupeError, match=r"^--device cuda: onnxruntime is made for it and could not start it"):
        dedupe.describe(photos[:2], descriptor="cnn", device="cuda", cache="none", workers=1)


@pytest.mark.usefixtures("cuda")
def test_a_worker_on_a_device_may_take_any_address_space():
    def bounds(descriptor: Any) -> Any:
        column = Column(descriptor_key(descriptor), descriptor, "none")
        return Describing(Setup((column,), (), 1000, 1 << 30, None, {}, {})).bounds.memory

    assert bounds(Cnn()) == 1 << 30 and bounds(Cnn().on("cuda")) is None


class Elsewhere:
    """A third party's descriptor that can run elsewhere, and says so."""

    name, version, metric, threshold = "elsewhere", "1", "l2", 1.0
    decode = Features().decode
    device = CPU

    def on(self, device: str) -> Any:
        if device == "coreml":
            raise ValueError("no driver")
        made = Elsewhere()
        made.device = "cuda" if device == "auto" else "a toaster"
        return made

    def describe(self, images: Any) -> Any:
        return np.zeros((len(images), 1), np.float32)


def test_a_third_party_can_have_one():
    assert device_of(placed(Elsewhere(), "auto")) == "cuda" and placed(Elsewhere(), CPU).device == CPU
    with pytest.raises(UsageError, match="no driver"):
        placed(Elsewhere(), "coreml")
    with pytest.raises(UsageError, match=r"elsewhere does not say in `device` where it runs; use --device cpu\."):
        placed(Elsewhere(), "directml")


def test_a_parameter_that_is_called_device_is_a_parameter():
    class Own(Elsewhere):
        on = None

        def __init__(self, *, device: str = "left") -> None:
            self.device = device

    assert device_of(Own()) == CPU and descriptor_key(Own()).count("left") == 1
    assert load().descriptor("pdq").name == "pdq" and Run().device == CPU
