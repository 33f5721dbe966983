"""`pw.train`'s optimizers against TensorFlow.js's in Node: names, defaults and twenty
steps of `minimize`.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest
from in_node import run_node

import pywebml as pw

pytestmark = pytest.mark.tfjs

CALLS: list[tuple[str, list[Any]]] = [
    ("sgd", [0.05]),
    ("momentum", [0.05, 0.9]),
    ("momentum", [0.05, 0.9, True]),
    ("adagrad", [0.05]),
    ("adagrad", [0.05, 0.3]),
    ("adadelta", []),
    ("adadelta", [0.5, 0.9, 1e-6]),
    ("adam", []),
    ("adam", [0.05, 0.8, 0.99, 1e-5]),
    ("adam", [0.05, 0.8, 0.99, 0.1]),
    ("adamax", []),
    ("adamax", [0.05, 0.8, 0.99, 1e-5, 0.1]),
    ("rmsprop", [0.05]),
    ("rmsprop", [0.05, 0.8, 0.5, 1e-9, True]),
]
STEPS, SIZE = 20, 6


def product(w: Any, gradient: Any) -> Any:
    return (w * gradient).sum()


def test_those_that_are_not_keras_s_go_by_a_name_of_their_own() -> None:
    for optimizer in (pw.train.adam(0.1), pw.train.adadelta(0.1)):
        again = pw.optimizers.deserialize(pw.optimizers.serialize(optimizer))
        assert type(again) is type(optimizer) and again.get_config() == optimizer.get_config()


def test_twenty_steps(host: str) -> None:
    draw = np.random.default_rng(3)
    start = draw.normal(size=SIZE).astype(np.float32)
    gradients = draw.normal(size=(STEPS, SIZE)).astype(np.float32)
    jobs = [
        {"name": name, "args": args, "start": start.tolist(), "gradients": gradients.tolist()}
        for name, args in CALLS
    ]
    for (name, args), answer in zip(CALLS, run_node("minimize.mjs", jobs), strict=True):
        w = pw.Variable(start, name="w")
        optimizer, costs = getattr(pw.train, name)(*args), []
        for gradient in map(pw.tensor, gradients):
            cost = functools.partial(product, w, gradient)
            costs.append(optimizer.minimize(cost, True, [w]).item())
        np.testing.assert_allclose(w.numpy(), answer["w"], rtol=2e-5, atol=2e-6, err_msg=name)
        np.testing.assert_allclose(costs, answer["costs"], rtol=1e-4, atol=1e-5, err_msg=name)
