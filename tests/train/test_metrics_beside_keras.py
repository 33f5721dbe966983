"""Every metric beside Keras 3's own: by hand over batches, with and without weights;
functions, signatures, configs; subclasses of Keras's form; and in fit and evaluate.
"""

from __future__ import annotations

import inspect
from typing import Any, NamedTuple

import numpy as np
import pytest
from in_keras import keras

import pywebml as pw
from pywebml import layers, metrics, models, ops
from pywebml.train.metrics import METRICS

Array = Any
RNG = np.random.default_rng(13)
N = 12


def of(*shape: int) -> Array:
    return RNG.random(shape).astype(np.float32)


def normal(*shape: int) -> Array:
    return RNG.normal(size=shape).astype(np.float32)


def bits(*shape: int) -> Array:
    return RNG.integers(0, 2, shape).astype(np.float32)


CLASSES = RNG.integers(0, 4, N)
ONE_HOT = np.eye(4, dtype=np.float32)[CLASSES]
AREAS, TAKEN = RNG.integers(0, 4, (N, 5)), RNG.integers(0, 4, (N, 5))
SIMPLEX = of(N, 4)
SIMPLEX /= SIMPLEX.sum(1, keepdims=True)


class Row(NamedTuple):
    """A metric, its arguments, the data it is tried on, and what differs."""

    name: str
    options: dict[str, Any]
    labels: Array
    outputs: Array
    without_weights: str = ""


WHOLE = "Keras casts weights to whole numbers"
ROWS = [
    *(
        Row(name, {}, labels, outputs)
        for name in (
            "MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError",
            "MeanSquaredLogarithmicError", "RootMeanSquaredError", "LogCoshError", "Poisson",
            "KLDivergence", "CosineSimilarity", "BinaryCrossentropy", "BinaryAccuracy",
        )
        for labels, outputs in [(bits(N, 4), of(N, 4)), (of(N, 3, 2), of(N, 3, 2))]
    ),
    Row("Accuracy", {}, AREAS, TAKEN),
    Row("Hinge", {}, bits(N, 3), normal(N, 3)),
    Row("SquaredHinge", {}, bits(N, 3) * 2 - 1, normal(N, 3)),
    Row("CategoricalHinge", {}, ONE_HOT, normal(N, 4)),
    Row("BinaryAccuracy", {"threshold": 0.3}, bits(N, 1), of(N, 1)),
    Row("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, bits(N, 2),
        normal(N, 2)),
    Row("CategoricalCrossentropy", {}, ONE_HOT, SIMPLEX),
    Row("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, ONE_HOT,
        normal(N, 4)),
    Row("SparseCategoricalCrossentropy", {}, CLASSES, SIMPLEX),
    Row("SparseCategoricalCrossentropy", {"ignore_class": 2}, CLASSES, SIMPLEX,
        "Keras leaves out what is ignored where there are weights only"),
    Row("CategoricalAccuracy", {}, ONE_HOT, SIMPLEX),
    Row("SparseCategoricalAccuracy", {}, CLASSES, SIMPLEX),
    Row("SparseCategoricalAccuracy", {}, CLASSES[:, None], SIMPLEX),
    Row("TopKCategoricalAccuracy", {"k": 2}, ONE_HOT, SIMPLEX),
    Row("SparseTopKCategoricalAccuracy", {"k": 2}, CLASSES, SIMPLEX),
    Row("SparseTopKCategoricalAccuracy", {"k": 2, "from_sorted_ids": True}, CLASSES,
        np.argsort(-SIMPLEX, 1).astype(np.float32)),
    Row("CosineSimilarity", {"axis": 1}, normal(N, 3, 2), normal(N, 3, 2)),
    Row("PearsonCorrelation", {}, normal(N, 5), normal(N, 5)),
    Row("PearsonCorrelation", {"axis": 1}, normal(N, 5, 2), normal(N, 5, 2)),
    Row("ConcordanceCorrelation", {}, normal(N, 5), normal(N, 5)),
    *(
        Row(name, options, bits(N, 3), of(N, 3))
        for name in ("TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives")
        for options in ({}, {"thresholds": [0.2, 0.6]}, {"thresholds": 0.7})
    ),
    *(
        Row(name, options, bits(N, 3), of(N, 3))
        for name in ("Precision", "Recall")
        for options in (
            {}, {"thresholds": [0.25, 0.5, 0.75]}, {"top_k": 2}, {"class_id": 1},
            {"top_k": 1, "class_id": 2, "thresholds": 0.3},
        )
    ),
    *(
        Row(name, {argument: at, **options}, bits(N, 3), of(N, 3))
        for name, argument in (
            ("SensitivityAtSpecificity", "specificity"),
            ("SpecificityAtSensitivity", "sensitivity"),
            ("PrecisionAtRecall", "recall"), ("RecallAtPrecision", "precision"),
        )
        for at, options in ((0.4, {}), (0.6, {"num_thresholds": 11}), (0.3, {"class_id": 1}),
                            (0.5, {"num_thresholds": 1}))
    ),
    *(
        Row("AUC", options, bits(N, 3), of(N, 3))
        for options in (
            {}, {"curve": "PR"}, {"summation_method": "minoring"},
            {"curve": "PR", "summation_method": "majoring"}, {"num_thresholds": 5},
            {"thresholds": [0.1, 0.5]}, {"multi_label": True}, {"label_weights": [1.0, 2.0, 0.5]},
            {"multi_label": True, "num_labels": 3, "label_weights": [1.0, 2.0, 0.5]},
        )
    ),
    Row("AUC", {"from_logits": True}, bits(N, 1), normal(N, 1)),
    *(
        Row(name, options, bits(N, 3), of(N, 3))
        for name, options in (
            ("F1Score", {}), ("F1Score", {"average": "macro"}), ("F1Score", {"average": "micro"}),
            ("F1Score", {"average": "weighted", "threshold": 0.4}),
            ("FBetaScore", {"beta": 2.0}), ("FBetaScore", {"beta": 0.5, "average": "micro"}),
        )
    ),
    Row("IoU", {"num_classes": 4, "target_class_ids": [0, 2]}, AREAS, TAKEN, WHOLE),
    Row("IoU", {"num_classes": 4, "target_class_ids": [1], "sparse_y_pred": False}, CLASSES,
        SIMPLEX, WHOLE),
    Row("BinaryIoU", {}, bits(N, 3), of(N, 3), WHOLE),
    Row("BinaryIoU", {"target_class_ids": [1], "threshold": 0.3}, bits(N, 3), of(N, 3), WHOLE),
    Row("MeanIoU", {"num_classes": 4}, AREAS, TAKEN, WHOLE),
    Row("MeanIoU", {"num_classes": 5, "ignore_class": 1}, AREAS, TAKEN, WHOLE),
    Row("OneHotIoU", {"num_classes": 4, "target_class_ids": [0, 3]}, ONE_HOT, SIMPLEX, WHOLE),
    Row("OneHotMeanIoU", {"num_classes": 4}, ONE_HOT, SIMPLEX, WHOLE),
    *(
        Row("R2Score", options, normal(N, 3), normal(N, 3))
        for options in (
            {}, {"class_aggregation": None}, {"class_aggregation": "variance_weighted_average"},
            {"num_regressors": 2},
        )
    ),
]  # fmt: skip
EVERY = pytest.mark.parametrize("row", ROWS, ids=lambda r: f"{r.name}-{r.options}-{r.labels.shape}")
BY_VALUES = {"Mean", "Sum", "MeanMetricWrapper"}


def both(row: Row) -> tuple[Any, Any]:
    return (
        getattr(metrics, row.name)(**row.options),
        getattr(keras.metrics, row.name)(**row.options),
    )


def test_every_metric_of_keras_is_here() -> None:
    names = [name for name in dir(keras.metrics) if name[0] != "_"]
    assert [name for name in names if not hasattr(metrics, name)] == []
    assert set(METRICS.entries()) == {row.name for row in ROWS} | BY_VALUES


@pytest.mark.parametrize("name", [n for n in dir(keras.metrics) if n[0] != "_"])
def test_signatures(name: str) -> None:
    def said(thing: Any) -> list[tuple[str, Any]]:
        parameters = inspect.signature(thing).parameters.values()
        return [(p.name, None if p.default is p.empty else p.default) for p in parameters]

    ours, theirs = said(getattr(metrics, name)), said(getattr(keras.metrics, name))
    if name == "get":  # for compile: "accuracy" depends on the loss
        ours = ours[:1]
    assert ours == theirs


@EVERY
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_by_hand(row: Row, weighted: bool) -> None:
    """Three batches, the last an odd one; then again after reset_state."""
    if weighted and row.without_weights:
        return
    ours, theirs = both(row)
    weights = [RNG.random(N).astype(np.float32)] * weighted
    theirs.update_state(row.labels, row.outputs, *weights)
    expected = np.asarray(theirs.result())
    for _ in range(1 if weighted else 2):
        for start in (0, 5, 10):
            part = slice(start, start + 5)
            ours.update_state(row.labels[part], row.outputs[part], *(w[part] for w in weights))
        figure = ours.result().numpy()
        assert figure.shape == expected.shape
        np.testing.assert_allclose(figure, expected, rtol=2e-4, atol=2e-5)
        ours.reset_state()
    assert all(not v.numpy().any() for v in ours.variables)


@EVERY
def test_configs(row: Row) -> None:
    ours, theirs = both(row)
    assert ours.name.rstrip("_0123456789") == theirs.name.rstrip("_0123456789")
    config = ours.get_config()
    for key, value in theirs.get_config().items():
        if key not in ("dtype", "name"):
            several = hasattr(value, "__len__") and not isinstance(value, str)
            assert config[key] == (np.asarray(value).tolist() if several else value), key
    again = metrics.deserialize(metrics.serialize(ours))
    assert type(again) is type(ours) and again.get_config() == config
    METRICS.get({"class_name": row.name, "config": theirs.get_config()})


@EVERY
def test_in_evaluate(row: Row) -> None:
    shape = row.outputs.shape[1:]
    model = models.Sequential([layers.Input(shape), layers.Reshape(shape)])
    ours, theirs = both(row)
    model.compile("sgd", lambda y_true, y_pred: ops.mean(ops.square(y_pred), -1), metrics=[ours])
    labels = row.labels.astype(np.float32)
    outputs = row.outputs.astype(np.float32)
    logs = model.evaluate_sync(outputs, labels, batch_size=5, return_dict=True)
    theirs.update_state(row.labels, row.outputs)
    expected = np.asarray(theirs.result())
    np.testing.assert_allclose(logs[ours.name], expected, rtol=2e-4, atol=2e-5)


FUNCTIONS = [
    name
    for name in dir(keras.metrics)
    if name.islower() and name[0] != "_" and name not in ("get", "serialize", "deserialize")
]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name: str) -> None:
    labels, outputs = (ONE_HOT, SIMPLEX) if "categorical" in name else (bits(N, 3), of(N, 3))
    labels = CLASSES if "sparse" in name else labels
    ours = getattr(metrics, name)(labels, outputs)
    expected = np.asarray(getattr(keras.metrics, name)(labels, outputs))
    assert ours.shape == expected.shape
    np.testing.assert_allclose(ours.numpy(), expected, rtol=1e-4, atol=1e-6, equal_nan=True)


VALUES = [
    ((5,), None), ((), None), ((4, 3), None), ((4, 3), (4,)), ((4, 3), (4, 3)), ((4, 3), (4, 1)),
    ((5,), (5,)), ((5,), ()), ((4, 3, 2), (4,)),
]  # fmt: skip


@pytest.mark.parametrize(("shape", "weights"), VALUES, ids=str)
@pytest.mark.parametrize("name", ["Mean", "Sum"])
def test_means_and_sums_of_values(host: str, name: str, shape: Any, weights: Any) -> None:
    ours, theirs = getattr(metrics, name)(), getattr(keras.metrics, name)()
    for _ in range(2):
        values = of(*shape)
        given = {} if weights is None else {"sample_weight": of(*weights)}
        ours.update_state(values, **given)
        theirs.update_state(values, **given)
    assert ours.result().item() == pytest.approx(float(theirs.result()), rel=1e-5)
    assert [v.shape for v in ours.variables] == [tuple(v.shape) for v in theirs.variables]
    ours.reset_state()
    assert ours.result().item() == 0.0


def test_a_wrapper_takes_the_function_s_options(host: str) -> None:
    def near(y_true: Any, y_pred: Any, within: float) -> Any:
        return ops.cast(ops.less(ops.abs(y_true - y_pred), within), "float32")

    ours = metrics.MeanMetricWrapper(near, name="near", within=0.25)
    labels, outputs = of(N, 2), of(N, 2)
    ours.update_state(labels, outputs)
    assert ours.result().item() == pytest.approx((abs(labels - outputs) < 0.25).mean())


# --- subclasses of Keras's form, one program for both


def positives(base: Any, kops: Any) -> Any:
    class Positives(base):
        def __init__(self, name: str = "positives", **options: Any):
            super().__init__(name=name, **options)
            self.count = self.add_weight(shape=(), initializer="zeros", name="count")
            self.largest = self.add_variable(shape=(2,), initializer="zeros", name="largest")

        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
            said = kops.cast(y_pred > 0.5, "float32")
            if sample_weight is not None:
                said = said * kops.reshape(kops.cast(sample_weight, "float32"), (-1, 1))
            self.count.assign(self.count + kops.sum(said))
            self.largest.assign(kops.maximum(self.largest, kops.max(y_pred, axis=0)))

        def result(self) -> Any:
            return self.count + kops.sum(self.largest)

    return Positives


def test_a_metric_of_keras_s_form_in_fit(host: str) -> None:
    """Its largest value does not add up over batches. Reset before each pass."""
    ours, theirs = positives(metrics.Metric, ops)(), positives(keras.metrics.Metric, keras.ops)()
    outputs, labels, weights = of(N, 2), bits(N, 2), of(N)
    model = models.Sequential([layers.Input((2,)), layers.Reshape((2,))])
    again = positives(metrics.Metric, ops)("again")
    model.compile("sgd", "mse", metrics=[ours], weighted_metrics=[again])
    expected = {}
    for name, given in (("positives", []), ("again", [weights])):
        theirs.reset_state()
        for start in (0, 5, 10):
            part = slice(start, start + 5)
            theirs.update_state(labels[part], outputs[part], *(g[part] for g in given))
        expected[name] = float(theirs.result())
    for _ in range(2):
        logs = model.evaluate_sync(
            outputs, labels, batch_size=5, sample_weight=weights, return_dict=True
        )
        assert {k: logs[k] for k in expected} == pytest.approx(expected, rel=1e-5)
    with pytest.warns(UserWarning, match="no trainable weights"):
        history = model.fit_sync(
            outputs, labels, batch_size=5, epochs=2, verbose=0, sample_weight=weights,
            validation_data=(outputs, labels),
        ).history  # fmt: skip
    assert history["again"] == pytest.approx([expected["again"]] * 2, rel=1e-5)
    assert history["val_positives"] == pytest.approx([expected["positives"]] * 2, rel=1e-5)


def test_a_subclass_of_ours_says_its_result(host: str) -> None:
    class Percent(metrics.MeanAbsoluteError):
        def result(self) -> Any:
            return super().result() * 100.0

    class Both(metrics.Metric):
        def __init__(self) -> None:
            super().__init__(name="both")
            self.inner = metrics.Mean()

        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
            self.inner.update_state(y_pred)

        def result(self) -> Any:
            return {"half": self.inner.result() / 2.0, "whole": self.inner.result()}

    outputs, labels = of(N, 2), bits(N, 2)
    model = models.Sequential([layers.Input((2,)), layers.Reshape((2,))])
    model.compile("sgd", "mse", metrics=[Percent(), Both()])
    logs = model.evaluate_sync(outputs, labels, batch_size=5, return_dict=True)
    error = abs(outputs - labels).mean() * 100
    assert logs["mean_absolute_error"] == pytest.approx(error, rel=1e-5)
    assert logs["whole"] == pytest.approx(outputs.mean(), rel=1e-5)
    assert logs["half"] == pytest.approx(outputs.mean() / 2, rel=1e-5)


def test_what_reads_back_says_so() -> None:
    class Reads(metrics.Metric):
        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
            self.last = y_pred.numpy()

        def result(self) -> Any:
            return pw.tensor(self.last.mean())

    model = models.Sequential([layers.Input((2,)), layers.Reshape((2,))])
    model.compile("sgd", "mse", metrics=[Reads()])
    with pytest.raises(Exception, match=r"'reads' cannot be recorded: .* made of ops") as error:
        model.evaluate_sync(of(4, 2), bits(4, 2))
    assert isinstance(error.value, (RuntimeError, TypeError, ValueError))


def test_metrics_by_hand_in_a_step_of_one_s_own(host: str) -> None:
    """Over an epoch the last figure counts; they are reset before each."""
    tracker, auc = metrics.Mean(name="loss"), metrics.AUC(name="area")

    class Own(models.Model):
        def train_step(self, data: Any) -> Any:
            x, y = data
            y_pred = self(x, training=True)
            tracker.update_state(ops.mean(ops.square(y - y_pred), -1))
            auc.update_state(y, y_pred)
            for metric in self.metrics:
                if metric.name == "mae":
                    metric.update_state(y, y_pred)
            return {m.name: m.result() for m in (tracker, auc, *self.metrics)}

        def test_step(self, data: Any) -> Any:
            return self.train_step(data)

        @property
        def metrics(self) -> Any:
            return [tracker, auc, *(m for m in super().metrics if m.name == "mae")]

    inputs = layers.Input((2,))
    model = Own(inputs, layers.Reshape((2,))(inputs))
    model.compile("sgd", "mse", metrics=["mae"])
    outputs, labels = of(N, 2), bits(N, 2)
    theirs = keras.metrics.AUC()
    theirs.update_state(labels, outputs)
    expected = {
        "loss": ((outputs - labels) ** 2).mean(),
        "area": float(theirs.result()),
        "mae": abs(outputs - labels).mean(),
    }
    history = model.fit_sync(outputs, labels, batch_size=5, epochs=3, verbose=0).history
    for key, value in expected.items():
        assert history[key] == pytest.approx([value] * 3, rel=1e-4)
    logs = model.evaluate_sync(outputs, labels, batch_size=5, return_dict=True)
    assert logs == pytest.approx(expected, rel=1e-4)


def test_outputs_outside_of_a_curve_are_told() -> None:
    with pytest.warns(UserWarning, match=r"auc: 2 outputs lie outside 0 \.\.\. 1"):
        metrics.AUC()(bits(4, 1), [[-0.5], [0.5], [0.2], [1.5]]).item()


def test_unknown_arguments_and_dtypes_are_named() -> None:
    for name, cls in METRICS.entries().items():
        if name != "MeanMetricWrapper":
            with pytest.raises(TypeError, match=f"{name} has no argument 'nam'; did you mean"):
                cls(nam="x")
    with pytest.raises(ValueError, match="is it a name"):
        metrics.Metric("mine")


def test_stateless_calls(host: str) -> None:
    metric, theirs = metrics.Mean(), keras.metrics.Mean()
    metric.update_state([9.0])
    state = metric.stateless_update_state([pw.tensor(1.0), pw.tensor(2.0)], [3.0, 4.0])
    expected = theirs.stateless_update_state([np.float32(1), np.float32(2)], [3.0, 4.0])
    assert [float(s) for s in state] == [float(s) for s in expected]
    assert metric.stateless_result(state).item() == pytest.approx(2.0)
    assert metric.result().item() == 9.0
