"""The zoo's networks with their real weights: known pictures, plain NumPy beside them,
and a head taught on their features.

What is not at hand is skipped: `python -m pywebml models fetch` gets it, or
PYWEBML_MODELS names a folder that holds it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from real_data import real_data

from pywebml.apps.teaching import TeachOptions, teach
from pywebml.data.folders import find_pictures
from pywebml.data.pictures import load_picture
from pywebml.data.samples import sample_folder
from pywebml.device import run_sync, set_device
from pywebml.formats.wire.torch_pickle import read_state_dict
from pywebml.zoo import (
    efficientnet,
    load_extractor,
    mobilenet_v1,
    mobilenet_v2,
    registry,
    squeezenet,
)

# Middle squares, 224 x 224. MobileNet v1's answers are TensorFlow.js's, the others'
# those of the same networks in PyTorch.
ANSWERS = {
    (mobilenet_v1.NAME, "chelsea"): {281: 0.42, 285: 0.35, 282: 0.13, 287: 0.06, 293: 0.009},
    (mobilenet_v1.NAME, "coffee"): {967: 0.88},
    (efficientnet.NAME, "chelsea"): {285: 0.40, 282: 0.33, 281: 0.17},
    (efficientnet.NAME, "coffee"): {967: 0.94},
    (mobilenet_v2.NAME, "chelsea"): {285: 0.80, 282: 0.13, 281: 0.08},
    (mobilenet_v2.NAME, "coffee"): {967: 0.99},
}


@pytest.fixture(autouse=True)
def models(monkeypatch: pytest.MonkeyPatch) -> None:
    if folder := real_data("."):
        monkeypatch.setenv("PYWEBML_MODELS", str(folder))


def weights_of(name: str) -> Path:
    """Skips where they are not at hand."""
    path = registry.KNOWN[name].source.find()
    if path is None:
        pytest.skip(f"no weights of {name} at hand: {registry.KNOWN[name].source.missing()}")
    return path


@pytest.mark.parametrize(("network", "picture"), list(ANSWERS))
def test_known_pictures(network: str, picture: str) -> None:
    weights_of(network)
    skimage = pytest.importorskip("skimage", reason="scikit-image brings chelsea and coffee")
    extractor = load_extractor(network)
    assert extractor.name == network
    pixels = load_picture(
        Path(skimage.__file__).parent / "data" / f"{picture}.png", extractor.input_size, fit="crop"
    )
    probabilities = extractor.classify(extractor.pixels(pixels)).numpy()[0]
    assert probabilities.sum() == pytest.approx(1, abs=1e-4)
    wanted = ANSWERS[network, picture]
    assert probabilities.argsort()[::-1][: len(wanted)].tolist() == list(wanted)
    for index, probability in wanted.items():
        assert probabilities[index] == pytest.approx(probability, abs=0.025)


# ---- each network in plain NumPy, float64, its batch norms where they stand, from the
# tensors of the file ----


def convolve(x: Any, kernel: Any, stride: int = 1, padding: tuple[int, int] = (0, 0)) -> Any:
    """x [h, w, c] with a kernel [filters, c, k, k], or [c, 1, k, k] channel by channel,
    after zeros (before, after) on both axes.
    """
    k, depthwise = kernel.shape[-1], kernel.shape[1] == 1 and x.shape[2] > 1
    x = np.pad(x, (padding, padding, (0, 0)))
    rows, columns = ((n - k) // stride + 1 for n in x.shape[:2])
    y: Any = 0
    for i in range(k):
        for j in range(k):
            window = x[
                i : i + (rows - 1) * stride + 1 : stride,
                j : j + (columns - 1) * stride + 1 : stride,
            ]
            y = y + (window * kernel[:, 0, i, j] if depthwise else window @ kernel[:, :, i, j].T)
    return y


class TorchWeights:
    """The tensors of a .pth file, and the layers that use them."""

    def __init__(self, name: str, epsilon: float):
        self.state = {k: v.astype(np.float64) for k, v in read_state_dict(weights_of(name)).items()}
        self.epsilon = epsilon

    def norm(self, x: Any, name: str, active: bool = True) -> Any:
        scale = self.state[f"{name}.weight"] / np.sqrt(
            self.state[f"{name}.running_var"] + self.epsilon
        )
        x = (x - self.state[f"{name}.running_mean"]) * scale + self.state[f"{name}.bias"]
        return np.clip(x, 0, 6) if active else x

    def convolve(self, x: Any, name: str, stride: int = 1, same: bool = False) -> Any:
        """Padding as PyTorch's, the same on both sides, or TensorFlow's "same"."""
        kernel = self.state[f"{name}.weight"]
        k = kernel.shape[-1]
        total = max((-(-x.shape[0] // stride) - 1) * stride + k - x.shape[0], 0)
        return convolve(
            x, kernel, stride, (total // 2, total - total // 2) if same else (k // 2, k // 2)
        )


def features_of(name: str) -> tuple[Any, Any]:
    """(the network's input for a drawn hand, float64 [h, w, 3]; its features)"""
    extractor = load_extractor(name)
    picture = extractor.pixels(
        load_picture(sample_folder() / "up" / "00.jpg", extractor.input_size)
    )
    got = extractor(picture).numpy()[0]
    assert extractor.features == got.size
    return picture.numpy()[0].astype(np.float64), got


def test_efficientnet_against_numpy() -> None:
    net = TorchWeights(efficientnet.NAME, 1e-3)
    picture, got = features_of(efficientnet.NAME)
    x = net.norm(net.convolve(picture, "_conv_stem", 2, same=True), "_bn0")
    for i, (_, stage, stride) in enumerate(efficientnet.blocks()):
        name, start = f"_blocks.{i}", x
        if stage.expansion > 1:
            x = net.norm(net.convolve(x, f"{name}._expand_conv"), f"{name}._bn0")
        x = net.norm(net.convolve(x, f"{name}._depthwise_conv", stride, same=True), f"{name}._bn1")
        x = net.norm(net.convolve(x, f"{name}._project_conv"), f"{name}._bn2", active=False)
        x = x + start if x.shape == start.shape else x
    wanted = net.norm(net.convolve(x, "_conv_head"), "_bn1").mean((0, 1))
    assert np.abs(wanted).max() > 1
    np.testing.assert_allclose(got, wanted, atol=2e-3)


def test_mobilenet_v2_against_numpy() -> None:
    net = TorchWeights(mobilenet_v2.NAME, 1e-5)
    picture, got = features_of(mobilenet_v2.NAME)
    x = net.norm(net.convolve(picture, "features.0.0", 2), "features.0.1")
    for i, (_, stage, stride) in enumerate(mobilenet_v2.blocks(), 1):
        name, start, n = f"features.{i}.conv", x, 0
        if stage.expansion > 1:
            x, n = net.norm(net.convolve(x, f"{name}.0.0"), f"{name}.0.1"), 1
        x = net.norm(net.convolve(x, f"{name}.{n}.0", stride), f"{name}.{n}.1")
        x = net.norm(net.convolve(x, f"{name}.{n + 1}"), f"{name}.{n + 2}", active=False)
        x = x + start if x.shape == start.shape else x
    wanted = net.norm(net.convolve(x, "features.18.0"), "features.18.1").mean((0, 1))
    assert np.abs(wanted).max() > 1
    np.testing.assert_allclose(got, wanted, atol=2e-3)


def test_squeezenet_against_numpy() -> None:
    import h5py

    # each layer's two arrays by their rank, wherever they lie in its group
    with h5py.File(weights_of(squeezenet.NAME)) as file:
        arrays: dict[str, dict[int, Any]] = {}

        def keep(name: str, item: Any) -> None:
            if isinstance(item, h5py.Dataset):
                parts = name.split("/")
                arrays.setdefault("/".join(parts[: 2 if name.startswith("fire") else 1]), {})[
                    item.ndim
                ] = item[()].astype(np.float64)

        file.visititems(keep)
    picture, got = features_of(squeezenet.NAME)

    def convolution(x: Any, name: str, stride: int = 1) -> Any:
        kernel = arrays[name][4].transpose(3, 2, 0, 1)
        around = kernel.shape[-1] // 2 if stride == 1 else 0
        return np.maximum(convolve(x, kernel, stride, (around, around)) + arrays[name][1], 0)

    def pool(x: Any) -> Any:
        n = (x.shape[0] - 3) // 2 + 1
        return np.max(
            [x[i : i + 2 * n - 1 : 2, j : j + 2 * n - 1 : 2] for i in range(3) for j in range(3)],
            axis=0,
        )

    x = pool(convolution(picture, "conv1", 2))
    for number in range(2, 10):
        x = convolution(x, f"fire{number}/squeeze1x1")
        x = np.concatenate(
            [convolution(x, f"fire{number}/expand1x1"), convolution(x, f"fire{number}/expand3x3")],
            axis=2,
        )
        x = pool(x) if number in (3, 5) else x
    wanted = x.mean((0, 1))
    assert len(arrays) == 25 and np.abs(wanted).max() > 1
    np.testing.assert_allclose(got, wanted, atol=1e-5 * np.abs(wanted).max())


@pytest.mark.gpu
@pytest.mark.parametrize("network", [mobilenet_v2.NAME, squeezenet.NAME])
def test_the_gpu_sees_the_same_features(network: str) -> None:
    from hosts import shared_device

    weights_of(network)
    found = []
    try:
        for choice in ("cpu", "gpu"):
            set_device(shared_device(choice))
            found.append(features_of(network)[1])
    finally:
        set_device(shared_device("cpu"))
    np.testing.assert_allclose(found[1], found[0], atol=1e-4 * np.abs(found[0]).max())


# ---- what they are for ----


@pytest.mark.parametrize("network", [efficientnet.NAME, mobilenet_v2.NAME, squeezenet.NAME])
def test_a_head_on_its_features_tells_hands_apart(network: str) -> None:
    weights_of(network)
    photos = real_data("rock_paper_scissors") or sample_folder()
    taught = run_sync(teach(find_pictures(photos), TeachOptions(network)))
    assert taught.train_accuracy > 0.95
    assert taught.val_accuracy is not None and taught.val_accuracy >= 0.8  # 15 photos of 3 classes


def test_a_network_without_classes_says_so() -> None:
    weights_of(squeezenet.NAME)
    from pywebml.apps.classify.looking import Looker

    extractor = load_extractor(squeezenet.NAME)
    assert (extractor.classes, extractor.features, extractor.input_size) == (None, 512, (227, 227))
    with pytest.raises(
        ValueError,
        match=(
            r"squeezenet_v1\.1 has features but no classes of its own; classify with another"
            r" extractor"
        ),
    ):
        Looker(extractor)
