"""What a network is made of, Keras's or ours, as plain data.

    python tests/support/network_facts.py     Keras's of every network, as JSON

It runs with Keras's NumPy backend, as JAX compiles for each weight that is drawn.
"""

from __future__ import annotations

import json
import os
import tempfile
import warnings
from typing import Any

import numpy as np

NETWORKS: dict[str, dict[str, Any]] = {
    "MobileNet": {"alpha": 0.25},
    "MobileNetV2": {"alpha": 0.35},
    "MobileNetV3Small": {},
    "MobileNetV3Large": {"minimalistic": True},
    "EfficientNetB0": {},
    "EfficientNetB1": {"include_top": False},
    "EfficientNetB2": {"include_top": False, "pooling": "max"},
    "ResNet50": {},
    "VGG16": {"include_top": False, "pooling": "avg"},
    "VGG19": {"include_top": False, "pooling": "max"},
    "Xception": {"include_top": False, "pooling": "avg", "input_shape": (71, 71, 3)},
}
"""{network: its arguments}."""
SETTINGS = (
    "kernel_size", "strides", "padding", "activation", "epsilon", "momentum", "rate",
    "noise_shape", "depth_multiplier", "use_bias", "pool_size", "scale", "offset", "max_value",
)  # fmt: skip


def built(applications: Any, name: str) -> Any:
    same = {"input_shape": (33, 33, 3), "weights": None, "classes": 7}
    return getattr(applications, name)(**{**same, **NETWORKS[name]})


def facts(model: Any) -> dict[str, Any]:
    return {
        "name": model.name,
        "output": list(model.output_shape),
        "weights": [
            [unnumbered(layer.name), [list(w.shape) for w in layer.weights]]
            for layer in model.layers
            if layer.weights
        ],
        "settings": settings(model),
    }


def unnumbered(name: str) -> str:
    """Names that are numbered by themselves may have other numbers."""
    return name.rstrip("0123456789").rstrip("_")


def settings(model: Any) -> list[str]:
    """Class, name and what matters of the config of every layer but operators."""
    rows = []
    for layer in model.layers:
        kind, config = type(layer).__name__, layer.get_config()
        if kind in ("InputLayer", "Operation", "Multiply", "Add") or "hard_sigmoid" in str(config):
            continue
        if kind == "ReLU" and config["max_value"] == 6.0 and layer.name.startswith("re_lu"):
            continue  # of Keras's hard sigmoid
        said = {key: plain(config[key]) for key in SETTINGS if config.get(key) is not None}
        rows.append(f"{kind} {unnumbered(layer.name)} {sorted(said.items())}")
    return sorted(rows)


def plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return tuple(plain(one) for one in value)
    if isinstance(value, str):
        return {"hard_silu": "hard_swish", "silu": "swish"}.get(value, value)
    return round(value, 6) if isinstance(value, float) else value


def answers(model: Any) -> Any:
    """What it gives for fixed weights, which belong to their layers' places."""
    layers = [layer for layer in model.layers if layer.weights]
    for i, layer in enumerate(layers):
        rng = np.random.default_rng(i)
        spread = [1 / np.sqrt(max(np.prod(w.shape[:-1]), 1)) for w in layer.weights]
        values = [rng.normal(0, s, w.shape) for s, w in zip(spread, layer.weights, strict=True)]
        if type(layer).__name__ == "BatchNormalization":
            values = [np.abs(v) * 0.1 + 0.5 for v in values]
        layer.set_weights([np.asarray(v, np.float32) for v in values])
    x = np.random.default_rng(0).uniform(-1, 1, (1, *model.input_shape[1:])).astype(np.float32)
    return model.predict(x, verbose=0)


def main() -> None:
    os.environ["KERAS_BACKEND"] = "numpy"
    os.environ["KERAS_HOME"] = os.path.join(tempfile.gettempdir(), "pywebml-keras-numpy")
    os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")
    warnings.simplefilter("ignore")
    import keras

    told = {}
    for name in NETWORKS:
        model = built(keras.applications, name)
        told[name] = facts(model)
        if name == "MobileNet":
            told[name]["answers"] = np.asarray(answers(model)).tolist()
    print(json.dumps(told))


if __name__ == "__main__":
    main()
