"""One case of a layer, and all that must hold for it: values against NumPy, shapes,
weights, gradients, a training step, half floats, and the way through a config and back.
"""

from __future__ import annotations

import copy
import importlib.util
import json
import math
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numeric import differences

from pywebml import layers, models
from pywebml.core.autodiff import grad, variable_grads
from pywebml.core.tensor import tensor
from pywebml.layers.base import Layer
from pywebml.layers.support.shapes import traced

Array = Any
Shape = tuple[int, ...]


class EndOfMask(layers.Flatten):
    """Flattens, and takes the mask of a layer that makes one away without a warning."""

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return None


@dataclass(frozen=True)
class LayerCase:
    """`expected(x, *weights)` is the layer's meaning in NumPy, for inputs of `shape`; x
    is a list, and `shape`, too, for a layer that takes several tensors.

    `weights` are (name, shape) in Keras's order. `draw(rng, shape)` makes the inputs
    where normal numbers won't do. `any_size` is False for a layer that does not take
    every size, `smooth` for inputs at which there is no slope, and `half` for a layer
    whose ops know no 16-bit floats. `alone` says why Keras's layer of that name cannot
    be held beside it (test_beside_keras.py). `spread` where several tensors are
    arguments of their own and no list.
    """

    make: Callable[[], Layer]
    shape: Shape | list[Shape]
    weights: Sequence[tuple[str, Shape]]
    expected: Callable[..., Array]
    draw: Callable[[np.random.Generator, Shape], Array] | None = None
    any_size: bool = True
    smooth: bool = True
    half: bool = True
    alone: str = ""
    spread: bool = False

    @property
    def many(self) -> bool:
        return isinstance(self.shape, list)

    @property
    def shapes(self) -> list[Shape]:
        return self.shape if isinstance(self.shape, list) else [self.shape]

    def arrays(self) -> list[Array]:
        rng = np.random.default_rng(1)
        draw = self.draw or (lambda rng, shape: rng.normal(size=shape))
        return [draw(rng, shape).astype(np.float32) for shape in self.shapes]

    def values(self) -> list[Array]:
        """Weights that nobody would guess."""
        rng = np.random.default_rng(2)
        return [rng.uniform(0.2, 1.2, size=s).astype(np.float32) for _, s in self.weights]

    def one(self, items: list[Any]) -> Any:
        """What the layer is called with."""
        return items if self.many else items[0]

    def call(self, layer: Any, items: list[Any]) -> Any:
        return layer(*items) if self.spread else layer(self.one(items))

    def of_shapes(self, method: Callable[..., Any], shapes: list[Any]) -> Any:
        """`build` or `compute_output_shape`, called with shapes as `call` is."""
        return method(*shapes) if self.spread else method(self.one(shapes))

    def want(self, arrays: list[Array]) -> Array:
        exact = [a.astype(np.float64) for a in arrays]
        return self.expected(self.one(exact), *(v.astype(np.float64) for v in self.values()))

    def built(self, dtype: str = "float32") -> Layer:
        """The layer with its weights."""
        layer = self.make()
        if dtype != "float32":
            layer = type(layer).from_config({**layer.get_config(), "dtype": dtype})
        self.call(layer, [layers.Input(s[1:]) for s in self.shapes])
        layer.set_weights(self.values())
        return layer

    # --- what must hold

    def check(self) -> None:
        self.check_weights()
        self.check_values()
        self.check_build()
        self.check_shapes()
        self.check_config()
        self.check_copies()
        self.check_training()
        if self.smooth:
            self.check_gradient()
        if self.half:
            self.check_half_floats()

    def check_weights(self) -> None:
        layer = self.built()
        assert [(w.name, tuple(w.shape)) for w in layer.weights] == list(self.weights)
        assert {w.dtype for w in layer.weights} <= {"float32"}
        assert layer.count_params() == sum(math.prod(s) for _, s in self.weights)
        for got, value in zip(layer.get_weights(), self.values(), strict=True):
            np.testing.assert_array_equal(got, value)

    def check_values(self) -> None:
        """Called by itself, and inside a model that runs in batches."""
        layer, arrays = self.built(), self.arrays()
        got = self.call(layer, [tensor(a) for a in arrays]).numpy()
        assert got.dtype == np.float32
        np.testing.assert_allclose(got, self.want(arrays), rtol=1e-4, atol=1e-5)
        inputs = [layers.Input(s[1:]) for s in self.shapes]
        symbol = self.call(layer, inputs)
        assert symbol.shape[0] is None
        assert got.shape == (self.shapes[0][0], *symbol.shape[1:])
        model = models.Model(inputs, symbol)
        np.testing.assert_allclose(
            model.predict(self.one(arrays), 2).numpy(), got, rtol=1e-5, atol=1e-6
        )

    def check_build(self) -> None:
        """Built by hand, twice, the layer has one set of weights: those that are set."""
        layer = self.make()
        self.of_shapes(layer.build, self.shapes)
        layer.set_weights(self.values())
        weights = layer.weights
        self.of_shapes(layer.build, [(None, *s[1:]) for s in self.shapes])
        arrays = self.arrays()
        got = self.call(layer, [tensor(a) for a in arrays]).numpy()
        assert all(a is b for a, b in zip(layer.weights, weights, strict=True))
        np.testing.assert_allclose(got, self.want(arrays), rtol=1e-4, atol=1e-5)

    def check_shapes(self) -> None:
        """The layer's rule says what following its call says, whichever sizes are open."""
        layer = self.built()
        sizes: list[list[Any]] = [self.shapes, [(None, *s[1:]) for s in self.shapes]]
        if self.any_size:
            sizes.append([(*[None] * (len(s) - 1), s[-1]) for s in self.shapes])
        for shapes in sizes:
            if self.spread:
                want = self.call(layer, [layers.Input(s[1:], s[0]) for s in shapes]).shape
            else:
                (want, _), *_ = traced(layer, shapes, ["float32"] * len(shapes), self.many)
            assert self.of_shapes(layer.compute_output_shape, shapes) == want

    def check_config(self) -> None:
        """Through JSON and by class name, to a layer that does the same."""
        layer, x = self.built(), [tensor(a) for a in self.arrays()]
        entry = json.loads(json.dumps(layers.serialize(layer)))
        again = layers.deserialize(entry["class_name"], entry["config"])
        assert type(again) is type(layer)
        assert json.loads(json.dumps(again.get_config())) == entry["config"]
        self.call(again, x)
        again.set_weights(self.values())
        np.testing.assert_array_equal(self.call(again, x).numpy(), self.call(layer, x).numpy())

    def check_copies(self) -> None:
        """Copied or pickled, with weights of its own."""
        layer, x = self.built(), [tensor(a) for a in self.arrays()]
        for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
            assert other.get_config() == layer.get_config()
            np.testing.assert_array_equal(self.call(other, x).numpy(), self.call(layer, x).numpy())
            for weight, value in zip(other.weights, self.values(), strict=True):
                weight.assign(value + 1)
            for weight, value in zip(layer.weights, self.values(), strict=True):
                np.testing.assert_array_equal(weight.numpy(), value)

    def check_gradient(self) -> None:
        """At the first input: slopes of the meaning, by finite differences."""
        layer, arrays = self.built(), self.arrays()
        seed = np.random.default_rng(3).normal(size=self.want(arrays).shape).astype(np.float32)

        def ours(first: Any) -> Any:
            rest = [tensor(a) for a in arrays[1:]]
            return (self.call(layer, [first, *rest]) * tensor(seed)).sum()

        got = grad(ours)(tensor(arrays[0])).numpy()
        want = differences(
            lambda first: float((self.want([first, *arrays[1:]]) * seed).sum()),
            arrays[0].astype(np.float64),
        )
        np.testing.assert_allclose(got, want, rtol=2e-3, atol=1e-3)

    def check_training(self) -> None:
        """Every trainable weight has a gradient; along it the loss falls; and a step of
        training moves every one of them.
        """
        arrays, rng = self.arrays(), np.random.default_rng(4)
        inputs = [layers.Input(s[1:]) for s in self.shapes]
        symbol = self.call(self.built(), inputs)
        model = models.Model(inputs, layers.Dense(1)(EndOfMask()(symbol)))
        x, y = self.one(arrays), rng.normal(size=(self.shapes[0][0], 1)).astype(np.float32) + 3

        def loss() -> Any:
            error = model(self.one([tensor(a) for a in arrays])) - tensor(y)
            return (error * error).mean()

        first, slopes = variable_grads(loss, model.trainable_weights)
        for weight, slope in zip(model.trainable_weights, slopes, strict=True):
            assert np.any(slope.numpy()), f"{weight.name} has no gradient"
        # as far as should take a thousandth off the loss
        length = 1e-3 * first.item() / sum(float((s.numpy() ** 2).sum()) for s in slopes)
        for weight, slope in zip(model.trainable_weights, slopes, strict=True):
            weight.assign(weight - slope * length)
        assert loss().item() < first.item()
        model.compile("sgd", "mse")
        before = [w.numpy() for w in model.trainable_weights]
        assert math.isfinite(model.train_on_batch_sync(x, y))
        for weight, old in zip(model.trainable_weights, before, strict=True):
            assert not np.array_equal(weight.numpy(), old), weight.name

    def check_half_floats(self) -> None:
        layer, arrays = self.built("float16"), self.arrays()
        assert {w.dtype for w in layer.weights} <= {"float16"}
        got = self.call(layer, [tensor(a) for a in arrays])
        want = self.want(arrays)
        assert got.dtype == "float16"
        np.testing.assert_allclose(
            got.numpy().astype(np.float64), want, rtol=1e-2, atol=1e-2 * np.abs(want).max()
        )


def all_cases(name: str = "CASES") -> list[Any]:
    """The CASES, or the list of another name, of every file of tests/layers."""
    rows: list[Any] = []
    for path in sorted((Path(__file__).parents[1] / "layers").glob("test_*.py")):
        if f"\n{name} = [" in path.read_text(encoding="utf-8"):
            spec = importlib.util.spec_from_file_location(f"cases_of_{path.stem}", path)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            rows += getattr(module, name)
    return rows


def parameters(cases: Sequence[LayerCase]) -> Any:
    """`@parameters(CASES)`: one test per case, named by its layer."""
    names = [f"{type(case.make()).__name__}-{i}" for i, case in enumerate(cases)]
    return pytest.mark.parametrize("case", cases, ids=names)
