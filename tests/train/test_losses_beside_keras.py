"""Every loss beside Keras 3's own: functions, classes by every reduction, with and
without weights, gradients, signatures, configs; and a step of `fit`.
"""

from __future__ import annotations

import inspect
from typing import Any, NamedTuple

import numpy as np
import pytest
from in_keras import keras

import pywebml as pw
from pywebml import layers, losses, models
from pywebml.core.registry import parameters_of
from pywebml.train import SGD
from pywebml.train.arguments import snake_case
from pywebml.train.losses import LOSSES

Array = Any
RNG = np.random.default_rng(11)
N = 6


def positive(*shape: int) -> Array:
    return (RNG.random(shape) * 0.9 + 0.05).astype(np.float32)


def normal(*shape: int) -> Array:
    return RNG.normal(size=shape).astype(np.float32)


def bits(*shape: int) -> Array:
    return RNG.integers(0, 2, shape).astype(np.float32)


def one_hot(*shape: int, classes: int) -> Array:
    return np.eye(classes, dtype=np.float32)[RNG.integers(0, classes, shape)]


def units(n: int, d: int) -> Array:
    x = normal(n, d)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


class Row(NamedTuple):
    """A loss, its options, and the data it is tried on."""

    name: str
    options: dict[str, Any]
    labels: Array
    outputs: Array


CLASSES, STEPS = RNG.integers(0, 4, N), RNG.integers(0, 4, (N, 3))
IGNORED = np.where(RNG.random((N, 3)) < 0.4, -1, STEPS)
ROWS = [
    *(
        Row(name, {}, labels, outputs)
        for name in (
            "MeanSquaredError",
            "MeanAbsoluteError",
            "MeanAbsolutePercentageError",
            "Huber",
            "LogCosh",
            "CosineSimilarity",
            "Hinge",
            "SquaredHinge",
            "CategoricalHinge",
        )
        for labels, outputs in [(normal(N, 4), normal(N, 4)), (normal(N, 3, 2), normal(N, 3, 2))]
    ),
    Row("MeanAbsolutePercentageError", {}, bits(N, 4), normal(N, 4)),
    Row("MeanSquaredError", {}, normal(N), normal(N, 1)),
    Row("MeanSquaredError", {}, normal(N, 3, 1), normal(N, 3)),
    Row("Huber", {"delta": 0.3}, normal(N, 4), normal(N, 4)),
    Row("CosineSimilarity", {"axis": 1}, normal(N, 3, 2), normal(N, 3, 2)),
    Row("CosineSimilarity", {}, bits(N, 2) * 0, normal(N, 2)),
    Row("Hinge", {}, bits(N, 4), normal(N, 4)),
    Row("SquaredHinge", {}, bits(N, 1), normal(N, 1)),
    Row("CategoricalHinge", {}, one_hot(N, classes=4), normal(N, 4)),
    *(
        Row(name, {}, labels, outputs)
        for name in ("MeanSquaredLogarithmicError", "KLDivergence", "Poisson", "BinaryCrossentropy")
        for labels, outputs in [
            (positive(N, 4), positive(N, 4)),
            (bits(N, 3, 2), positive(N, 3, 2)),
            (bits(N), positive(N, 1)),
        ]
    ),
    Row("MeanSquaredLogarithmicError", {}, normal(N, 4), normal(N, 4)),
    Row("KLDivergence", {}, bits(N, 4), normal(N, 4)),
    Row("BinaryCrossentropy", {"from_logits": True}, bits(N, 4), normal(N, 4)),
    Row("BinaryCrossentropy", {"label_smoothing": 0.2}, bits(N, 4), positive(N, 4)),
    Row("BinaryCrossentropy", {"axis": 1}, bits(N, 4, 2), positive(N, 4, 2)),
    Row(
        "BinaryCrossentropy",
        {"from_logits": True, "label_smoothing": 0.1},
        bits(N, 4),
        normal(N, 4) * 30,
    ),
    Row("BinaryFocalCrossentropy", {}, bits(N, 4), positive(N, 4)),
    Row(
        "BinaryFocalCrossentropy",
        {"apply_class_balancing": True, "alpha": 0.3, "gamma": 1.5, "label_smoothing": 0.1},
        bits(N, 3, 2),
        positive(N, 3, 2),
    ),
    Row("BinaryFocalCrossentropy", {"from_logits": True}, bits(N, 4), normal(N, 4)),
    Row("CategoricalCrossentropy", {}, one_hot(N, classes=4), positive(N, 4)),
    Row("CategoricalCrossentropy", {}, one_hot(N, 3, classes=4), positive(N, 3, 4)),
    Row("CategoricalCrossentropy", {"from_logits": True}, one_hot(N, classes=4), normal(N, 4)),
    Row(
        "CategoricalCrossentropy",
        {"label_smoothing": 0.2, "from_logits": True},
        one_hot(N, 3, classes=4),
        normal(N, 3, 4),
    ),
    Row("CategoricalCrossentropy", {"label_smoothing": 0.2}, one_hot(N, classes=4), positive(N, 4)),
    Row(
        "CategoricalCrossentropy",
        {"axis": 1},
        one_hot(N, 3, classes=4).transpose(0, 2, 1),
        positive(N, 4, 3),
    ),
    Row(
        "CategoricalCrossentropy",
        {"axis": 1, "from_logits": True},
        one_hot(N, 3, classes=4).transpose(0, 2, 1),
        normal(N, 4, 3),
    ),
    Row("CategoricalFocalCrossentropy", {}, one_hot(N, classes=4), positive(N, 4)),
    Row(
        "CategoricalFocalCrossentropy",
        {"alpha": 0.5, "gamma": 3.0, "from_logits": True, "label_smoothing": 0.1},
        one_hot(N, 3, classes=4),
        normal(N, 3, 4),
    ),
    Row("SparseCategoricalCrossentropy", {}, CLASSES, positive(N, 4)),
    Row("SparseCategoricalCrossentropy", {}, CLASSES[:, None], positive(N, 4)),
    Row("SparseCategoricalCrossentropy", {"from_logits": True}, STEPS, normal(N, 3, 4)),
    Row("SparseCategoricalCrossentropy", {"ignore_class": -1}, IGNORED, positive(N, 3, 4)),
    Row(
        "SparseCategoricalCrossentropy",
        {"ignore_class": 2, "from_logits": True},
        STEPS,
        normal(N, 3, 4),
    ),
    Row("CategoricalGeneralizedCrossEntropy", {}, CLASSES, positive(N, 4)),
    Row("CategoricalGeneralizedCrossEntropy", {"q": 0.9}, CLASSES, positive(N, 4)),
    Row("Circle", {}, CLASSES // 2, units(N, 3)),
    Row("Circle", {"gamma": 2.0, "margin": 0.2, "remove_diagonal": False}, CLASSES, units(N, 3)),
    Row("Circle", {"gamma": 5.0}, np.arange(N), units(N, 3)),
    Row("Dice", {}, bits(N, 4), positive(N, 4)),
    Row("Dice", {"axis": (1, 2)}, bits(N, 3, 2), positive(N, 3, 2)),
    Row("Dice", {"axis": -1}, bits(N, 3, 2), positive(N, 3, 2)),
    Row("Tversky", {}, bits(N, 4), positive(N, 4)),
    Row(
        "Tversky",
        {"alpha": 0.2, "beta": 0.9, "axis": (1, 2)},
        bits(N, 3, 2),
        positive(N, 3, 2),
    ),
    Row("CTC", {}, np.array([[1, 2], [1, 1], [3, 0], [0, 0], [2, 3], [2, 2]]), normal(N, 5, 4)),
]
EVERY = pytest.mark.parametrize("row", ROWS, ids=lambda r: f"{r.name}-{r.options}-{r.labels.shape}")


def both(row: Row, **options: Any) -> tuple[Any, Any]:
    return (
        getattr(losses, row.name)(**row.options, **options),
        getattr(keras.losses, row.name)(**row.options, **options),
    )


def close(ours: Any, keras_s: Any) -> None:
    theirs = np.asarray(keras_s)
    assert tuple(ours.shape) == theirs.shape
    np.testing.assert_allclose(ours.numpy(), theirs, rtol=2e-5, atol=2e-6)


def test_every_loss_of_keras_is_here() -> None:
    names = [name for name in dir(keras.losses) if name[0] != "_"]
    assert [name for name in names if not hasattr(losses, name)] == []
    tried = {row.name for row in ROWS}
    assert set(LOSSES.entries()) == tried


@pytest.mark.parametrize("name", [n for n in dir(keras.losses) if n[0] != "_"])
def test_signatures(name: str) -> None:
    def said(thing: Any) -> list[tuple[str, Any]]:
        parameters = inspect.signature(thing).parameters.values()
        return [(p.name, None if p.default is p.empty else p.default) for p in parameters]

    assert said(getattr(losses, name)) == said(getattr(keras.losses, name))


@EVERY
def test_values_and_weights(host: str, row: Row) -> None:
    ours, theirs = both(row)
    close(ours(row.labels, row.outputs), theirs(row.labels, row.outputs))
    weights = RNG.random((N, 1)).astype(np.float32)
    close(ours(row.labels, row.outputs, weights), theirs(row.labels, row.outputs, weights))


OF_EACH_KIND = {row.name + str(row.outputs.ndim): row for row in ROWS}
SOME = [
    *(OF_EACH_KIND[name] for name in ("MeanSquaredError3", "Circle2", "Dice3", "CTC3")),
    *(row for row in ROWS if "ignore_class" in row.options),
]


@pytest.mark.parametrize("row", SOME, ids=lambda row: f"{row.name}-{row.options}")
@pytest.mark.parametrize("reduction", losses.REDUCTIONS)
def test_reductions(row: Row, reduction: str) -> None:
    ours, theirs = both(row, reduction=reduction)
    close(ours(row.labels, row.outputs), theirs(row.labels, row.outputs))
    values = np.asarray(both(row, reduction="none")[1](row.labels, row.outputs))
    for shape in {(N, 1), values.shape}:
        weights = RNG.random(shape).astype(np.float32)
        expected = theirs(row.labels, row.outputs, weights)
        if reduction == "none":  # Keras gives [n, 1] for such weights
            expected = np.asarray(expected).reshape(values.shape)
        close(ours(row.labels, row.outputs, weights), expected)


@EVERY
def test_functions(row: Row) -> None:
    name = snake_case(row.name).replace("_c_t_c", "ctc")
    options = dict(row.options)
    if row.name == "CategoricalGeneralizedCrossEntropy":
        options.setdefault("q", 0.5)
    if row.labels.ndim != row.outputs.ndim and row.name == "BinaryCrossentropy":
        return  # Keras's function refuses what its class lines up
    ours = getattr(losses, name)(row.labels, row.outputs, **options)
    expected = getattr(keras.losses, name)(row.labels, row.outputs, **options)
    if row.labels.ndim == row.outputs.ndim or losses.get(name).sparse:
        close(ours, expected)  # else Keras's functions broadcast what its classes line up


@EVERY
def test_gradients(row: Row) -> None:
    import jax

    ours, theirs = both(row)
    labels = pw.tensor(row.labels)
    gradient = pw.grad(lambda p: ours(labels, p))(pw.tensor(row.outputs))
    expected = np.asarray(jax.grad(lambda p: theirs(row.labels, p))(row.outputs))
    if row.name == "CosineSimilarity" and not row.labels.any():
        expected = expected * 0.0
    np.testing.assert_allclose(gradient.numpy(), expected, rtol=1e-3, atol=1e-5)


@EVERY
def test_configs(row: Row) -> None:
    ours, theirs = both(row, name="mine", reduction="sum")
    config = ours.get_config()
    assert {k: v for k, v in config.items() if k in theirs.get_config()} == {
        k: tuple(v) if isinstance(v, tuple) else v for k, v in theirs.get_config().items()
    } or row.options.get("axis")
    again = losses.deserialize(losses.serialize(ours))
    assert type(again) is type(ours) and again.get_config() == config
    close(again(row.labels, row.outputs), theirs(row.labels, row.outputs))
    from_theirs = losses.get({"class_name": row.name, "config": theirs.get_config()})
    assert from_theirs.name == "mine"


@EVERY
@pytest.mark.filterwarnings("ignore:.*takes probabilities")
def test_a_step_of_fit(row: Row) -> None:
    """The loss of a step over all, and where it moves a bias."""
    if row.name == "CTC" or row.labels.ndim > row.outputs.ndim:
        return
    shape = row.outputs.shape[1:]
    ours, theirs = both(row)
    model = models.Sequential([layers.Input(shape), layers.Dense(shape[-1])])
    model.set_weights([np.eye(shape[-1]), np.zeros(shape[-1])])
    model.compile(SGD(0.01), ours)
    (loss,) = model.fit_sync(
        row.outputs, row.labels, batch_size=N, shuffle=False, verbose=0
    ).history["loss"]
    assert loss == pytest.approx(float(theirs(row.labels, row.outputs)), rel=1e-4, abs=1e-6)
    import jax

    def moved(bias: Any) -> Any:
        return theirs(row.labels, row.outputs + bias)

    slope = np.asarray(jax.grad(moved)(np.zeros(shape[-1], np.float32)))
    if row.name == "CosineSimilarity" and not row.labels.any():
        slope = slope * 0.0
    np.testing.assert_allclose(model.get_weights()[1] / -0.01, slope, rtol=2e-3, atol=2e-4)


WORDS = """mse MAE mape msle bce kld KLD huber kl_divergence log_cosh cosine_similarity poisson
    hinge squared_hinge categorical_hinge dice tversky circle ctc binary_focal_crossentropy"""


@pytest.mark.parametrize("word", WORDS.split())
def test_words(word: str) -> None:
    theirs = keras.losses.get(word)
    assert losses.get(word).function.__name__ == theirs.__name__  # type: ignore[union-attr]


def test_unknown_arguments_are_named() -> None:
    for name, cls in LOSSES.entries().items():
        assert list(parameters_of(cls))
        with pytest.raises(TypeError, match=f"{name} has no argument 'reducton'; did you mean"):
            cls(reducton="sum")
