"""Our networks as ONNX files: ONNX Runtime computes from them what we compute."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hosts import shared_device
from PIL import Image

from pywebml.apps.bench import networks
from pywebml.apps.bench.peers import onnx as onnx_peer
from pywebml.apps.bench.peers import onnx_by_layers as by_layers
from pywebml.core.tensor import tensor
from pywebml.device import set_device
from pywebml.ops import pixels_to_tensor
from pywebml.zoo import NAMES, Preprocess, load_extractor

onnxruntime = pytest.importorskip("onnxruntime", reason="compares with ONNX Runtime")
CENTRED = Preprocess.centred(127.5, 127.5)


@pytest.fixture(autouse=True)
def cpu() -> None:
    set_device(shared_device("cpu"))


def photo(height: int, width: int) -> Any:
    """RGBA bytes of chelsea."""
    data = pytest.importorskip("skimage.data", reason="scikit-image brings chelsea")
    return np.array(Image.fromarray(data.chelsea()).convert("RGBA").resize((width, height)))


def compared(net: Any, preprocess: Preprocess = CENTRED) -> tuple[Any, Any]:
    """(ONNX Runtime's outputs, ours) for a photo."""
    height, width = net.input.shape[1:3]
    picture = photo(height, width)
    session = onnxruntime.InferenceSession(
        onnx_peer.picture_model(net, preprocess), providers=["CPUExecutionProvider"]
    )
    x = pixels_to_tensor(
        tensor(picture, dtype="uint8"),
        (height, width),
        preprocess.scale,
        preprocess.offset,
        order=preprocess.order,
    )
    return session.run(None, {"pixels": picture})[0], net(x).numpy()


@pytest.mark.parametrize("network", networks.NETWORKS, ids=lambda network: network.title)
def test_the_networks_of_the_benchmark(network: networks.Network) -> None:
    theirs, ours = compared(network.build(), network.preprocess)
    assert theirs.shape == ours.shape == (1, networks.CLASSES)
    assert ours.max() < 0.99, "a network that says the same of every picture would prove little"
    np.testing.assert_allclose(theirs, ours, atol=1e-4)


@pytest.mark.parametrize("network", networks.NETWORKS, ids=lambda network: network.title)
def test_the_graphs_that_are_written_by_layers(network: networks.Network) -> None:
    """What `bench cpu` compares with computes the same."""
    net, side = network.build(), network.side
    picture = photo(side, side)
    form = (network.preprocess.scale, network.preprocess.offset)
    x = pixels_to_tensor(picture, (side, side), *form, order=network.preprocess.order)
    ours = net(x).numpy()
    for data, given in (
        (by_layers.written(net, network.preprocess), picture),
        (by_layers.written(net), x.numpy().transpose(0, 3, 1, 2)),
    ):
        session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
        np.testing.assert_allclose(session.run(None, {"x": given})[0], ours, atol=1e-4)


@pytest.mark.parametrize("name", [*NAMES, "teachable_machine/image-model.zip"])
def test_networks_with_their_trained_weights(
    name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first comes with a package. The last is a MobileNet v2 0.35. SqueezeNet ends
    in features, which are not between 0 and 1.
    """
    data_folder = Path()
    if name != "efficientnet_lite0":
        data_folder = request.getfixturevalue("data_folder")
        monkeypatch.setenv("PYWEBML_MODELS", str(data_folder))
    try:
        extractor = load_extractor(data_folder / name if name.endswith(".zip") else name)
    except (FileNotFoundError, ConnectionError, ImportError) as trouble:
        pytest.skip(str(trouble))
    theirs, ours = compared(extractor.classifier, extractor.preprocess)
    assert ours.max() > 0.3, "it knows a cat"
    np.testing.assert_allclose(theirs, ours, atol=1e-4 * max(1, ours.max()))


def test_products() -> None:
    a, b = np.random.default_rng(0).standard_normal((2, 6, 6), np.float32)
    session = onnxruntime.InferenceSession(
        onnx_peer.matmul_model(3), providers=["CPUExecutionProvider"]
    )
    np.testing.assert_allclose(
        session.run(None, {"a": a, "b": b})[0], (a @ b @ b @ b)[:1, :1], rtol=1e-4
    )


def test_the_peer_in_the_benchmark() -> None:
    peers = onnx_peer.frames(networks.NETWORKS[0].build(), photo(224, 224), CENTRED)
    assert "ONNX Runtime (CPU)" in peers
    assert peers["ONNX Runtime (CPU)"].run(2) is True
