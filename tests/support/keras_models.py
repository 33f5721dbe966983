"""Models and trainings that Keras and pywebml make by the same program: each function
takes the library, `k`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

RNG = np.random.default_rng(3)
X = RNG.normal(size=(8, 6, 6, 1)).astype(np.float32)
Y = np.eye(2, dtype=np.float32)[RNG.integers(0, 2, 8)]


def stack(k: Any) -> Any:
    return k.Sequential(
        [
            k.layers.Input((6, 6, 1)),
            k.layers.Conv2D(2, 3, activation="relu", kernel_regularizer="l2"),
            k.layers.BatchNormalization(),
            k.layers.Flatten(),
            k.layers.Dense(3, kernel_initializer="he_normal", bias_constraint="non_neg"),
            k.layers.Dense(2, activation="softmax"),
        ]
    )


def nested(k: Any) -> Any:
    """A model in a model, called twice, beside a layer that is shared."""
    x = k.layers.Input((6, 6, 1), name="picture")
    inner = k.Sequential(
        [k.layers.Input((18,)), k.layers.Dense(4), k.layers.Dense(4, activation="relu")],
        name="inner",
    )
    a = k.layers.Reshape((18,))(k.layers.Cropping2D(((0, 3), (0, 0)))(x))
    b = k.layers.Reshape((18,))(k.layers.Cropping2D(((3, 0), (0, 0)))(x))
    shared = k.layers.Dense(4, name="shared")
    total = k.layers.Add()([inner(a), inner(b), shared(a)])
    deeper = k.Model(x, [total, shared(b)])
    p, q = deeper(x)
    both = k.layers.Concatenate()([p, q])
    return k.Model(x, k.layers.Dense(2, activation="softmax", name="end")(both))


def headed(k: Any) -> Any:
    """A head on an extractor: models in a Sequential, as Teachable Machine has them."""
    x = k.layers.Input((6, 6, 1))
    extractor = k.Model(x, k.layers.Conv2D(3, 3, name="conv")(x), name="extractor")
    head = k.Sequential(
        [k.layers.Input((48,)), k.layers.Dense(2, activation="softmax", name="classes")],
        name="head",
    )
    return k.Sequential([extractor, k.layers.Flatten(name="flat"), head])


MAKERS: dict[str, Callable[[Any], Any]] = {"stack": stack, "nested": nested, "headed": headed}


OPTIMIZERS: dict[str, dict[str, Any]] = {
    "SGD": {"learning_rate": 0.05},
    "SGD momentum": {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True},
    "RMSprop": {"learning_rate": 0.01},
    "RMSprop centered": {"learning_rate": 0.01, "momentum": 0.5, "centered": True},
    "Adam": {"learning_rate": 0.01},
    "Adam amsgrad": {"learning_rate": 0.01, "amsgrad": True, "clipnorm": 1.0},
    "Adam averages": {"learning_rate": 0.01, "use_ema": True},
    "AdamW": {"learning_rate": 0.01},
    "Adamax": {"learning_rate": 0.01},
    "Adagrad": {"learning_rate": 0.05},
    "Adadelta": {"learning_rate": 1.0},
    "Lion": {"learning_rate": 0.001},
    "Nadam": {"learning_rate": 0.01},
    "Ftrl": {"learning_rate": 0.1},
    "Lamb": {"learning_rate": 0.01},
    "SGD accumulated": {"learning_rate": 0.05, "gradient_accumulation_steps": 2},
    "Adam scheduled": {"learning_rate": (0.02, 5, 0.5)},
}


def compiled(k: Any, optimizer: str) -> Any:
    cls = getattr(k.optimizers, optimizer.partition(" ")[0])
    model = k.Sequential(
        [k.layers.Input((6, 6, 1)), k.layers.Flatten(), k.layers.Dense(2, activation="softmax")]
    )
    options = dict(OPTIMIZERS[optimizer])
    if isinstance(options["learning_rate"], tuple):
        decay = k.optimizers.schedules.ExponentialDecay(*options["learning_rate"])
        options["learning_rate"] = decay
    model.compile(
        cls(**options),
        k.losses.CategoricalCrossentropy(label_smoothing=0.1),
        metrics=["accuracy"],
        weighted_metrics=["mae"],
    )
    return model


FIT = {"batch_size": 4, "epochs": 3, "shuffle": False, "verbose": 0}


def same_histories(ours: Any, theirs: Any, relative: float = 1e-4) -> None:
    assert sorted(ours.history) == sorted(theirs.history)
    for key, values in theirs.history.items():
        np.testing.assert_allclose(ours.history[key], values, rtol=relative, atol=1e-5, err_msg=key)


def listed(outputs: Any) -> list[Any]:
    if isinstance(outputs, dict):
        outputs = list(outputs.values())
    many = isinstance(outputs, (list, tuple))
    return [np.asarray(one) for one in (outputs if many else [outputs])]


def close(ours: Any, theirs: Any, relative: float = 1e-5) -> None:
    for one, other in zip(listed(ours), listed(theirs), strict=True):
        scale = max(float(np.abs(other).max(initial=0.0)), 1e-3)
        np.testing.assert_allclose(one, other, rtol=relative, atol=relative * scale)
