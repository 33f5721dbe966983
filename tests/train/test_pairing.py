"""Labels beside outputs in every loss and metric, a user's own among them: ranks line up
as in Keras, and what does not fit is refused, however well it would broadcast.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from small_models import linear

import pywebml as pw
from pywebml import layers, losses, metrics, models, ops
from pywebml.train import SGD

Array = Any
N = 4
SHAPES = [(N,), (N, 1), (N, N), (N, 3), (N, 3, 1), (N, N, N), (1, N), (N, 1, 1)]
"""Some as long as the batch, where [n] and [n, n] fit by chance."""
RNG = np.random.default_rng(3)
WEIGHTS = RNG.random(N).astype(np.float32)


def squared(y_true: Any, y_pred: Any) -> Any:
    return (y_true - y_pred) ** 2.0


class Called(losses.Loss):
    def call(self, y_true: Any, y_pred: Any) -> Any:
        return squared(y_true, y_pred)


class ByExample(losses.Loss):
    def examples(self, y_true: Any, y_pred: Any, from_logits: Any = None) -> Any:
        return squared(y_true, y_pred)


class Mine(losses.MeanSquaredError):
    """A class with a `call` of its own is no longer its base."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return squared(y_true, y_pred)


class Squares(metrics.Metric):
    def sums(self, labels: Any, outputs: Any, weights: Any) -> Any:
        values = squared(labels, outputs)
        weights = ops.ones(outputs.shape[:1]) if weights is None else weights
        axes = list(range(1, values.ndim))
        means = ops.mean(values, axes) if axes else values
        return ops.stack([ops.sum(means * weights), ops.sum(weights)])

    def value(self, sums: Any) -> float:
        return float(sums[0] / sums[1])


LOSSES: dict[str, Callable[[], losses.Loss]] = {
    "mse": lambda: losses.get("mse"),
    "a function": lambda: losses.get(squared),
    "a lambda": lambda: losses.get(lambda t, p: ops.squared_difference(t, p)),
    "a mean": lambda: losses.get(lambda t, p: ops.mean(squared(t, p))),
    "call": Called,
    "examples": ByExample,
    "a subclass of ours": Mine,
}
METRICS: dict[str, Callable[[], Any]] = {
    "mse": lambda: metrics.get("mse"),
    "a function": lambda: metrics.get(squared),
    "a Metric": Squares,
    "a wrapper": lambda: metrics.MeanMetricWrapper(squared, "mine"),
}


def lined_up(labels: Any, outputs: Any) -> bool:
    """Keras's rule: equal, but for a last axis of size 1."""
    return labels == outputs or (*labels, 1) == outputs or labels == (*outputs, 1)


PAIRS = list(itertools.product(SHAPES, SHAPES))


def data(labels: Any, outputs: Any) -> tuple[Array, Array, float, float]:
    y = RNG.normal(size=labels).astype(np.float32)
    p = RNG.normal(size=outputs).astype(np.float32)
    if not lined_up(labels, outputs):
        return y, p, 0.0, 0.0
    n = outputs[0]
    values = ((y.reshape(n, -1) - p.reshape(n, -1)) ** 2).mean(1)
    w = WEIGHTS[:n]
    return y, p, values.mean(), (values * w).sum()


@pytest.mark.parametrize("make", LOSSES.values(), ids=LOSSES.keys())
def test_losses(make: Callable[[], losses.Loss]) -> None:
    for labels, outputs in PAIRS:
        y, p, mean, weighted = data(labels, outputs)
        if lined_up(labels, outputs):
            assert make()(y, p).item() == pytest.approx(mean, rel=1e-5)
            for w in (WEIGHTS[: len(p)], WEIGHTS[: len(p), None]):
                if make is not LOSSES["a mean"]:
                    assert make()(y, p, w).item() == pytest.approx(weighted / len(p), rel=1e-5)
        else:
            with pytest.raises(ValueError) as error:
                make()(y, p)
            assert str(labels) in str(error.value) and str(outputs) in str(error.value)


@pytest.mark.parametrize("make", METRICS.values(), ids=METRICS.keys())
def test_metrics(make: Callable[[], Any]) -> None:
    for labels, outputs in PAIRS:
        y, p, mean, weighted = data(labels, outputs)
        if lined_up(labels, outputs):
            assert make()(y, p) == pytest.approx(mean, rel=1e-5)
            for w in (WEIGHTS[: len(p)], WEIGHTS[: len(p), None]):
                assert make()(y, p, w) == pytest.approx(weighted / w.sum(), rel=1e-5)
        else:
            with pytest.raises(ValueError) as error:
                make()(y, p)
            assert str(labels) in str(error.value) and str(outputs) in str(error.value)


@pytest.mark.parametrize("shape", [(N, 3), (1, N), (N + 1,), (N, 1, 1, 1)])
def test_weights_are_one_per_example(shape: Any) -> None:
    y = np.ones((N, 2), np.float32)
    for of in (*(make() for make in LOSSES.values()), *(make() for make in METRICS.values())):
        with pytest.raises(ValueError, match="sample_weight must hold one number for each of"):
            of(y, y, np.ones(shape))
    model = linear()
    model.compile("sgd", squared, weighted_metrics=[squared])
    for work in (model.fit_sync, model.evaluate_sync, model.train_on_batch_sync):
        with pytest.raises(ValueError, match="sample_weight must hold one number for each of"):
            work(np.ones((N, 1)), np.ones(N), sample_weight=np.ones(shape))


class Take(layers.Layer):
    """[n, k] -> [n]."""

    def call(self, inputs: Any) -> Any:
        return inputs[:, 0]


def dense(units: int, **options: Any) -> layers.Dense:
    return layers.Dense(units, use_bias=False, kernel_initializer="ones", **options)


OUTPUTS: dict[Any, Callable[[], list[Any]]] = {
    (N,): lambda: [dense(1), Take()],
    (N, 1): lambda: [dense(1)],
    (N, N): lambda: [dense(N)],
    (N, N, 1): lambda: [dense(N), layers.Reshape((N, 1))],
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES.keys())
@pytest.mark.parametrize("outputs", OUTPUTS, ids=str)
def test_in_evaluate_and_fit(host: str, loss: Callable[[], losses.Loss], outputs: Any) -> None:
    """With metrics, with weights, watched and unwatched: one number everywhere."""
    x = np.arange(1, N + 1, dtype=np.float32)[:, None]
    p = np.broadcast_to(x.reshape(N, *[1] * (len(outputs) - 1)), outputs)
    model = models.Sequential([layers.Input((1,)), *OUTPUTS[outputs]()])
    model.compile(
        SGD(0.0),
        loss(),
        metrics=[make() for make in METRICS.values()],
        weighted_metrics=[make() for make in METRICS.values()],
    )
    for labels in [(N,), (N, 1), (N, N), (N, N, 1)]:
        y = np.zeros(labels, np.float32)
        if not lined_up(labels, outputs):
            with pytest.raises(ValueError, match=r"of shape .* of shape|do not match"):
                model.evaluate_sync(x, y)
            with pytest.raises(ValueError, match=r"of shape .* of shape|do not match"):
                model.fit_sync(x, y, verbose=0)
            continue
        values = (p**2).reshape(N, -1).mean(1)
        for weights in (None, WEIGHTS):
            w = np.ones(N) if weights is None else weights
            figures = model.evaluate_sync(x, y, batch_size=3, sample_weight=weights)
            if loss is not LOSSES["a mean"] or weights is None:
                assert figures[0] == pytest.approx((values * w).mean(), rel=1e-4)
            assert figures[1:5] == pytest.approx([values.mean()] * 4, rel=1e-4)
            assert figures[5:] == pytest.approx([(values * w).sum() / w.sum()] * 4, rel=1e-4)
        history = model.fit_sync(x, y, verbose=0).history
        assert [v[0] for v in history.values()] == pytest.approx([values.mean()] * 9, rel=1e-4)


def test_the_issue_s_own(host: str) -> None:
    model = linear(1.0)
    model.compile("sgd", lambda t, p: (t - p) ** 2)
    x = np.arange(N, dtype=np.float32)
    assert model.evaluate_sync(x[:, None], x) == 0


def test_several_outputs(host: str) -> None:
    inputs = layers.Input((1,))
    model = models.Model(inputs, [dense(1, name="a")(inputs), dense(N, name="b")(inputs)])
    model.compile("sgd", squared, metrics=[squared, squared], weighted_metrics=[[squared], None])
    x = np.arange(N, dtype=np.float32)
    y = np.repeat(x[:, None], N, 1)
    assert model.evaluate_sync(x[:, None], [x, y]) == [0] * 6
    for labels in (x, x[:, None], np.ones((N, N, N))):
        with pytest.raises(ValueError, match=r"loss 'squared' would broadcast .* \(4, 4\)"):
            model.evaluate_sync(x[:, None], [x, labels])


def test_what_a_function_says_it_means_is_left_to_it(host: str) -> None:
    """Class numbers beside outputs, labels that are not looked at, and spread ones."""

    def sparse(y_true: Any, y_pred: Any) -> Any:
        one_hot = ops.one_hot(ops.cast(ops.reshape(y_true, (-1,)), "int32"), y_pred.shape[-1])
        return -ops.sum(one_hot * ops.log(y_pred), -1)

    def largest(y_true: Any, y_pred: Any) -> Any:
        return ops.max(y_pred, -1)

    def spread(y_true: Any, y_pred: Any) -> Any:
        return ops.mean(ops.reshape(y_true, (-1, 1)) * y_pred, -1)

    p = np.eye(N, dtype=np.float32) * 0.6 + 0.1
    y = np.arange(N, dtype=np.float32)
    for labels in (y, y[:, None]):
        assert losses.get(sparse)(labels, p).item() == pytest.approx(-np.log(0.7), rel=1e-5)
        assert losses.get(largest)(labels, p).item() == pytest.approx(0.7)
        assert metrics.get(largest)(labels, p) == pytest.approx(0.7)
    assert losses.get(spread)(y, p).item() == pytest.approx(y.mean() * 0.25, rel=1e-5)


def test_values_that_are_not_the_examples_are_refused() -> None:
    y = np.ones((N, 3), np.float32)
    for function, words in [
        (
            lambda t, p: ops.mean((t - p) ** 2, 0),
            r"one value per example, \[4\].* got shape \(3,\)",
        ),
        (lambda t, p: 3.0, r"must give a tensor.* got 3\.0"),
        (lambda t, p: None, r"must give a tensor.* got None"),
        (lambda t, p: [p], "must give a tensor"),
    ]:
        for of in (losses.get(function), metrics.get(function)):
            with pytest.raises((ValueError, TypeError), match=words):
                of(y, y)


# --- Loss subclasses


def test_reductions(host: str) -> None:
    """As Keras reduces: "sum" adds up all values of a batch, and steps follow it."""
    y, p = RNG.normal(size=(2, N, 3)).astype(np.float32)
    values = (y - p) ** 2
    for make in (Called, losses.MeanSquaredError):
        whole = values if make is Called else values.mean(1)
        assert make(reduction="sum")(y, p).item() == pytest.approx(whole.sum(), rel=1e-5)
        assert make(reduction="mean")(y, p).item() == pytest.approx(values.mean(), rel=1e-5)
        none = make(reduction=None)(y, p)
        np.testing.assert_allclose(none.numpy(), whole, rtol=1e-5)
        with pytest.raises(ValueError, match=r"reduction must be .*'sum'.* got 'total'"):
            make(reduction="total")
        with pytest.raises(ValueError, match="reduction='none', and training needs one number"):
            linear().compile("sgd", make(reduction="none"))
    x = np.arange(1, N + 1, dtype=np.float32)[:, None]
    for name, factor in [("sum", float(N)), ("sum_over_batch_size", 1.0)]:
        model = linear(1.0)
        model.compile(SGD(0.01), Called(reduction=name))
        (loss,) = model.fit_sync(x, 0 * x, verbose=0).history["loss"]
        assert loss == pytest.approx(factor * (x**2).mean(), rel=1e-5)
        assert model.weights[0].item() == pytest.approx(
            1 - 0.01 * factor * (2 * x * x).mean(), rel=1e-5
        )


def test_subclasses_that_say_too_little_are_refused_at_compile() -> None:
    class Nothing(losses.Loss):
        pass

    class Whole(losses.Loss):
        def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
            return ops.mean(y_pred)

    class KerasMetric(metrics.Metric):
        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
            """As Keras has it."""

    model = linear()
    for options, words in [
        ({"loss": Nothing()}, "the loss Nothing must say its call"),
        ({"loss": Nothing}, "the loss Nothing must say its call"),
        ({"loss": Whole()}, "overrides __call__, which fit does not call"),
        (
            {"loss": "mse", "metrics": [KerasMetric()]},
            r"KerasMetric must say its result\(\)",
        ),
    ]:
        with pytest.raises(TypeError, match=words):
            model.compile("sgd", **options)  # type: ignore[arg-type]


def test_a_subclass_needs_no_init_and_has_a_name() -> None:
    class HuberLike(losses.Loss):
        def __init__(self, delta: float = 1.0):
            self.delta = delta  # and no super().__init__, as people forget

        def call(self, y_true: Any, y_pred: Any) -> Any:
            return ops.abs(y_true - y_pred) * self.delta

    assert HuberLike(2.0)([1.0], [4.0]).item() == 6.0
    assert HuberLike.name == "huber_like"
    assert Called("mine").name == "mine" and Called().name == "called"
    model = linear(1.0)
    model.compile("sgd", HuberLike(2.0))
    assert model.evaluate_sync([[1.0]], [4.0]) == 6.0


def test_an_own_crossentropy_is_given_what_the_model_puts_out(host: str) -> None:
    """Logits are only for the loss that asks for them: a `call` over probabilities gets
    probabilities.
    """

    class Checked(losses.CategoricalCrossentropy):
        def call(self, y_true: Any, y_pred: Any) -> Any:
            return ops.sum(y_pred, -1)

    model = models.Sequential([layers.Input((2,)), layers.Dense(3, activation="softmax")])
    model.compile("sgd", Checked())
    assert model.evaluate_sync(np.ones((2, 2)), np.eye(3)[:2]) == pytest.approx(1.0)
    assert pw.losses.get(Checked()).activation is None


@pytest.mark.parametrize("given", [(6,), (6, 1), (6, 1, 1)])
def test_inputs_have_a_last_one_more_or_less(host: str, given: tuple[int, ...]) -> None:
    """As in Keras: numbers in a row are a batch for a model of one number."""
    x = RNG.random(given).astype(np.float32)
    model = models.Sequential([layers.Input((1,)), layers.Dense(1)])
    model.compile(SGD(0.1), "mse")
    flat = x.reshape(6, 1)
    want = model.predict(flat).numpy()
    np.testing.assert_array_equal(model(x).numpy(), want)
    np.testing.assert_array_equal(model.predict(x).numpy(), want)
    assert model.evaluate_sync(x, flat, verbose=0) == model.evaluate_sync(flat, flat, verbose=0)
    model.fit_sync(x, flat, verbose=0)
    whole = models.Sequential([layers.Input((3,)), layers.Dense(1)])
    with pytest.raises(ValueError, match=r"expects x of shape \(n, 3\), got \(3,\)"):
        whole.predict(np.ones(3))
