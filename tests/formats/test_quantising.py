"""formats/wire/quantising: what TensorFlow.js's converter does, by its formula; and
what TensorFlow.js itself makes of the files.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from in_node import run_node

import pywebml as pw
from pywebml.formats.fewer_bits import in_fewer_bits
from pywebml.formats.layers_models import load_layers_model, stored_model
from pywebml.formats.wire import quantising, tfjs
from pywebml.formats.wire.quantising import quantised
from pywebml.formats.wire.stored import Weight
from pywebml.host.files import FormatError

RNG = np.random.default_rng(0)
SAMPLES = {
    "both signs": RNG.normal(size=(7, 5)),
    "above zero": RNG.uniform(3, 4, (4, 6)),
    "below zero": RNG.uniform(-9, -8, 11),
    "constant": np.full((2, 2), 0.3),
    "zeros": np.zeros(4),
    "one": np.array(-2.5),
    "from zero": np.linspace(0, 1, 9),
    "tiny": RNG.normal(size=6) * 1e-30,
    "huge": RNG.normal(size=6) * 1e30,
}
STEPS = {"uint8": 255, "uint16": 65535}


def by_the_converters_formula(values: Any, kind: str) -> tuple[Any, float, float]:
    """(stored, scale, min): the range's ends are moved so that a zero in it is a step."""
    low, high = float(values.min()), float(values.max())
    if low == high:
        return np.zeros(values.shape), 1.0, low
    scale = (high - low) / STEPS[kind]
    if low <= 0 <= high:
        low = -np.round((0 - low) / scale) * scale
        high = STEPS[kind] * scale + low
    return np.round((values.clip(low, high) - low) / scale), scale, low


@pytest.mark.parametrize("kind", STEPS)
@pytest.mark.parametrize("name", SAMPLES)
def test_the_converters_formula(name: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    values = SAMPLES[name].astype(np.float32)
    stored, scale, low = by_the_converters_formula(values.astype(np.float64), kind)
    for plain in (1 << 18, 0):  # by both hands
        monkeypatch.setattr(quantising, "PLAIN", plain)
        small = quantised(Weight.of(values), kind)
        assert small.quantization is not None
        assert small.stored_as == kind
        assert small.quantization[1:3] == pytest.approx((scale, low), rel=1e-12, abs=0)
        np.testing.assert_array_equal(np.frombuffer(small.data, kind).reshape(values.shape), stored)
        # half a step, and what float32 rounds
        np.testing.assert_allclose(
            small.array(), values, atol=0.5001 * scale * (np.ptp(values) > 0), rtol=2e-7
        )
        np.testing.assert_array_equal(small.array()[values == 0], 0)


def test_a_zero_stays_zero() -> None:
    values = np.append(RNG.normal(size=50), 0).astype(np.float32)
    for kind in STEPS:
        assert quantised(Weight.of(values), kind).array()[-1] == 0


def test_each_channel_has_a_scale_of_its_own() -> None:
    values = (RNG.normal(size=(3, 3, 4, 5)) * [1, 10, 100, 1000, 1e4]).astype(np.float32)
    apart = quantised(Weight.of(values), "uint8", axis=3)
    for i in range(5):
        alone = quantised(Weight.of(values[..., i]), "uint8")
        np.testing.assert_array_equal(apart.array()[..., i], alone.array())
    together = quantised(Weight.of(values), "uint8").array()
    errors = [np.abs(each[..., 0] - values[..., 0]).max() for each in (apart.array(), together)]
    assert errors[0] < errors[1] / 100
    assert not apart.is_plain and apart.quantization is not None
    with pytest.raises(ValueError, match="one scale for each weight"):
        tfjs._described("k", apart)


def test_what_is_not_quantised() -> None:
    for values in (np.arange(3), np.array([True]), np.zeros((0, 3), np.float32)):
        weight = Weight.of(values)
        assert quantised(weight, "uint8") is weight
    for bad in (np.nan, np.inf):
        for kind in quantising.KINDS:
            with pytest.raises(FormatError, match="NaN or infinite"):
                quantised(Weight.of(np.array([1, bad], np.float32)), kind)
    with pytest.raises(FormatError, match="beyond 65504"):
        quantised(Weight.of(np.array([1e6], np.float32)), "float16")


def network() -> pw.Sequential:
    net = pw.Sequential(
        [
            pw.layers.Conv2D(6, 3, activation="relu", input_shape=(8, 8, 3), name="conv"),
            pw.layers.BatchNormalization(name="norm"),
            pw.layers.DepthwiseConv2D(3, name="apart"),
            pw.layers.Flatten(name="flat"),
            pw.layers.Dense(4, activation="softmax", name="classes"),
        ]
    )
    rng = np.random.default_rng(4)
    net.set_weights([rng.uniform(0.1, 1, w.shape).astype(np.float32) - 0.4 * (w.ndim > 1)
                     for w in net.get_weights()])  # fmt: skip
    return net


@pytest.mark.tfjs
def test_tensorflow_js_loads_them_to_the_same_numbers() -> None:
    """Weights bit for bit; outputs within what float32 adds up in another order."""
    net = network()
    x = np.random.default_rng(1).normal(size=(3, 8, 8, 3)).astype(np.float32)
    jobs, ours = [], []
    for kind, only in (("uint8", ""), ("uint16", ""), ("float16", ""), ("uint8", "*bias,classes*")):
        stored = stored_model(net, [w.data_sync() for w in net.weights])
        files = tfjs.write(stored._replace(weights=in_fewer_bits(stored.weights, kind, only)))
        whole = tfjs.write(stored)
        assert len(files["weights.bin"]) < len(whole["weights.bin"])
        ours.append(load_layers_model(zip_of(files)))
        coded = {name: base64.b64encode(data).decode() for name, data in files.items()}
        jobs.append({"files": coded, "x": x.tolist()})
    answers = run_node("load.mjs", jobs)
    for model, answer in zip(ours, answers, strict=True):
        back = load_layers_model(
            zip_of({n: base64.b64decode(data) for n, data in answer["files"].items()})
        )
        for mine, theirs in zip(model.get_weights(), back.get_weights(), strict=True):
            np.testing.assert_array_equal(mine, theirs)
        np.testing.assert_allclose(model.predict(x).numpy(), answer["y"], atol=1e-5)


def normalised() -> pw.Model:
    """Batch norms right behind kernels whose channels are of very different sizes."""
    x = pw.Input((8, 8, 3))
    y = pw.layers.Conv2D(6, 3, use_bias=False, name="conv")(x)
    y = pw.layers.ReLU(6.0, name="a")(pw.layers.BatchNormalization(name="n1")(y))
    y = pw.layers.DepthwiseConv2D(3, use_bias=False, name="apart")(y)
    y = pw.layers.ReLU(6.0, name="b")(pw.layers.BatchNormalization(name="n2")(y))
    y = pw.layers.Flatten(name="flat")(y)
    net = pw.Model(x, pw.layers.Dense(4, activation="softmax", name="classes")(y))
    rng = np.random.default_rng(5)
    values = [rng.uniform(0.2, 1, w.shape) - 0.6 * (w.ndim > 1) for w in net.get_weights()]
    for i, value in enumerate(values):
        if value.ndim == 4:
            values[i] = value * 10.0 ** np.linspace(-2, 1, 6).reshape(
                (6, 1) if value.shape[-1] == 1 else 6
            )
    net.set_weights([value.astype(np.float32) for value in values])
    return net


@pytest.mark.tfjs
def test_scales_per_channel_in_batch_norms(tmp_path: Path) -> None:
    """TensorFlow.js computes with them as we do, and they are more exact."""
    net = normalised()
    x = np.random.default_rng(1).normal(size=(3, 8, 8, 3)).astype(np.float32)
    apart = pw.convert(net, tmp_path / "apart", quantise="uint8", per_channel=True)
    whole = pw.convert(net, tmp_path / "whole", quantise="uint8")
    assert apart.difference < 0.7 * whole.difference  # the dense layer has one scale
    assert apart.smaller == whole.smaller == 3
    assert abs(apart.nbytes - whole.nbytes) <= 8 * 6  # a bias in place of what is folded
    coded = {
        path.name: base64.b64encode(path.read_bytes()).decode()
        for path in (tmp_path / "apart").iterdir()
    }
    (answer,) = run_node("load.mjs", [{"files": coded, "x": x.tolist()}])
    ours = pw.load_model(tmp_path / "apart").predict(x).numpy()
    np.testing.assert_allclose(ours, answer["y"], atol=1e-5)


def test_what_batch_norms_cannot_hold(tmp_path: Path) -> None:
    """A relu between kernel and batch norm; patterns; other bits."""
    with pytest.raises(ValueError, match="'norm' cannot be folded into 'conv'"):
        pw.convert(network(), tmp_path / "x", quantise="uint8", per_channel=True)
    for options in ({"quantise": "uint16"}, {"quantise": "uint8", "only": "conv*"}):
        with pytest.raises(ValueError, match=r"those of all kernels in uint8"):
            pw.convert(normalised(), tmp_path / "x", per_channel=True, **options)
    assert not list(tmp_path.iterdir())


def zip_of(files: dict[str, bytes]) -> bytes:
    from pywebml.host.stores import zip_bytes

    return zip_bytes(files)


def test_which_weights(capsys: pytest.CaptureFixture[str]) -> None:
    stored = stored_model(network(), [w.data_sync() for w in network().weights])

    def smaller(*args: Any) -> set[str]:
        weights = in_fewer_bits(stored.weights, *args)
        return {name for name, weight in weights.items() if weight.quantization}

    kernels = {"conv/kernel", "apart/depthwise_kernel", "classes/kernel"}
    assert smaller("uint8") == smaller("uint16") == kernels
    assert smaller("float16") == set(stored.weights)
    assert smaller("uint8", "conv*, classes/bias") == {"conv/kernel", "conv/bias", "classes/bias"}
    weights = in_fewer_bits(stored.weights, "uint8", (), True)
    axes = {name: weights[name].quantization for name in kernels}
    assert {name: q.axis for name, q in axes.items() if q} == {
        "conv/kernel": 3, "apart/depthwise_kernel": 2, "classes/kernel": 1,
    }  # fmt: skip
    with pytest.raises(ValueError, match=r"no weight is called 'foo\*'; there are conv/kernel"):
        smaller("uint8", "foo*")
    with pytest.raises(ValueError, match="one of uint8, uint16, float16, got 'uint4'"):
        smaller("uint4")
