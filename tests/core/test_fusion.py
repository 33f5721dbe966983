"""The passes over a trace: each does away with the launches it is for, and replays
still mean what eager runs mean.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest
from hosts import shared_device
from numeric import real_gpu_kernels

import pywebml as pw
from pywebml import ops


def kernels(captured: Any) -> list[str]:
    return [row.kernel for row in captured.plans()[0].rows]


def same(function: Callable[..., Any], *arrays: Any, rtol: float = 1e-5) -> list[str]:
    """Runs `function` eagerly and captured, compares, and returns the plan's kernels."""
    captured = pw.capture(function)
    want = function(*(pw.tensor(a) for a in arrays))
    for _ in range(2):
        got = captured(*arrays)
        for w, g in zip(
            want if isinstance(want, tuple) else (want,),
            got if isinstance(got, tuple) else (got,),
            strict=True,
        ):
            assert w.shape == g.shape and w.dtype == g.dtype
            np.testing.assert_allclose(g.numpy(), w.numpy(), rtol=rtol, atol=1e-6)
    return kernels(captured)


X = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)


def test_constants_move_into_chains(host: str) -> None:
    assert len(same(lambda x: ops.tanh(x * pw.ones((4,)) + ops.fill((5, 1), 0.25)), X)) == 1
    assert len(same(lambda x: x - pw.ones((5, 4)) / 3.0 * ops.fill((), 2.0), X)) == 1, (
        "arithmetic on constants is done beforehand"
    )


def test_constants_that_shape_a_result_stay(host: str) -> None:
    row = X[0]
    assert "fill" in " ".join(same(lambda x: x + pw.zeros((3, 4)), row)).lower()
    same(lambda x: pw.zeros((3, 1)) + pw.ones((1, 4)) * x[:1], row)
    same(lambda x: (pw.zeros((2, 3)), ops.exp(pw.ones((2, 2))), x), row)
    same(lambda x: ops.where(pw.ones((4,)), x, ops.fill((4,), 2.0)), row)
    same(lambda x: x + ops.cast(ops.fill((4,), 2.5), "int32"), row)
    same(lambda x: x + ops.fill((4,), 1.0) / ops.fill((4,), 0.0), row)
    same(lambda x: ops.cast(x, "int32") + ops.fill((4,), 2, "int32"), row)


def test_constants_of_other_types_keep_them(host: str) -> None:
    x = np.uint32([1, 2, 3])
    same(lambda x: x * ops.fill((3,), 3, "uint32"), x)
    same(lambda x: x * ops.fill((3,), 0.5), x)


def test_broadcasts_move_into_chains(host: str) -> None:
    names = same(
        lambda x: ops.broadcast_to(x[:1], (5, 4)) * x + ops.broadcast_to(x[:, :1], (5, 4)), X
    )
    assert len(names) == 3, "two slices and one chain"
    same(lambda x: ops.broadcast_to(x[:1], (5, 4)) + 1.0, X)
    same(lambda x: ops.broadcast_to(x[:1], (5, 4)).reshape(4, 5) * x.reshape(4, 5), X)
    same(lambda x: ops.broadcast_to(x[:1, :1].reshape(1), (20,)).reshape(5, 4) * x, X)
    same(lambda x: (ops.broadcast_to(x[:1], (5, 4)), ops.broadcast_to(x[:1], (5, 4)) * x), X)


def test_a_broadcast_of_a_variable_is_taken_before_the_variable_changes(host: str) -> None:
    v = pw.Variable([[1.0, 2.0, 3.0, 4.0]])

    @pw.capture
    def step(x: pw.Tensor) -> Any:
        before = ops.broadcast_to(v, (5, 4))
        v.assign(v * 2.0)
        return before * x

    for factor in (1, 2, 4):
        np.testing.assert_allclose(
            step(X).numpy(), X * np.float32([1, 2, 3, 4]) * factor, rtol=1e-6
        )


def test_the_gradient_of_a_mean_needs_no_fill_and_no_copy(host: str) -> None:
    names = same(lambda x: pw.grad(lambda t: ops.square(t).mean())(x), X)
    assert len(names) == 1


LABELS = np.eye(4, dtype=np.float32)[[0, 3, 1, 1, 2]]


def test_a_mean_cross_entropy_and_its_gradient_are_two_launches(host: str) -> None:
    """One for losses, probabilities and the gradient, with 1 / rows in it; one for the
    mean.
    """

    labels = pw.tensor(LABELS)
    names = same(
        lambda x: pw.value_and_grad(lambda t: ops.softmax_cross_entropy(labels, t).mean())(x), X
    )
    assert len(names) == 2
    classes = pw.tensor(np.int32([0, 3, 1, 1, 2]))
    assert (
        len(
            same(
                lambda x: pw.value_and_grad(
                    lambda t: ops.sparse_softmax_cross_entropy(classes, t).mean()
                )(x),
                X,
            )
        )
        == 2
    )


def test_a_scaled_gradient_that_is_read_twice_stays(host: str) -> None:
    labels = pw.tensor(LABELS)

    def twice(x: pw.Tensor) -> Any:
        gradient = ops.SoftmaxCrossEntropy()(labels, x)[2]
        return gradient * 0.5, ops.square(gradient)

    same(twice, X)
    same(lambda x: ops.SoftmaxCrossEntropy()(labels, x)[2] * 0.5 * x, X)
    same(lambda x: ops.SoftmaxCrossEntropy()(labels, x)[2].reshape(20) * 0.5, X)
    same(lambda x: (lambda g: (g, g * 0.5))(ops.SoftmaxCrossEntropy()(labels, x)[2]), X)


W = np.random.default_rng(1).normal(size=(4, 6)).astype(np.float32)
B = np.random.default_rng(2).normal(size=6).astype(np.float32)
R = np.random.default_rng(3).normal(size=(5, 6)).astype(np.float32)


def test_residuals_join_the_product_before(host: str) -> None:
    assert len(same(lambda x, w, b, r: ops.relu(ops.dense(x, w, b) + r), X, W, B, R)) == 1
    assert len(same(lambda x, w, r: r + ops.dense(x, w), X, W, R)) == 1
    picture, filter = X.reshape(1, 1, 5, 4), W.reshape(1, 1, 4, 6)
    assert (
        len(
            same(
                lambda x, w, b, r: ops.conv2d(x, w, bias=b) + r.reshape(1, 1, 5, 6),
                picture,
                filter,
                B,
                R,
            )
        )
        == 1
    )
    assert len(same(lambda x, w: ops.dense(x, w) * 2.0 + ops.dense(x, w), X, W)) == 3, (
        "the second product joins"
    )
    wide, window = np.ones((1, 4, 4, 3), np.float32), np.ones((3, 3, 3, 3), np.float32)
    assert len(same(lambda x, w: ops.conv2d(x, w, padding="same") + x, wide, window)) == 2, (
        "a window of 3x3 is no product"
    )


def test_sums_that_are_no_residuals_stay_right(host: str) -> None:
    same(lambda x, w, r: ops.dense(x, w) + r[:1], X, W, R)
    same(lambda x, w, r: ops.dense(x, w) + r.reshape(1, 30).reshape(5, 6), X, W, R)
    same(lambda x, w: (lambda y: y + y)(ops.dense(x, w)), X, W)
    same(lambda x, w: (lambda y: y.reshape(5, 6) + y.reshape(5, 6))(ops.dense(x, w)), X, W)
    same(lambda x, w, r: (lambda y: (y + r, y))(ops.dense(x, w)), X, W, R)
    same(lambda x, w, r: ops.relu(ops.dense(x, w)) + r, X, W, R)
    same(lambda x, w, r: ops.dense(x, w)[:1] + r, X, W, R)
    same(lambda x, w, r: ops.dense(x, w) + ops.cast(r, "int32"), X, W, R)


def test_a_product_joins_only_while_its_inputs_stand(host: str) -> None:
    v = pw.Variable(X)

    @pw.capture
    def step(w: pw.Tensor, r: pw.Tensor) -> Any:
        y = ops.dense(v, w)
        v.assign(v * 2.0)
        return y + r + ops.sum(v) * 0.0

    for factor in (1, 2, 4):
        np.testing.assert_allclose(step(W, R).numpy(), X * factor @ W + R, rtol=1e-4, atol=1e-5)


def test_a_layer_s_gradient_passes_its_relu_in_the_product_that_makes_it(host: str) -> None:
    deep = np.random.default_rng(4).normal(size=(6, 3)).astype(np.float32)

    def gradient(activation: str) -> Any:
        return lambda x, w, u: pw.grad(
            lambda t: ops.dense(ops.dense(t, w, activation=activation), u).sum()
        )(x)

    for activation in ("relu", "relu6"):
        names = same(gradient(activation), X * 3, W, deep)
        assert len(names) == 4 and not any("relu" in name for name in names), (
            "a product, ones, two products backwards"
        )
    picture = (X * 3).reshape(1, 1, 5, 4)
    names = same(
        lambda x, w,
        u: pw.grad(lambda t: ops.dense(ops.conv2d(t, w, activation="relu").reshape(5, 6),
          u).sum())(x),
        picture, W.reshape(1, 1, 4, 6), deep,
    )  # fmt: skip
    assert not any("relu" in name for name in names), (
        "read through a reshape, the gradient is still the same memory"
    )


@pytest.mark.parametrize(
    "config", [("SGD", 0.1), ("SGD", 0.1, 0.9), ("Adam", 0.1), ("RMSprop", 0.1)], ids=str
)
@pytest.mark.parametrize(
    ("rows", "also", "sums"), [(5, False, 0), (128, False, 0), (129, False, 1), (5, True, 1)]
)
def test_updates_sum_up_the_rows_of_a_gradient(
    host: str, config: tuple[Any, ...], rows: int, also: bool, sums: int
) -> None:
    """A bias's gradient is never stored, as long as it is short and nobody else wants
    it.
    """
    x = np.random.default_rng(5).normal(size=(rows, 4)).astype(np.float32)

    def made() -> tuple[pw.Variable, Any]:
        name, *arguments = config
        v, optimizer = (
            pw.Variable(np.zeros(4, np.float32)),
            getattr(pw.optimizers, name)(*arguments),
        )

        def step() -> Any:
            total = ops.tanh(x - v).sum(axis=0)
            optimizer.apply([total], [v])
            return total if also else None

        return v, step

    (eager, step), (captured, recorded) = made(), made()
    replay = pw.capture(recorded)
    for _ in range(3):
        step()
        replay()
        np.testing.assert_allclose(captured.numpy(), eager.numpy(), rtol=2e-4, atol=1e-5)
    assert sum("reduce" in name.lower() for name in kernels(replay)) == sums


def test_results_that_are_only_assigned_are_made_in_the_variable(host: str) -> None:
    v, total = pw.Variable(np.zeros((5, 6), np.float32)), pw.Variable(np.zeros(6, np.float32))

    @pw.capture
    def step(x: pw.Tensor, w: pw.Tensor) -> None:
        v.assign(ops.dense(x, w))
        total.assign(ops.sum(v, axis=0))
        v.assign(pw.zeros((5, 6)))
        v.assign(ops.transpose(ops.transpose(v) + 1.0))

    for _ in range(2):
        step(X, W)
        np.testing.assert_allclose(total.numpy(), (X @ W).sum(0), rtol=1e-4, atol=1e-5)
        assert (v.numpy() == 1).all()
    assert not any(name.startswith("copy") for name in kernels(step))


def test_a_variable_that_is_read_until_it_is_assigned_keeps_its_value_so_long(host: str) -> None:
    v = pw.Variable(X)

    @pw.capture
    def turned() -> Any:
        flipped = ops.flip(v, 0)
        before = v * 1.0
        v.assign(flipped)
        return before

    for i in range(3):
        np.testing.assert_array_equal(turned().numpy(), X[::-1] if i % 2 else X)


@pytest.mark.gpu
def test_the_kernels_of_real_gpus_join_too() -> None:
    pw.set_device(shared_device("gpu"))
    try:
        with real_gpu_kernels():
            test_residuals_join_the_product_before("gpu")
            test_a_layer_s_gradient_passes_its_relu_in_the_product_that_makes_it("gpu")
            test_a_mean_cross_entropy_and_its_gradient_are_two_launches("gpu")
            wide = np.random.default_rng(6).normal(size=(40, 1600)).astype(np.float32)
            deep, more = wide.reshape(1600, 40) / 40, np.ones((40, 40), np.float32)
            names = same(
                lambda x, w, r: ops.relu6(ops.dense(x, w) + r), wide, deep, more, rtol=1e-4
            )
            assert names == [
                "dense.32x32x64 4x4 4 shares",
                "dense.combine",
            ], "a long sum is split, and joined when its parts are summed"
    finally:
        pw.set_device(shared_device("cpu"))


@pytest.mark.parametrize("activation", ["relu", "relu6"])
@pytest.mark.parametrize(
    ("convolve", "shape"),
    [
        ("conv2d", (1, 1, 4, 4)),
        ("depthwise_conv2d", (3, 3, 4, 1)),
        ("depthwise_conv2d", (2, 2, 4, 2)),
    ],
)
def test_a_convolution_s_gradient_passes_the_relu_before_it(
    host: str, convolve: str, shape: tuple[int, ...], activation: str
) -> None:
    """And meets that of a way around in the same kernel."""
    random = np.random.default_rng(8)
    pictures = random.normal(size=(2, 7, 6, 4)).astype(np.float32) * 4
    filter = random.normal(size=shape).astype(np.float32)
    convolved, activated = getattr(ops, convolve), getattr(ops, activation)

    def before(x: pw.Tensor, w: pw.Tensor) -> Any:
        return pw.grad(lambda t: convolved(activated(t * 1.0), w).square().sum())(x)

    def around(x: pw.Tensor, w: pw.Tensor) -> Any:
        def loss(t: pw.Tensor) -> pw.Tensor:
            return convolved(t, w).square().sum() + t.tanh().sum()

        return pw.grad(loss)(x)

    for gradient in (before, around):
        names = same(gradient, pictures, filter, rtol=1e-4)
        assert not any(f"{activation}_grad" in name or "add" in name for name in names), names


def test_a_pooling_s_gradient_passes_the_relu_before_it(host: str) -> None:
    pictures = np.random.default_rng(7).normal(size=(2, 7, 6, 3)).astype(np.float32) * 4
    for activation in (ops.relu, ops.relu6):
        for size, strides in ((2, 2), (3, 1)):
            names = same(
                lambda x, f=activation, n=size, s=strides: pw.grad(
                    lambda t: ops.square(ops.max_pool(f(t * 1.0), n, s)).sum()
                )(x),
                pictures,
            )
            assert not any("relu_grad" in name or "relu6_grad" in name for name in names)


@pytest.mark.parametrize("real", [False, True], ids=["as the adapter is", "as on a real GPU"])
@pytest.mark.parametrize("net", ["head", "convnet"])
def test_training_captured_is_training_eager(host: str, net: str, real: bool) -> None:
    """All passes at once: six Adam steps of whole nets, from the same weights."""
    from pywebml.apps.bench import convnet, head

    def trained(captured: bool) -> list[float]:
        x = np.random.default_rng(8).random(
            (9, 28, 28, 1) if net == "convnet" else (9, 640), np.float32
        )
        labels = pw.tensor(np.eye(10, dtype=np.float32)[np.arange(9)])
        model = (
            convnet.network()
            if net == "convnet"
            else pw.Sequential([pw.layers.Dense(20, "relu"), pw.layers.Dense(10)])
        )
        inputs, adam = pw.tensor(x), pw.optimizers.Adam(head.RATE)
        model(inputs)
        weights, draw = model.trainable_weights, np.random.default_rng(9)
        for w in weights:
            w.assign((draw.normal(size=w.shape) * 0.1).astype(np.float32))

        def step() -> Any:
            loss, grads = pw.variable_grads(
                lambda: ops.softmax_cross_entropy(labels, model(inputs)).mean(), weights
            )
            adam.apply(grads, weights)
            return loss

        run = pw.capture(step) if captured else step
        return [run().item() for _ in range(6)] + [float(np.abs(w.numpy()).sum()) for w in weights]

    with real_gpu_kernels() if real and host == "gpu" else nullcontext():
        np.testing.assert_allclose(trained(True), trained(False), rtol=1e-5)


@pytest.mark.parametrize("first", [0.0, -0.0])
def test_a_minus_0_is_no_0(host: str, first: float) -> None:
    """Equal ops share what they were lowered to; these are equal only as numbers."""
    x = pw.tensor([-1.0, 2.0])
    for zero in (first, -first, first):
        for f in (ops.maximum, pw.capture(lambda x, zero=zero: ops.maximum(x, zero))):
            value = f(x, zero) if f is ops.maximum else f(x)
            assert math.copysign(1, value.tolist()[0]) == math.copysign(1, zero)
