"""Where a classifier sees a class: against NumPy, and each way against the other, on
networks with real weights too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hosts import shared_device
from real_data import real_data

import pywebml as pw
from pywebml.device import set_device
from pywebml.models import ClassMaps
from pywebml.zoo import load_extractor

L = pw.layers


@pytest.fixture(autouse=True)
def cpu() -> Iterator[None]:
    set_device(shared_device("cpu"))
    yield
    set_device(shared_device("cpu"))


def network(*head: Any, side: int = 9) -> Any:
    pictures = pw.Input((side, side, 3))
    x = L.Conv2D(6, 3, activation="relu", name="seen")(pictures)
    for layer in head:
        x = layer(x)
    return pw.Model(pictures, x)


def pictures(side: int = 9, n: int = 2) -> Any:
    return np.random.default_rng(0).normal(size=(n, side, side, 3)).astype(np.float32)


def test_an_average_and_a_dense_layer() -> None:
    """The map is the features weighted by the kernel's column; its mean and the bias
    are the score, whose softmax is what the network says.
    """
    dense = L.Dense(4, "softmax", bias_initializer="random_normal")
    model = network(L.GlobalAveragePooling2D(), L.Dropout(0.5), dense)
    maps = ClassMaps(model)
    assert (maps.layer, maps.method) == ("seen", "class activation map")
    x = pictures()
    features = maps.features(x).numpy().astype(np.float64)
    kernel, bias = (w.numpy().astype(np.float64) for w in dense.weights)
    seen = maps(x, [3, 0, 1, 2]).numpy()
    assert seen.dtype == np.float32
    # sums of 6 products in float32
    np.testing.assert_allclose(
        seen, np.einsum("nhwk,kc->nchw", features, kernel[:, [3, 0, 1, 2]]), rtol=1e-5, atol=1e-6
    )
    scores = np.exp(maps(x, range(4)).numpy().mean(axis=(2, 3)) + bias)
    np.testing.assert_allclose(
        model(x).numpy(), scores / scores.sum(axis=1, keepdims=True), rtol=1e-5
    )


@pytest.mark.parametrize(
    "head",
    [
        (L.GlobalAveragePooling2D, lambda: L.Dense(4, "softmax")),
        (L.GlobalAveragePooling2D, lambda: L.Dense(4), lambda: L.Activation("softmax")),
        (L.GlobalAveragePooling2D, lambda: L.Dense(4)),
    ],
)
def test_both_ways_agree(head: Any) -> None:
    maps, x = ClassMaps(network(*(make() for make in head))), pictures()
    assert maps.method == "class activation map"
    features = maps.features(x)
    np.testing.assert_allclose(
        maps.by_slopes(features, [2, 1]).numpy(), maps.of(features, [2, 1]).numpy(),
        rtol=1e-5, atol=1e-6,
    )  # fmt: skip


def test_another_head_goes_by_slopes() -> None:
    """All features flattened into a dense layer: the slope at a place is the kernel's."""
    dense = L.Dense(3, "softmax")
    maps, x = ClassMaps(network(L.Flatten(), dense)), pictures()
    assert maps.method == "Grad-CAM"
    features = maps.features(x).numpy()
    weights = dense.kernel.numpy().reshape(7, 7, 6, 3).sum(axis=(0, 1))
    np.testing.assert_allclose(
        maps(x, [2, 0]).numpy(),
        np.einsum("nhwk,kc->nchw", features, weights[:, [2, 0]]),
        rtol=1e-4, atol=1e-5,
    )  # fmt: skip


def test_a_hidden_layer_behind_the_average() -> None:
    """By differences in float64: what a channel adds everywhere changes the score by."""
    hidden, dense = L.Dense(5, "tanh"), L.Dense(3, "softmax")
    maps, x = ClassMaps(network(L.GlobalAveragePooling2D(), hidden, dense)), pictures(n=1)
    assert maps.method == "Grad-CAM"
    features = maps.features(x).numpy().astype(np.float64)
    (k1, b1), (k2, b2) = ([w.numpy() for w in layer.weights] for layer in (hidden, dense))

    def score(mean: Any) -> Any:
        return np.tanh(mean @ k1 + b1) @ k2 + b2

    mean, step = features.mean(axis=(1, 2))[0], 1e-5
    slopes = [(score(mean + step * e) - score(mean - step * e)) / (2 * step) for e in np.eye(6)]
    expected = np.einsum("nhwk,kc->nchw", features, np.array(slopes))
    np.testing.assert_allclose(maps(x, range(3)).numpy(), expected, rtol=1e-4, atol=1e-5)


def test_a_network_of_no_pictures() -> None:
    numbers = pw.Input((4,))
    with pytest.raises(ValueError, match=r"no layer whose output is a picture \[n, height"):
        ClassMaps(pw.Model(numbers, L.Dense(2)(numbers)))


def test_efficientnet_lite0() -> None:
    network = load_extractor()
    maps = ClassMaps(network.classifier)
    assert (maps.layer, maps.method) == ("top_activation", "class activation map")
    x = np.random.default_rng(1).uniform(-1, 1, (1, 224, 224, 3)).astype(np.float32)
    features = maps.features(x)
    kernel, bias = (w.numpy() for w in network.classifier.layers[-1].weights)
    seen = maps.of(features, [281, 7]).numpy()
    expected = np.einsum(
        "nhwk,kc->nchw", features.numpy().astype(np.float64), kernel[:, [281, 7]].astype(np.float64)
    )
    # sums of 1,280 products in float32
    np.testing.assert_allclose(seen, expected, atol=1e-4)
    np.testing.assert_allclose(maps.by_slopes(features, [281, 7]).numpy(), seen, atol=1e-4)
    scores = seen.mean(axis=(2, 3))[0] + bias[[281, 7]]
    said = network.classify(x).numpy()[0, [281, 7]]
    assert np.log(said[0] / said[1]) == pytest.approx(scores[0] - scores[1], abs=1e-3)


def test_mobilenet_whose_head_is_a_convolution() -> None:
    folder = real_data("mobilenet_v1_0.25_224")
    if folder is None:
        pytest.skip("no MobileNet v1 at hand")
    network = load_extractor(folder)
    maps = ClassMaps(network.classifier)
    assert (maps.layer, maps.method) == ("conv_pw_13_relu", "Grad-CAM")
    x = np.random.default_rng(2).uniform(-1, 1, (1, 224, 224, 3)).astype(np.float32)
    kernel = network.classifier.get_layer("conv_preds").weights[0].numpy()[0, 0]
    expected = np.einsum("nhwk,kc->nchw", maps.features(x).numpy(), kernel[:, [281, 967]])
    np.testing.assert_allclose(maps(x, [281, 967]).numpy(), expected, rtol=1e-4, atol=1e-4)


def test_networks_in_half_floats() -> None:
    """Up to what 11 bits of features and weights leave, both ways."""
    for head in ((L.GlobalAveragePooling2D(), L.Dense(4, "softmax")), (L.Flatten(), L.Dense(4))):
        whole, x = network(*head), pictures()
        half = ClassMaps(whole.astype("float16"))
        want = ClassMaps(whole)(x, [1, 3]).numpy()
        got = half(pw.tensor(x).astype("float16"), [1, 3])
        assert got.dtype == "float32"
        np.testing.assert_allclose(got.numpy(), want, atol=0.01 * np.abs(want).max())
