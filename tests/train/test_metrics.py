"""Metrics against Keras's formulas, written out in NumPy, and against Keras's own
values; by themselves, batch by batch, and in fit and evaluate.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pytest
from small_models import blobs, head, linear

from pywebml import layers, metrics, models, ops
from pywebml.core.tensor import tensor
from pywebml.train import SGD, Callback
from pywebml.train.metrics import METRICS

Array = Any

RNG = np.random.default_rng(7)
N = 11
BITS = RNG.integers(0, 2, (N, 3)).astype(np.float32)
PROBABILITIES = RNG.random((N, 3)).astype(np.float32)
PROBABILITIES[0] = [0.5, 0.25, 0.75]  # some on thresholds
PROBABILITIES[1] = PROBABILITIES[1].round(1)
BIT, PROBABILITY = BITS[:, :1], PROBABILITIES[:, :1]
CLASSES = RNG.integers(0, 3, N)
ONE_HOT = np.eye(3, dtype=np.float32)[CLASSES]
WEIGHTS = RNG.random(N).astype(np.float32)
AREAS, TAKEN = RNG.integers(0, 4, (N, 5)), RNG.integers(0, 4, (N, 5))


# --- Keras's formulas: labels y, outputs p and weights w of every value


def mean_of(values: Array, w: Array) -> float:
    return float((values * w).sum() / w.sum())


def counted(y: Array, said: Array, w: Array) -> tuple[float, float, float, float]:
    """Weights of true and false positives, false and true negatives."""
    return tuple(
        float((w * a * b).sum())
        for b, a in [(said, y), (said, 1 - y), (1 - said, y), (1 - said, 1 - y)]
    )  # type: ignore[return-value]


def ratio(a: float, b: float) -> float:
    return a / b if b else 0.0


def top(p: Array, k: int) -> Array:
    chosen = np.zeros_like(p)
    np.put_along_axis(chosen, np.argsort(-p, axis=-1, kind="stable")[:, :k], 1, axis=-1)
    return chosen


def precision(y: Array, said: Array, w: Array) -> float:
    tp, fp, _, _ = counted(y, said, w)
    return ratio(tp, tp + fp)


def recall(y: Array, said: Array, w: Array) -> float:
    tp, _, fn, _ = counted(y, said, w)
    return ratio(tp, tp + fn)


def spread(count: int) -> list[float]:
    return [-1e-7, *np.linspace(0, 1, count)[1:-1], 1 + 1e-7]


def roc(y: Array, p: Array, w: Array, thresholds: Any, height: Callable[..., Any]) -> float:
    points = []
    for threshold in thresholds:
        tp, fp, fn, tn = counted(y, p > threshold, w)
        points.append((ratio(fp, fp + tn), ratio(tp, tp + fn)))
    return sum((x0 - x1) * height(y0, y1) for (x0, y0), (x1, y1) in pairwise(points))


def middle(a: float, b: float) -> float:
    return (a + b) / 2


def pr(y: Array, p: Array, w: Array, thresholds: Any) -> float:
    """The integral of Davis and Goadrich, taken numerically between two thresholds."""
    area = 0.0
    counts = [counted(y, p > threshold, w) for threshold in thresholds]
    for (tp1, fp1, _, _), (tp0, fp0, fn0, _) in pairwise(counts):
        if tp0 + fn0 == 0 or tp1 == tp0:
            continue
        t = (np.arange(20000) + 0.5) / 20000
        tp, fp = tp0 + t * (tp1 - tp0), fp0 + t * (fp1 - fp0)
        area += float((tp / (tp + fp)).mean()) * (tp1 - tp0) / (tp0 + fn0)
    return area


def pr_steps(y: Array, p: Array, w: Array, thresholds: Any) -> float:
    points = []
    for threshold in thresholds:
        tp, fp, fn, _ = counted(y, p > threshold, w)
        points.append((ratio(tp, tp + fn), ratio(tp, tp + fp)))
    return sum((x0 - x1) * max(y0, y1) for (x0, y0), (x1, y1) in pairwise(points))


def f_score(y: Array, said: Array, w: Array, beta: float = 1.0) -> float:
    p, r = precision(y, said, w), recall(y, said, w)
    return ratio((1 + beta**2) * p * r, beta**2 * p + r)


def by_class(function: Callable[..., Any], y: Array, said: Array, w: Array) -> list[float]:
    return [function(y[:, i], said[:, i], w[:, i]) for i in range(y.shape[1])]


def iou(y: Array, p: Array, w: Array, classes: int) -> float:
    found = []
    for i in range(classes):
        both, either = (w * ((y == i) & (p == i))).sum(), (w * ((y == i) | (p == i))).sum()
        if either:
            found.append(both / either)
    return float(np.mean(found))


def r2(y: Array, p: Array, w: Array) -> list[float]:
    centre = (y * w).sum(0) / w.sum(0)
    return list(1 - (w * (y - p) ** 2).sum(0) / (w * (y - centre) ** 2).sum(0))


def r2_weighted(y: Array, p: Array, w: Array) -> float:
    spreads = (w * (y - (y * w).sum(0) / w.sum(0)) ** 2).sum(0)
    return float((spreads * r2(y, p, w)).sum() / spreads.sum())


class Row(NamedTuple):
    """A metric, the data it is tried on, its formula, and what Keras 3.15.1 (on JAX)
    says of that data: without weights, and with.
    """

    make: Callable[[], metrics.Metric]
    labels: Array
    outputs: Array
    formula: Callable[[Array, Array, Array], Any]
    keras: Any
    keras_weighted: Any


M = metrics
ROWS = [
    Row(
        M.Precision, BITS, PROBABILITIES, lambda y, p, w: precision(y, p > 0.5, w), 0.625, 0.575729
    ),
    Row(
        lambda: M.Precision(thresholds=[0.2, 0.6]),
        BITS,
        PROBABILITIES,
        lambda y, p, w: [precision(y, p > t, w) for t in np.float32([0.2, 0.6])],
        [0.5, 0.6],
        [0.383306, 0.472908],
    ),
    Row(
        lambda: M.Precision(top_k=2),
        BITS,
        PROBABILITIES,
        lambda y, p, w: precision(y, top(p, 2), w),
        0.545455,
        0.464883,
    ),
    Row(
        lambda: M.Precision(class_id=1),
        BITS,
        PROBABILITIES,
        lambda y, p, w: precision(y[:, 1], p[:, 1] > 0.5, w[:, 1]),
        0.25,
        0.132399,
    ),
    Row(
        lambda: M.Precision(thresholds=0.3, top_k=1, class_id=2),
        BITS,
        PROBABILITIES,
        lambda y, p, w: precision(y[:, 2], top(p, 1)[:, 2] * (p[:, 2] > 0.3), w[:, 2]),
        0.8,
        0.826785,
    ),
    Row(M.Recall, BITS, PROBABILITIES, lambda y, p, w: recall(y, p > 0.5, w), 0.555556, 0.510097),
    Row(
        lambda: M.Recall(thresholds=[0.2, 0.6]),
        BITS,
        PROBABILITIES,
        lambda y, p, w: [recall(y, p > t, w) for t in np.float32([0.2, 0.6])],
        [0.666667, 0.333333],
        [0.546927, 0.278937],
    ),
    Row(
        lambda: M.Recall(top_k=2),
        BITS,
        PROBABILITIES,
        lambda y, p, w: recall(y, top(p, 2), w),
        0.666667,
        0.645746,
    ),
    Row(
        M.AUC,
        BITS,
        PROBABILITIES,
        lambda y, p, w: roc(y, p, w, spread(200), middle),
        0.527778,
        0.444484,
    ),
    Row(
        lambda: M.AUC(curve="PR"),
        BITS,
        PROBABILITIES,
        lambda y, p, w: pr(y, p, w, spread(200)),
        0.572311,
        0.436369,
    ),
    Row(
        lambda: M.AUC(num_thresholds=5),
        BIT,
        PROBABILITY,
        lambda y, p, w: roc(y, p, w, spread(5), middle),
        0.410714,
        0.328067,
    ),
    Row(
        lambda: M.AUC(num_thresholds=7, curve="PR"),
        BIT,
        PROBABILITY,
        lambda y, p, w: pr(y, p, w, spread(7)),
        0.63914,
        0.441737,
    ),
    Row(
        lambda: M.AUC(summation_method="minoring"),
        BITS,
        PROBABILITIES,
        lambda y, p, w: roc(y, p, w, spread(200), min),
        0.518519,
        0.434842,
    ),
    Row(
        lambda: M.AUC(summation_method="majoring", curve="PR"),
        BITS,
        PROBABILITIES,
        lambda y, p, w: pr_steps(y, p, w, spread(200)),
        0.599775,
        0.464504,
    ),
    Row(
        lambda: M.AUC(thresholds=[0.8, 0.1, 0.45]),
        BITS,
        PROBABILITIES,
        lambda y, p, w: roc(y, p, w, [-1e-7, 0.1, 0.45, 0.8, 1 + 1e-7], middle),
        0.503704,
        0.419941,
    ),
    Row(
        lambda: M.AUC(multi_label=True),
        BITS,
        PROBABILITIES,
        lambda y, p, w: np.mean(
            by_class(lambda *of: roc(*of, thresholds=spread(200), height=middle), y, p, w)
        ),
        0.534722,
        0.481297,
    ),
    Row(
        lambda: M.AUC(multi_label=True, label_weights=[1.0, 2.0, 0.5], curve="PR"),
        BITS,
        PROBABILITIES,
        lambda y, p, w: np.average(
            by_class(lambda *of: pr(*of, thresholds=spread(200)), y, p, w), weights=[1, 2, 0.5]
        ),
        0.446825,
        0.354097,
    ),
    Row(
        lambda: M.AUC(label_weights=[1.0, 2.0, 0.5]),
        BITS,
        PROBABILITIES,
        lambda y, p, w: roc(y, p, w * [1, 2, 0.5], spread(200), middle),
        0.494528,
        0.40857,
    ),
    Row(
        lambda: M.AUC(from_logits=True),
        BITS,
        PROBABILITIES * 4 - 2,
        lambda y, p, w: roc(y, 1 / (1 + np.exp(-p)), w, spread(200), middle),
        0.527778,
        0.444484,
    ),
    Row(
        M.F1Score,
        ONE_HOT,
        PROBABILITIES,
        lambda y, p, w: by_class(f_score, y, top(p, 1), w),
        [0, 0.444444, 0.571429],
        [0, 0.538258, 0.612287],
    ),
    Row(
        lambda: M.F1Score(average="micro", threshold=0.5),
        BITS,
        PROBABILITIES,
        lambda y, p, w: f_score(y, p > 0.5, w),
        0.588235,
        0.54093,
    ),
    Row(
        lambda: M.F1Score(average="macro"),
        ONE_HOT,
        PROBABILITIES,
        lambda y, p, w: np.mean(by_class(f_score, y, top(p, 1), w)),
        0.338624,
        0.383515,
    ),
    Row(
        lambda: M.F1Score(average="weighted", threshold=0.4),
        BITS,
        PROBABILITIES,
        lambda y, p, w: np.average(by_class(f_score, y, p > 0.4, w), weights=(y * w).sum(0)),
        0.619444,
        0.546489,
    ),
    Row(
        lambda: M.FBetaScore(average="macro", beta=2.0, threshold=0.3),
        BITS,
        PROBABILITIES,
        lambda y, p, w: np.mean(by_class(lambda *of: f_score(*of, beta=2), y, p > 0.3, w)),
        0.539479,
        0.429496,
    ),
    Row(
        lambda: M.MeanIoU(num_classes=4),
        AREAS,
        TAKEN,
        lambda y, p, w: iou(y, p, w, 4),
        0.097713,
        0.0854,
    ),
    Row(
        lambda: M.MeanIoU(num_classes=4, ignore_class=1),
        AREAS,
        TAKEN,
        lambda y, p, w: iou(y, p, w * (y != 1), 4),
        0.099537,
        0.092221,
    ),
    Row(
        lambda: M.MeanIoU(num_classes=3, sparse_y_pred=False),
        CLASSES,
        PROBABILITIES,
        lambda y, p, w: iou(y, p.argmax(-1), w[:, 0], 3),
        0.228571,
        0.269817,
    ),
    Row(
        lambda: M.MeanIoU(num_classes=3, sparse_y_true=False, sparse_y_pred=False),
        ONE_HOT,
        PROBABILITIES,
        lambda y, p, w: iou(y.argmax(-1), p.argmax(-1), w[:, 0], 3),
        0.228571,
        0.269817,
    ),
    Row(M.R2Score, BITS, PROBABILITIES, lambda y, p, w: np.mean(r2(y, p, w)), -0.557252, -0.757763),
    Row(
        lambda: M.R2Score(class_aggregation=None),
        BITS,
        PROBABILITIES,
        r2,
        [-0.806105, -0.623273, -0.242378],
        [-0.819906, -1.150574, -0.302808],
    ),
    Row(
        lambda: M.R2Score(class_aggregation="variance_weighted_average"),
        BITS,
        PROBABILITIES,
        r2_weighted,
        -0.570349,
        -0.737816,
    ),
    Row(
        lambda: M.R2Score(num_regressors=2),
        BIT,
        PROBABILITY,
        lambda y, p, w: 1 - (1 - r2(y, p, w)[0]) * (N - 1) / (N - 3),
        -1.257631,
        -1.274883,
    ),
    Row(
        lambda: M.TopKCategoricalAccuracy(k=2),
        ONE_HOT,
        PROBABILITIES,
        lambda y, p, w: mean_of((y * top(p, 2)).sum(-1), w[:, 0]),
        0.636364,
        0.680181,
    ),
    Row(
        lambda: M.SparseTopKCategoricalAccuracy(k=2),
        CLASSES,
        PROBABILITIES,
        lambda y, p, w: mean_of(top(p, 2)[np.arange(N), y.astype(int)], w[:, 0]),
        0.636364,
        0.680181,
    ),
    Row(
        M.MeanAbsoluteError,
        BITS,
        PROBABILITIES,
        lambda y, p, w: mean_of(abs(y - p), w),
        0.49849,
        0.529833,
    ),
    Row(
        M.MeanSquaredError,
        BITS,
        PROBABILITIES,
        lambda y, p, w: mean_of((y - p) ** 2, w),
        0.328778,
        0.361119,
    ),
    Row(
        M.RootMeanSquaredError,
        BITS,
        PROBABILITIES,
        lambda y, p, w: math.sqrt(mean_of((y - p) ** 2, w)),
        0.573392,
        0.600931,
    ),
    Row(
        lambda: M.BinaryAccuracy(threshold=0.4),
        BITS,
        PROBABILITIES,
        lambda y, p, w: mean_of((p > 0.4) == y, w),
        0.545455,
        0.500992,
    ),
    Row(
        M.CategoricalAccuracy,
        ONE_HOT,
        PROBABILITIES,
        lambda y, p, w: mean_of(p.argmax(-1) == y.argmax(-1), w[:, 0]),
        0.363636,
        0.42112,
    ),
    Row(
        M.SparseCategoricalAccuracy,
        CLASSES,
        PROBABILITIES,
        lambda y, p, w: mean_of(p.argmax(-1) == y, w[:, 0]),
        0.363636,
        0.42112,
    ),
]


def _id(row: Any) -> str:
    config = row.make().get_config()
    said = {k: v for k, v in config.items() if k != "name" and v not in (None, False)}
    return f"{type(row.make()).__name__} {said}"


EVERY_ROW = pytest.mark.parametrize("row", ROWS, ids=_id)


@EVERY_ROW
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_a_metric_is_keras_s(host: str, row: Row, weighted: bool) -> None:
    """In one go, and in three batches whose sums are added, the last an odd one."""
    weights = WEIGHTS if weighted else None
    of_values = np.broadcast_to(
        (WEIGHTS if weighted else np.ones(N)).reshape(N, 1), (N, max(row.outputs.shape[1], 1))
    )
    expected = row.formula(
        row.labels.astype(float), row.outputs.astype(float), of_values.astype(float)
    )
    keras = row.keras_weighted if weighted else row.keras
    np.testing.assert_allclose(expected, keras, rtol=2e-4, atol=2e-6)
    metric = row.make()
    np.testing.assert_allclose(
        metric(row.labels, row.outputs, weights), keras, rtol=1e-4, atol=2e-6
    )
    total: Any = None
    for start in (0, 4, 8):
        part = slice(start, start + 4)
        sums = metric.sums(
            tensor(row.labels[part].astype(np.float32)),
            tensor(row.outputs[part].astype(np.float32)),
            None if weights is None else tensor(weights[part]),
        )
        assert sums.ndim == 1
        total = sums if total is None else total + sums
    np.testing.assert_allclose(metric.value(total.tolist()), keras, rtol=1e-4, atol=2e-6)


@EVERY_ROW
def test_a_metric_in_evaluate_and_fit(host: str, row: Row) -> None:
    """A model that hands its input on: evaluate, an unwatched and a watched fit say what
    Keras says, over batches of 4, 4 and 3, and forget it from epoch to epoch.
    """
    shape = row.outputs.shape[1:]
    model = models.Sequential([layers.Input(shape), layers.Reshape(shape)])

    def loss(y_true: Any, y_pred: Any) -> Any:
        return ops.mean(ops.square(y_pred), -1)

    plain = row.make()
    weighted = row.make()
    weighted.name = "weighted"
    model.compile(SGD(0.1), loss, metrics=[plain], weighted_metrics=[weighted])
    data = row.outputs.astype(np.float32), row.labels.astype(np.float32)
    keys = ["loss", plain.name, "weighted"]
    logs = model.evaluate_sync(*data, batch_size=4, sample_weight=WEIGHTS, return_dict=True)
    assert list(logs) == keys
    np.testing.assert_allclose(logs[plain.name], row.keras, rtol=1e-4, atol=2e-6)
    np.testing.assert_allclose(logs["weighted"], row.keras_weighted, rtol=1e-4, atol=2e-6)
    for callbacks in (None, [Callback()]):
        with pytest.warns(UserWarning, match="no trainable weights"):
            history = model.fit_sync(
                *data,
                batch_size=4,
                epochs=2,
                verbose=0,
                sample_weight=WEIGHTS,
                validation_data=data,
                callbacks=callbacks,
            ).history
        assert list(history) == [*keys, *(f"val_{key}" for key in keys)]
        for key, expected in [
            (plain.name, row.keras),
            ("weighted", row.keras_weighted),
            (f"val_{plain.name}", row.keras),
            ("val_weighted", row.keras),
        ]:
            np.testing.assert_allclose(history[key], [expected] * 2, rtol=1e-4, atol=2e-6)


@EVERY_ROW
def test_a_metric_s_config_makes_it_again(row: Row) -> None:
    metric = row.make()
    again = METRICS.get(METRICS.serialize(metric))
    assert type(again) is type(metric)
    assert again.get_config() == metric.get_config()
    assert type(metric).from_config({**metric.get_config(), "dtype": "float32"}).name == metric.name


@pytest.mark.parametrize(
    ("name", "cls", "key"),
    [
        ("mse", metrics.MeanSquaredError, "mse"),
        ("MSE", metrics.MeanSquaredError, "MSE"),
        ("meanAbsoluteError", metrics.MeanAbsoluteError, "meanAbsoluteError"),
        ("sparse_categorical_accuracy", metrics.SparseCategoricalAccuracy, None),
        ("Precision", metrics.Precision, "Precision"),
        ("auc", metrics.AUC, "auc"),
        (metrics.Recall, metrics.Recall, "recall"),
        (metrics.binary_accuracy, metrics.BinaryAccuracy, "binary_accuracy"),
        (metrics.mean_absolute_error, metrics.MeanAbsoluteError, "mean_absolute_error"),
        ({"class_name": "AUC", "config": {"name": "area"}}, metrics.AUC, "area"),
    ],
)
def test_metrics_by_name(name: Any, cls: Any, key: str | None) -> None:
    metric = metrics.get(name)
    assert type(metric) is cls
    assert metric.name == (key or name)


def test_names_of_two_alike(host: str) -> None:
    """Keras's keys: numbered, and 'weighted_' where the plain one is there, too."""
    x, y = blobs(20)
    model = head()
    model.compile(
        "sgd",
        "sparse_categorical_crossentropy",
        metrics=["accuracy", "accuracy", "acc"],
        weighted_metrics=["accuracy"],
    )
    logs = model.evaluate_sync(x, y, sample_weight=np.arange(20), return_dict=True)
    assert list(logs) == ["loss", "accuracy", "accuracy_1", "acc", "weighted_accuracy"]
    right = model.predict(x).numpy().argmax(1) == y
    assert logs["accuracy"] == logs["accuracy_1"] == logs["acc"] == pytest.approx(right.mean())
    assert logs["weighted_accuracy"] == pytest.approx(
        np.average(right, weights=np.arange(20)), rel=1e-5
    )


def test_metrics_of_one_s_own(host: str) -> None:
    """A function is a mean; a subclass says its sums, with the outputs after the
    activation although the loss takes the logits.
    """

    class Sharpness(metrics.Metric):
        def sums(self, labels: Any, outputs: Any, weights: Any) -> Any:
            largest = ops.max(outputs, -1)
            return ops.stack([ops.sum(largest), ops.sum(ops.square(largest))])

        def value(self, sums: Any) -> float:
            return float(sums[1] / sums[0])

    def second(y_true: Any, y_pred: Any) -> Any:
        return y_pred[:, 1]

    x, y = blobs(21)
    model = head()
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=[Sharpness(), second])
    p = model.predict(x).numpy()
    logs = model.evaluate_sync(x, y, batch_size=8, return_dict=True)
    largest = p.max(1)
    assert logs["sharpness"] == pytest.approx((largest**2).sum() / largest.sum(), rel=1e-4)
    assert logs["second"] == pytest.approx(p[:, 1].mean(), rel=1e-4)
    with pytest.raises(NotImplementedError, match="must say its sums"):
        metrics.Metric()([1.0], [1.0])
    with pytest.raises(TypeError, match="plain function"):
        metrics.MeanMetricWrapper(second).get_config()


def test_metrics_add_up_without_a_read(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unwatched fit with metrics of sums reads once, however many steps there are;
    and before it begins the range of their labels.
    """
    from pywebml.device import get_device

    monkeypatch.setattr("pywebml.train.training.LOOK", 1e9)
    device, reads = get_device(), []
    inner = device.download

    async def download(*args: Any) -> bytes:
        reads.append(1)
        return await inner(*args)

    monkeypatch.setattr(device, "download", download)
    model = linear(0.5)
    model.compile(SGD(0.0), "mse", metrics=[metrics.AUC(), metrics.R2Score(), "mae"])
    x = np.linspace(0, 1, 20, dtype=np.float32).reshape(20, 1)
    history = model.fit_sync(x, x > 0.4, batch_size=3, epochs=3, verbose=0).history
    assert len(reads) == 2
    assert history["auc"] == [pytest.approx(1.0)] * 3
    assert len(history["r2_score"]) == 3


def test_metrics_of_several_figures_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    x, y = blobs(20)
    model = head()
    model.compile("sgd", "categorical_crossentropy", metrics=[metrics.F1Score()])
    model.fit_sync(x, np.eye(3)[y], verbose=2)
    figures = r"f1_score: \[\d\.\d{4}, \d\.\d{4}, \d\.\d{4}\]$"
    assert re.search(figures, capsys.readouterr().out.strip())
    model.evaluate_sync(x, np.eye(3)[y], verbose=1)
    assert re.search(figures, capsys.readouterr().out.strip())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: metrics.Precision(thresholds=1.5),
            r"thresholds must be .* up to 1, got 1\.5",
        ),
        (lambda: metrics.Recall(top_k=0), "top_k must be a whole number of at least 1"),
        (lambda: metrics.AUC(curve="RUC"), "curve must be 'ROC' or 'PR', got 'RUC'"),
        (lambda: metrics.AUC(summation_method="left"), "'interpolation', 'minoring' or 'majoring'"),
        (
            lambda: metrics.AUC(num_thresholds=1),
            "num_thresholds must be .* at least 2",
        ),
        (lambda: metrics.AUC(num_labels=2), "multi_label=True"),
        (lambda: metrics.F1Score(average="mean"), "average must be None, 'micro'"),
        (lambda: metrics.F1Score(threshold=2.0), "threshold must be a number above 0 and up to 1"),
        (lambda: metrics.FBetaScore(beta=0.0), "beta must be a number above 0"),
        (lambda: metrics.MeanIoU(0), "num_classes must be a whole number of at least 1"),
        (lambda: metrics.R2Score("mean"), "class_aggregation must be None"),
        (
            lambda: metrics.R2Score(num_regressors=-1),
            "num_regressors must be .* at least 0",
        ),
        (lambda: metrics.TopKCategoricalAccuracy(0), "k must be a whole number of at least 1"),
        (
            lambda: metrics.R2Score()([1.0], [1.0]),
            r"needs outputs \[n, outputs\], got shape \(1,\)",
        ),
        (lambda: metrics.F1Score()([1.0], [1.0]), r"needs outputs \[n, classes\], got shape"),
        (lambda: metrics.Precision()([1, 0], [[0.1, 0.9], [0.5, 0.5]]), "one_hot the labels"),
        (lambda: metrics.Precision(class_id=2)([[1, 0]], [[0.1, 0.9]]), r"class_id must lie in 0"),
        (lambda: metrics.MeanIoU(2)([1, 0], [[0.1, 0.9], [0.5, 0.5]]), "sparse_y_pred"),
        (
            lambda: metrics.AUC(multi_label=True, num_labels=3)([[1, 0]], [[0.1, 0.9]]),
            "num_labels is for 3 outputs, the model has 2",
        ),
        (lambda: metrics.get("acuracy"), "unknown metric 'acuracy'; known: AUC"),
    ],
)
def test_bad_metrics_are_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_r2_says_when_it_cannot_adjust() -> None:
    with pytest.warns(UserWarning, match="plain score"):
        adjusted = metrics.R2Score(num_regressors=2)([[1], [4], [3]], [[2.0], [4.0], [4.0]])
    assert adjusted == pytest.approx(4 / 7, rel=1e-5)
