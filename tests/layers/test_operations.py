"""Functions of `pw.ops` and operators on symbols: layers of the graph."""

from __future__ import annotations

import copy
import json
import operator
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from layer_cases import LayerCase, parameters

import pywebml as pw
from pywebml import layers, models, ops

X = np.array([[1.0, -2.0, 3.5], [0.5, 4.0, -1.5]], np.float32)
CASES = [
    LayerCase(
        lambda: layers.Operation("add"),
        [(2, 3), (2, 3)],
        [],
        lambda xs: xs[0] + xs[1],
        half=False,
        alone="Keras writes its operations under their own names",
    ),
]


@parameters(CASES)
def test_operations(host: str, case: LayerCase) -> None:
    case.check()


OPERATORS: list[Callable[[Any], Any]] = [
    lambda x: x + 1, lambda x: 1 + x, lambda x: x - 0.5, lambda x: 2 - x, lambda x: x * x,
    lambda x: 3 * x, lambda x: x / 2, lambda x: 2 / x, lambda x: (x * x) ** 1.5,
    lambda x: 2.0**x, lambda x: x // 2, lambda x: 7 // x, lambda x: x % 2, lambda x: -x, abs,
    lambda x: x @ np.ones((3, 2), np.float32), lambda x: x[:, 0], lambda x: x[:, 1:],
    lambda x: x[..., None], lambda x: x[:, ::-1], lambda x: x[0], lambda x: (x > 0) * 1.0,
    lambda x: x >= x, lambda x: x < 1.0, lambda x: x <= 1.0, lambda x: x + np.float32(2),
    lambda x: np.ones(3, np.float32) * x, lambda x: x + pw.tensor([1.0, 2.0, 3.0]),
    lambda x: pw.tensor([1.0, 2.0, 3.0]) - x, lambda x: x.T, lambda x: x.astype("int32"),
    lambda x: x.sum(1), lambda x: x.reshape((-1, 1)), lambda x: ops.mean(x, -1, keepdims=True),
    lambda x: ops.concat([x, x * 2, x], 1), lambda x: ops.stack([x, x], axis=-1),
    lambda x: ops.where(x > 0, x, 0.0), lambda x: ops.softmax(x), lambda x: ops.split(x, 3, 1)[1],
    lambda x: ops.reshape(x, (-1, 3, 1)), lambda x: ops.transpose(x, (1, 0)),
    lambda x: ops.clip_by_value(x, -1.0, 1.0), lambda x: ops.cast(x, "bool"),
    lambda x: ops.top_k(x, 2).values if hasattr(ops.top_k(x, 2), "values") else ops.top_k(x, 2)[0],
    lambda x: ops.linalg.norm(x, axis=1), lambda x: ops.einsum("ij,kj->ik", x, x),
    lambda x: ops.zeros_like(x) + x,
]  # fmt: skip


@pytest.mark.parametrize("function", OPERATORS, ids=range(len(OPERATORS)))
def test_a_symbol_gives_what_a_tensor_gives(host: str, function: Callable[[Any], Any]) -> None:
    """In the graph, in a copy of it, and in one made of its config."""
    want = function(pw.tensor(X)).numpy()
    x = layers.Input((3,))
    y = function(x)
    known = [None if m is None else n for n, m in zip(want.shape, y.shape, strict=True)]
    assert list(y.shape) == known
    model = models.Model(x, y)
    config = json.loads(json.dumps(model.get_config()))
    for one in (
        model,
        models.Model.from_config(config),
        copy.deepcopy(model),
        pickle.loads(pickle.dumps(model)),
    ):
        got = one(X).numpy()
        assert got.dtype == want.dtype
        np.testing.assert_allclose(got, want, rtol=1e-6)
    assert json.loads(json.dumps(models.Model.from_config(config).get_config())) == config


def test_a_graph_of_operations_trains_and_is_saved(host: str, tmp_path: Path) -> None:
    x = layers.Input((3,), name="x")
    hidden = layers.Dense(4, name="hidden")(x)
    gate = ops.sigmoid(layers.Dense(4, name="gate")(x))
    y = layers.Dense(1, name="out")(hidden * gate + (1 - gate) * 0.5)
    model = models.Model(x, y)
    model.compile("adam", "mse")
    before = model.get_weights()
    losses = model.fit_sync(X, [[1.0], [0.0]], epochs=20, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert all((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))
    pw.save_model(model, str(tmp_path / "model"))
    again = pw.load_model(str(tmp_path / "model"))
    np.testing.assert_allclose(again(X).numpy(), model(X).numpy(), rtol=1e-6)
    assert "(Operation)" in _summary(model)


def _summary(model: Any) -> str:
    lines: list[str] = []
    model.summary(print_fn=lines.append)
    return "\n".join(lines)


def test_every_function_is_known_by_its_name() -> None:
    """What can be written into a config can be read from it."""
    from pywebml.core.symbolic import FUNCTIONS

    for name in ops.__all__:
        if name[0].islower():
            assert FUNCTIONS[name] is getattr(ops, name)
    with pytest.raises(ValueError, match=r"no function 'os\.system' in pw\.ops"):
        layers.Operation("os.system")


@pytest.mark.parametrize(
    "use", [bool, float, int, list, len, np.asarray, np.sin], ids=lambda use: use.__name__
)
def test_a_symbol_has_no_numbers(use: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match=r"has no numbers yet|__array_ufunc__"):
        use(layers.Input((3,)))


def test_a_symbol_is_itself() -> None:
    x, y = layers.Input((3,)), layers.Input((3,))
    assert x in [y, x]
    assert [y, x].index(x) == 1
    assert len({x, y}) == 2
    assert not operator.eq(x, y)
