"""Models whose quantised weights stay in bytes: the answers of the same model in
floats, in less memory.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml.formats.in_bytes import BytesConv2D, BytesDense, model_in_bytes
from pywebml.formats.layers_models import stored_model
from pywebml.formats.wire import tfjs
from pywebml.formats.wire.quantising import quantised
from pywebml.formats.wire.stored import Stored


def network() -> pw.Model:
    """Every kind of layer that stays, and some that do not."""
    inner = pw.Sequential(
        [
            pw.layers.Conv2D(6, 3, padding="same", input_shape=(9, 9, 3), name="wide"),
            pw.layers.Conv2D(8, 1, activation="relu6", name="point"),
            pw.layers.Conv2D(5, 1, strides=2, padding="same", use_bias=False, name="strided"),
        ],
        name="inner",
    )
    x = pw.Input((9, 9, 3))
    y = pw.layers.Flatten(name="flat")(inner(x))
    y = pw.layers.Dense(7, activation="tanh", name="hidden")(y)
    return pw.Model(x, pw.layers.Dense(3, activation="softmax", name="classes")(y))


def in_eight_bits(model: pw.Model, axis: bool = False) -> Stored:
    stored = stored_model(model, [w.data_sync() for w in model.weights])
    small = {
        name: quantised(w, "uint8", len(w.shape) - 1 if axis else None) if len(w.shape) > 1 else w
        for name, w in stored.weights.items()
    }
    return stored._replace(weights=small)


def bytes_of(model: Any) -> int:
    return sum(w.size * {"uint8": 1}.get(w.dtype, 4) for w in model.weights)


def test_the_same_answers(host: str) -> None:
    model = network()
    model.set_weights([np.random.default_rng(i).normal(size=w.shape).astype(np.float32) * 0.3
                       for i, w in enumerate(model.get_weights())])  # fmt: skip
    files = tfjs.write(in_eight_bits(model))
    floats = pw.load_model(files)
    kept = pw.load_model(files, keep_quantised=True)
    x = np.random.default_rng(9).normal(size=(4, 9, 9, 3)).astype(np.float32)
    expected = floats.predict(x).numpy()
    np.testing.assert_allclose(kept.predict(x).numpy(), expected, atol=1e-5)
    np.testing.assert_allclose(kept(x).numpy(), expected, atol=1e-5)
    assert np.ptp(expected) > 0.15
    assert bytes_of(kept) < 0.5 * bytes_of(floats)
    with pytest.raises(ValueError, match="load it without keep_quantised"):
        kept.save("x.zip")


def test_which_layers_stay() -> None:
    model, count = model_in_bytes(in_eight_bits(network()))
    inner = model.get_layer("inner")
    kinds = {layer.name: type(layer) for layer in (*inner.layers, *model.layers)}
    stay = {name for name, kind in kinds.items() if kind in (BytesDense, BytesConv2D)}
    assert stay == {"point", "strided", "hidden", "classes"} and count == 4
    plain = network()
    whole = stored_model(plain, [w.data_sync() for w in plain.weights])
    assert model_in_bytes(whole)[1] == 0


def test_a_scale_for_each_output(host: str) -> None:
    """As .safetensors have them; the topology comes from the model."""
    model = network()
    stored = in_eight_bits(model, axis=True)
    kept, _ = model_in_bytes(stored)
    x = np.random.default_rng(9).normal(size=(2, 9, 9, 3)).astype(np.float32)
    model.set_weights([w.array() for w in stored.weights.values()])
    np.testing.assert_allclose(kept.predict(x).numpy(), model.predict(x).numpy(), atol=1e-5)


def test_a_real_network(data_folder: Path) -> None:
    model = pw.load_model(data_folder / "mobilenet_v1_0.25_224")
    files = tfjs.write(in_eight_bits(model))
    floats, kept = pw.load_model(files), pw.load_model(files, keep_quantised=True)
    x = np.random.default_rng(0).uniform(-1, 1, (1, 224, 224, 3)).astype(np.float32)
    np.testing.assert_allclose(kept.predict(x).numpy(), floats.predict(x).numpy(), atol=1e-4)
    assert bytes_of(kept) < 0.31 * bytes_of(floats)
