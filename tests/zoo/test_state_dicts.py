"""zoo/state_dicts: networks of PyTorch from the names of their weights. PyTorch's
answers for drawn weights are written down here, so that they count where it is not
installed.
"""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch_files import state, tensor, zipped
from torch_networks import drawn, network, picture, probabilities

import pywebml as pw
from pywebml.device import set_device
from pywebml.formats.wire import safetensors
from pywebml.formats.wire.stored import Stored, Weight
from pywebml.host.files import FormatError
from pywebml.zoo import resnet
from pywebml.zoo.state_dicts import NETWORKS, TorchNetwork

CLASSES = 10
# PyTorch 2.13's for the weights and the picture of torch_networks.py, ten classes
ANSWERS = {
    "mobilenet_v2": [
        0.091458, 0.096638, 0.137067, 0.108791, 0.085887, 0.099577, 0.023345, 0.014612, 0.218350,
        0.124275,
    ],
    "efficientnet_lite0": [
        0.069710, 0.112575, 0.187928, 0.046852, 0.032684, 0.100127, 0.104827, 0.049338, 0.207864,
        0.088094,
    ],
    "efficientnet_lite2": [  # of the names of Lite1, and wider
        0.012489, 0.045790, 0.218153, 0.183470, 0.076269, 0.138124, 0.028559, 0.110115, 0.130296,
        0.056736,
    ],
    "resnet18": [
        0.013169, 0.010853, 0.000040, 0.007372, 0.004243, 0.000034, 0.000378, 0.000389, 0.856637,
        0.106885,
    ],
    "resnet50": [
        0.000002, 0.000000, 0.983146, 0.015911, 0.000000, 0.000010, 0.000011, 0.000920, 0.000000,
        0.000000,
    ],
    "squeezenet1_1": [
        0.032457, 0.042795, 0.064659, 0.035248, 0.099418, 0.106999, 0.520504, 0.032448, 0.032448,
        0.033024,
    ],
}  # fmt: skip


def called(name: str, timm: bool = False) -> TorchNetwork:
    return [net for net in NETWORKS if net.name == name][int(timm)]


KNOWN = {
    "mobilenet_v2": called("MobileNetV2"),
    "efficientnet_lite0": called("EfficientNet-Lite0"),
    "efficientnet_lite2": called("EfficientNet-Lite2"),
    "timm": called("EfficientNet-Lite0", timm=True),
    "resnet18": called("ResNet-18"),
    "resnet50": called("ResNet-50"),
    "squeezenet1_1": called("SqueezeNet 1.1"),
}


@pytest.fixture(autouse=True)
def on_the_cpu() -> None:
    set_device("cpu")


@cache
def shapes(name: str) -> dict[str, tuple[int, ...]]:
    """{name in PyTorch: shape}, from our model of the network."""
    net = KNOWN[name]
    ours = {part.path: part.shape for layer in net.build(CLASSES).layers for part in layer.weights}
    layers: dict[str, list[Any]] = {}
    for path, shape in ours.items():
        layers.setdefault(path.split("/")[-2], []).append(tuple(shape))
    sizes: dict[str, tuple[int, ...]] = {}
    for kind, layer, theirs in net.names:
        first = layers[layer][0]
        if kind in ("conv", "biased"):
            sizes[f"{theirs}.weight"] = (first[3], first[2], first[0], first[1])
        elif kind == "depthwise":
            sizes[f"{theirs}.weight"] = (first[2], 1, first[0], first[1])
        elif kind == "dense":
            sizes[f"{theirs}.weight"] = (first[1], first[0])
        if kind in ("biased", "dense"):
            sizes[f"{theirs}.bias"] = layers[layer][1]
        if kind == "norm":
            for part in ("weight", "bias", "running_mean", "running_var"):
                sizes[f"{theirs}.{part}"] = first
    return sizes


def weights(name: str) -> dict[str, Weight]:
    """Drawn weights of PyTorch's names, each with the counter that batch norms have."""
    arrays = {key: Weight.of(drawn(key, shape)) for key, shape in shapes(name).items()}
    counters = [k.removesuffix("running_var") for k in arrays if k.endswith("running_var")]
    counter = Weight.of(np.array(7))
    return arrays | {f"{key}num_batches_tracked": counter for key in counters}


@pytest.mark.parametrize("name", ANSWERS)
def test_pytorchs_answers(name: str) -> None:
    (data,) = safetensors.write(Stored(None, weights(name), {})).values()
    model = pw.load_model(data)
    answers = model.predict(picture(model.input_shape[1])).numpy()[0]
    np.testing.assert_allclose(answers, ANSWERS[name], atol=2e-5)  # float32 in another order
    assert np.ptp(answers) > 0.1


@pytest.mark.parametrize("name", ANSWERS)
def test_beside_pytorch(name: str, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="the second opinion")
    theirs = network(name, CLASSES)
    assert {k: tuple(v.shape) for k, v in theirs.state_dict().items() if v.ndim} == shapes(name)
    torch.save(theirs.state_dict(), tmp_path / "net.pth")
    model = pw.load_model(tmp_path / "net.pth")
    x = picture(model.input_shape[1])
    answers = probabilities(theirs, x)
    np.testing.assert_allclose(answers[0], ANSWERS[name], atol=2e-5)
    np.testing.assert_allclose(model.predict(x).numpy(), answers, atol=2e-5)
    # the legacy layout, of a model for several GPUs, into a model that is there
    parallel = {f"module.{key}": value for key, value in theirs.state_dict().items()}
    out = io.BytesIO()
    torch.save({"state_dict": parallel}, out, _use_new_zipfile_serialization=False)
    again = type(model).from_config(model.get_config())
    again.load_weights(out.getvalue())
    for ours, other in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, other)


def test_sizes_of_efficientnet_lite() -> None:
    """Millions of weights that train, as in the table that Google published with them."""
    models = [called(f"EfficientNet-Lite{i}").build(1000) for i in range(5)]
    counts = [sum(w.size for w in model.trainable_weights) for model in models]
    assert [round(n / 1e6, 1) for n in counts] == [4.7, 5.4, 6.1, 8.2, 13.0]


def test_timms_names_are_the_same_network() -> None:
    """Of an EfficientNet-Lite0 in order; the shapes are in the order of the layers."""
    assert list(shapes("timm").values()) == list(shapes("efficientnet_lite0").values())
    renamed = zip(shapes("timm"), weights("efficientnet_lite0").values(), strict=False)
    (data,) = safetensors.write(Stored(None, dict(renamed), {})).values()
    model = pw.load_model(data)
    answers = model.predict(picture()).numpy()[0]
    np.testing.assert_allclose(answers, ANSWERS["efficientnet_lite0"], atol=2e-5)


def pth(net: TorchNetwork, left_out: int = 0) -> bytes:
    """A state dict of the right names, and one number for each shape."""
    names = sorted(net.parameters)[left_out:]
    items = {k: tensor("FloatStorage", "0", 1, 0, (1,), (1,), False) for k in names}
    return zipped(state(items), {"0": np.ones(1, np.float32)})


def test_other_networks_are_told(tmp_path: Path) -> None:
    (tmp_path / "net.pth").write_bytes(pth(KNOWN["resnet18"], left_out=1))
    with pytest.raises(FormatError, match=r"net\.pth holds weights alone; networks of PyTorch"):
        pw.load_model(tmp_path / "net.pth")
    with pytest.raises(FormatError, match=r"called as in PyTorch; networks of .* ResNet-50"):
        resnet.architecture(18).load_weights(tmp_path / "net.pth")
    with pytest.raises(FormatError, match=r"'conv1\.weight' has shape \(1,\); expected 4 axes"):
        pw.load_model(pth(KNOWN["resnet18"]))
    wider = weights("resnet18") | {"conv1.weight": Weight.of(np.zeros((64, 3, 5, 5), np.float32))}
    (data,) = safetensors.write(Stored(None, wider, {})).values()
    with pytest.raises(ValueError, match=r"'conv1_conv/kernel' has shape \(5, 5, 3, 64\)"):
        pw.load_model(data)
    with pytest.raises(ValueError, match="depth of 18 or 50 here, got 34"):
        resnet.architecture(34)


def test_a_model_that_pads_otherwise_is_refused() -> None:
    """Its weights have the same names and shapes, and its numbers would be wrong."""
    (data,) = safetensors.write(Stored(None, weights("mobilenet_v2"), {})).values()
    keras_s = pw.applications.MobileNetV2(weights=None, classes=CLASSES)
    with pytest.raises(FormatError, match="'Conv1' has padding 'valid', the model's has 'same'"):
        keras_s.load_weights(data)
