"""What fit is given: labels that are not what the loss takes are refused before a step,
weights count in every form they come in, and data may come in every form there is.
"""

from __future__ import annotations

import warnings
from array import array
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from small_models import linear

from pywebml import layers, losses, metrics, models, tensor
from pywebml.device import get_device
from pywebml.train import SGD, callbacks

Array = Any
X = np.ones((4, 2), np.float32)
SPARSE, BINARY, ONE_HOT = (
    "sparse_categorical_crossentropy",
    "binary_crossentropy",
    "categorical_crossentropy",
)
NAN, INF = float("nan"), float("inf")


def classifier(loss: Any, outputs: int = 3, **options: Any) -> models.Model:
    model = models.Sequential([layers.Input((2,)), layers.Dense(outputs, activation="softmax")])
    if outputs == 1:
        model = models.Sequential([layers.Input((2,)), layers.Dense(1, activation="sigmoid")])
    model.compile(SGD(0.1), loss, **options)
    return model


# --- labels

HOLDERS: dict[str, Callable[[list[Any]], Any]] = {
    "a list": lambda y: y,
    "a tuple": tuple,
    "an array": np.array,
    "a column": lambda y: np.array(y)[:, None],
    "32-bit floats": lambda y: np.array(y, np.float32),
    "a tensor": lambda y: tensor(np.array(y)),
    "a buffer": lambda y: array("f", y),
    "a list of an array": lambda y: [np.array(y)],
    "a dict": lambda y: {"out": np.array(y)},
}

BAD_CLASSES = [
    ([0, 1, 0.99999994, 2], r"must be whole, got 0\.99999994"),
    ([0, 0.5, 1, 2], r"must be whole, got 0\.5"),
    ([1.75, 0, 0, 0], r"must be whole, got 1\.75"),
    ([0, 1, -0.25, 2], r"must be whole, got -0\.25"),
    ([0, 1, NAN, 2], "must be numbers, got nan"),
    ([0, 1, INF, 2], "must be numbers, got inf"),
    ([0, 1, -INF, 2], "must be numbers, got -inf"),
    ([0, 1, -1, 2], r"0 \.\.\. 2 for a model of 3 outputs, got -1 \.\.\. 2"),
    ([0, 1, 3, 2], r"0 \.\.\. 2 for a model of 3 outputs, got 0 \.\.\. 3"),
    ([0, 1, 2e9, 2], "for a model of 3 outputs"),
]


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize(("labels", "words"), BAD_CLASSES)
def test_bad_class_numbers(host: str, holder: str, labels: list[Any], words: str) -> None:
    y = HOLDERS[holder](labels)
    inputs = layers.Input((2,))
    model = models.Model(inputs, layers.Dense(3, activation="softmax", name="out")(inputs))
    model.compile("sgd", SPARSE)
    before = model.get_weights()
    for work in (model.fit_sync, model.evaluate_sync, model.train_on_batch_sync):
        with pytest.raises(ValueError, match=words):
            work(X, y)
    with pytest.raises(ValueError, match=words):
        model.fit_sync(X, [0, 1, 2, 0], validation_data=(X, y), verbose=0)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize(("labels", "words"), BAD_CLASSES)
def test_bad_class_numbers_in_a_call(labels: list[Any], words: str) -> None:
    with pytest.raises(ValueError, match="must be whole and lie in 0"):
        losses.SparseCategoricalCrossentropy()(labels, np.ones((4, 3)))
    right = sum(a == b for a, b in zip(labels, [0, 1, 2, 2], strict=True)) / 4
    outputs = np.eye(3)[[0, 1, 2, 2]]
    assert metrics.SparseCategoricalAccuracy()(labels, outputs) == right
    assert metrics.SparseTopKCategoricalAccuracy(k=1)(labels, outputs) == right


def test_labels_in_a_call() -> None:
    p = np.full((2, 2), 0.5)
    for loss, y, words in [
        (losses.BinaryCrossentropy(), [[-1, 1], [1, 1]], r"lie in 0 \.\.\. 1, got -1"),
        (losses.BinaryCrossentropy(), [[0, 1.5], [1, 1]], r"lie in 0 \.\.\. 1, got 1\.5"),
        (losses.BinaryCrossentropy(), [[0, NAN], [1, 1]], "got nan"),
        (losses.CategoricalCrossentropy(), np.array([[-1, 1], [1, 1]]), "probabilities, got -1"),
    ]:
        with pytest.raises(ValueError, match=words):
            loss(y, p)
        assert np.isfinite(loss(np.eye(2), p).item())


LABELS_ON_THE_DEVICE = [
    (SPARSE, y, fits)
    for y, fits in [
        ([0, 2], True), ([0.0, 2.0], True), ([True, False], True), ([0, 3], False),
        ([0, -1], False), ([0, 0.5], False), ([1, 0.99999994], False), ([1, NAN], False),
        ([1, INF], False),
    ]
] + [
    (BINARY, y, fits)
    for y, fits in [
        ([[0], [1]], True), ([[0.25], [1.0]], True), ([[True], [False]], True),
        ([[-1], [1]], False), ([[0], [7]], False), ([[0.5], [1.5]], False), ([[0], [NAN]], False),
    ]
] + [
    (ONE_HOT, y, fits)
    for y, fits in [
        ([[0, 1, 0]] * 2, True), ([[0.5, 0.25, 0.25]] * 2, True), ([[1, 0, 0], [-1, 1, 1]], False),
        ([[1, 0, 0], [NAN, 1, 0]], False),
    ]
]  # fmt: skip


@pytest.mark.parametrize(("name", "labels", "fits"), LABELS_ON_THE_DEVICE)
@pytest.mark.parametrize("from_logits", [False, True])
def test_labels_on_the_device_in_a_call(
    host: str, name: str, labels: list[Any], fits: bool, from_logits: bool
) -> None:
    """Nothing is read back for them: those that are none give NaN, and no number."""
    outputs = tensor([[0.2, 0.3, 0.5]] * 2 if name != BINARY else [[0.3]] * 2)
    function, cls = getattr(losses, name), type(losses.get(name))
    y = tensor(labels)
    values = np.array(function(y, outputs, from_logits=from_logits).tolist())
    mean = cls(from_logits)(y, outputs).item()
    assert np.isfinite(values[0]) or name == BINARY
    assert np.isfinite(values).all() == fits == np.isfinite(mean)
    if fits:
        assert function(labels, outputs, from_logits=from_logits).tolist() == values.tolist()
    else:
        for call in (function, cls(from_logits)):
            with pytest.raises(ValueError, match="got"):
                call(labels, outputs)


BAD_FOR_METRICS: list[tuple[Callable[[], Any], list[Any], str]] = [
    *(
        (make, labels, words)
        for make in (metrics.Precision, metrics.Recall, metrics.AUC, metrics.F1Score)
        for labels, words in [
            ([0, 1, 7, 1], r"lie in 0 \.\.\. 1.*got 0 \.\.\. 7"),
            ([-1, 1, 1, 1], r"got -1 \.\.\. 1; \(y \+ 1\) / 2"),
            ([0, 1, NAN, 1], "got nan"),
        ]
    ),
    *(
        (lambda: metrics.MeanIoU(3, ignore_class=9), labels, words)
        for labels, words in [
            ([0, 1, 1.75, 9], "must be whole, got 1.75"),
            ([0, 0.99999994, 2, 9], r"must be whole, got 0\.99999994"),
            ([0, 1, 3, 9], r"0 \.\.\. 2.*got 0 \.\.\. 3"),
            ([0, -1, 2, 9], "got -1"),
            ([0, INF, 2, 9], "got inf"),
        ]
    ),
]


@pytest.mark.parametrize(("make", "labels", "words"), BAD_FOR_METRICS)
def test_labels_that_a_metric_has_no_meaning_for(
    host: str, make: Callable[[], Any], labels: list[Any], words: str
) -> None:
    """In a call, and whatever the loss takes."""
    y = np.array(labels, np.float32)[:, None]
    for values in (y, tensor(y), y.tolist()):
        with pytest.raises(ValueError, match=words):
            make()(values, np.full((4, 1), 0.5))
    model = models.Sequential([layers.Input((2,)), layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "mse", metrics=[make()])
    for work in (model.fit_sync, model.evaluate_sync, model.train_on_batch_sync):
        with pytest.raises(ValueError, match=words) as error:
            work(X, y)
        assert f"y of the metric {make().name!r}" in str(error.value)
    assert np.isfinite(make()(np.array([[0], [1], [1], [0]]), np.full((4, 1), 0.5)))


def test_the_functions_take_lists_and_arrays() -> None:
    p, y = [[0.25, 0.75], [0.5, 0.5]], [[0, 1], [1, 0]]
    for function in (
        losses.mean_squared_error,
        losses.binary_crossentropy,
        losses.categorical_crossentropy,
        metrics.mean_absolute_error,
        metrics.categorical_accuracy,
        metrics.binary_accuracy,
        metrics.top_k_categorical_accuracy,
    ):
        assert function(y, p).tolist() == function(tensor(y), tensor(p)).tolist()
        assert function(np.array(y), np.array(p)).shape[0] == 2
    for function in (
        losses.sparse_categorical_crossentropy,
        metrics.sparse_categorical_accuracy,
        metrics.sparse_top_k_categorical_accuracy,
    ):
        assert function([1, 0], p).tolist() == function(tensor([1, 0]), tensor(p)).tolist()


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("dtype", [int, float, np.uint8, bool])
def test_class_numbers_of_all_types(host: str, holder: str, dtype: Any) -> None:
    labels = np.array([0, 1, 1, 0]).astype(dtype)
    y = HOLDERS[holder](list(labels))
    inputs = layers.Input((2,))
    model = models.Model(inputs, layers.Dense(3, activation="softmax", name="out")(inputs))
    model.compile("sgd", SPARSE, metrics=["accuracy"])
    p = model.predict(X).numpy()
    loss, accuracy = model.evaluate_sync(X, y)
    assert loss == pytest.approx(-np.log(p[range(4), labels.astype(int)]).mean(), rel=1e-5)
    assert accuracy == (p.argmax(1) == labels).mean()


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([-1, 1, 1, -1], r"lie in 0 \.\.\. 1, got -1 \.\.\. 1; \(y \+ 1\) / 2 makes them"),
        ([0, 1, 2, 1], r"lie in 0 \.\.\. 1, got 0 \.\.\. 2"),
        ([0.5, -0.5, 1, 1], r"got -0\.5 \.\.\. 1"),
        ([0, 1, NAN, 1], "must be numbers, got nan"),
        ([0, 1, INF, 1], "must be numbers, got inf"),
    ],
)
def test_bad_answers_of_yes_or_no(host: str, labels: list[Any], words: str) -> None:
    for loss in (BINARY, losses.BinaryCrossentropy(), losses.binary_crossentropy):
        model = classifier(loss, 1)
        for y in (labels, np.array(labels)[:, None], tensor(np.array(labels, np.float32))):
            with pytest.raises(ValueError, match=words):
                model.fit_sync(X, y, verbose=0)
    for y in ([0, 1, 1, 0], [True, False, True, True], [0.25, 1.0, 0.0, 1.0]):
        classifier(BINARY, 1).fit_sync(X, y, verbose=0)


def test_rows_that_are_no_probabilities(host: str) -> None:
    rows = np.eye(3)[[0, 1, 2, 1]]
    model = classifier(ONE_HOT)
    for y, words in [(-rows, "are probabilities, got -1"), (rows * NAN, "got nan")]:
        for form in (y, tensor(y), y.tolist()):
            with pytest.raises(ValueError, match=words):
                model.fit_sync(X, form, verbose=0)
    for y, words in [
        (rows * 2, r"rows of y add up to 2 \.\.\. 2"),
        (rows * 0, r"add up to 0 \.\.\. 0"),
        (rows + np.eye(3)[[1, 1, 0, 0]], r"several classes at a time use 'binary_crossentropy'"),
    ]:
        with pytest.warns(UserWarning, match=words) as said:
            model.fit_sync(X, y, epochs=3, verbose=0)
        assert len(said) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for y in (rows, rows * 0.9 + 0.1 / 3, rows.astype(bool), rows.tolist()):
            model.fit_sync(X, y, verbose=0)


def test_checks_are_one_small_readback_and_none_in_a_step(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pywebml.train.training.LOOK", 1e9)
    inputs = layers.Input((2,))
    ends = [layers.Dense(3, activation="softmax", name=name)(inputs) for name in "abc"]
    model = models.Model(inputs, ends)
    model.compile("sgd", [SPARSE, ONE_HOT, BINARY])
    device, sizes = get_device(), []
    inner = device.download

    async def download(buffer: int, nbytes: int) -> bytes:
        sizes.append(nbytes)
        return await inner(buffer, nbytes)

    monkeypatch.setattr(device, "download", download)
    rows = np.eye(3)[[0, 1, 2, 1]]
    model.fit_sync(
        X, [[0.0, 1, 2, 1], rows, rows], sample_weight=np.ones(4), epochs=5, batch_size=2, verbose=0
    )
    assert len(sizes) == 2  # before the first step, and the history
    assert sizes[0] <= 4 * 20


# --- class_weight and sample_weight

WEIGHTS = [0.5, 1.0, 4.0]
CLASS_WEIGHTS: dict[str, Callable[[], Any]] = {
    "a dict": lambda: {0: 0.5, 2: 4.0},
    "NumPy's integers": lambda: {np.int64(0): 0.5, np.uint8(2): np.float32(4.0)},
    "digits": lambda: {"0": 0.5, "2": 4},
    "whole floats": lambda: {0.0: 0.5, np.float32(2): 4.0},
    "a list": lambda: WEIGHTS,
    "a tuple": lambda: tuple(WEIGHTS),
    "an array": lambda: np.array(WEIGHTS),
    "a buffer": lambda: array("d", WEIGHTS),
    "a tensor": lambda: tensor(WEIGHTS),
}


@pytest.mark.parametrize("form", CLASS_WEIGHTS)
@pytest.mark.parametrize("loss", [SPARSE, ONE_HOT])
def test_class_weights_in_every_form(host: str, form: str, loss: str) -> None:
    """As sample_weight says the same; together with one; and not in validation."""
    classes = np.array([0, 1, 2, 1, 2, 0])
    y = classes if loss == SPARSE else np.eye(3)[classes]
    x = np.random.default_rng(1).normal(size=(6, 2)).astype(np.float32)
    samples = np.array([1.0, 2.0, 0.5, 1.0, 3.0, 1.0])
    first = classifier(loss)
    start = first.get_weights()

    def losses_of(**options: Any) -> dict[str, list[float]]:
        model = classifier(loss)
        model.set_weights(start)
        history = model.fit_sync(x, y, epochs=2, shuffle=False, verbose=0, **options)
        return history.history  # type: ignore[no-any-return]

    of_class, weight = np.array(WEIGHTS)[classes], CLASS_WEIGHTS[form]
    for own in (None, samples):
        both = of_class if own is None else of_class * own
        assert losses_of(class_weight=weight(), sample_weight=own)["loss"] == pytest.approx(
            losses_of(sample_weight=both)["loss"], rel=1e-5
        )
    plain = losses_of(validation_split=0.5)
    weighted = losses_of(validation_split=0.5, class_weight=weight())
    assert weighted["loss"] != pytest.approx(plain["loss"], rel=1e-3)
    model = classifier(loss)
    model.set_weights(start)
    model.fit_sync(x, y, shuffle=False, verbose=0, validation_split=0.5, class_weight=weight())
    assert weighted["val_loss"][0] == pytest.approx(model.evaluate_sync(x[3:], y[3:]), rel=1e-5)
    assert first.train_on_batch_sync(x, y, class_weight=weight()) == pytest.approx(
        losses_of(class_weight=weight())["loss"][0], rel=1e-5
    )


def test_a_series_of_class_weights_goes_by_its_index(host: str) -> None:
    pd = pytest.importorskip("pandas")
    y = [2, 2, 0, 0]
    model = classifier(SPARSE)
    model.compile(SGD(0.0), SPARSE)
    for series, same in [
        (pd.Series({2: 4.0, 0: 0.5}), {0: 0.5, 2: 4.0}),
        (pd.Series([0.5, 1.0, 4.0]), {0: 0.5, 2: 4.0}),
        (pd.Series([0.5, 1.0, 4.0], index=["0", "1", "2"]), {0: 0.5, 2: 4.0}),
    ]:
        one, other = (
            model.fit_sync(X, y, verbose=0, class_weight=w).history["loss"] for w in (series, same)
        )
        assert one == pytest.approx(other)


@pytest.mark.parametrize(
    ("loss", "y", "weights", "words"),
    [
        (
            SPARSE,
            [0, 1, 2, 1],
            [1.0, 2.0],
            r"\[0, 1\], but there are 3 classes, 0 \.\.\. 2",
        ),
        (SPARSE, [0, 1, 2, 1], [1.0] * 4, r"but there are 3 classes"),
        (SPARSE, [0, 1, 2, 1], {0: 1.0, 3: 2.0}, r"classes \[0, 3\], but there are 3 classes"),
        (ONE_HOT, np.eye(3)[[0, 1, 2, 1]], {5: 2.0}, r"classes \[5\], but there are 3 classes"),
        (SPARSE, [0, 1, 2, 1], {-1: 1.0}, r"got the keys \[-1\]"),
        (SPARSE, [0, 1, 2, 1], {0.5: 1.0}, r"got the keys \[0\.5\]"),
        (SPARSE, [0, 1, 2, 1], {"cat": 1.0}, r"got the keys \['cat'\]"),
        (SPARSE, [0, 1, 2, 1], {None: 1.0}, r"got the keys \[None\]"),
        (SPARSE, [0, 1, 2, 1], {NAN: 1.0}, r"got the keys \[nan\]"),
        (SPARSE, [0, 1, 2, 1], {0: 1.0, "0": 2.0}, "names a class twice"),
        (SPARSE, [0, 1, 2, 1], {0: -1.0}, "class_weight of class 0 must be .* got -1"),
        (SPARSE, [0, 1, 2, 1], {0: NAN}, "class_weight of class 0 must be .* got nan"),
        (SPARSE, [0, 1, 2, 1], {1: INF}, "class_weight of class 1 must be .* got inf"),
        (SPARSE, [0, 1, 2, 1], {1: "2"}, "class_weight of class 1 must be .* got '2'"),
        (SPARSE, [0, 1, 2, 1], {1: None}, "class_weight of class 1 must be .* got None"),
        (SPARSE, [0, 1, 2, 1], [1.0, NAN, 1.0], "class_weight of class 1 must be .* got nan"),
        (SPARSE, [0, 1, 2, 1], [[1.0], [2.0], [3.0]], r"class 0 must be .* got \[1\.0\]"),
        (SPARSE, [0, 1, 2, 1], [], r"maps class numbers .* got \[\]"),
        (SPARSE, [0, 1, 2, 1], "balanced", "maps class numbers .* got 'balanced'"),
        (SPARSE, [0, 1, 2, 1], 2.0, r"maps class numbers .* got 2\.0"),
        (BINARY, [0, 1, 1, 0], {2: 1.0}, r"classes \[2\], but there are 2 classes"),
        (BINARY, [0, 1, 0.5, 0], {1: 2.0}, r"y with a class_weight .* must be whole, got 0\.5"),
        ("mse", [0, 1, 0.5, 0], {1: 2.0}, r"y with a class_weight .* must be whole, got 0\.5"),
        ("mse", [0, 1, -1, 0], {1: 2.0}, r"got -1 \.\.\. 1 in y with a class_weight"),
        ("mse", [0, 1, 5, 0], [1.0, 2.0], r"got 0 \.\.\. 5 in y with a class_weight"),
    ],
)
def test_class_weights_that_cannot_be(
    host: str, loss: str, y: Any, weights: Any, words: str
) -> None:
    model = classifier(loss, 3 if loss in (SPARSE, ONE_HOT) else 1)
    for form in (weights, tensor(weights)) if _is_table(weights) else (weights,):
        for work in (model.fit_sync, model.train_on_batch_sync):
            with pytest.raises(ValueError, match=words):
                work(X, y, class_weight=form)


def _is_table(weights: Any) -> bool:
    return isinstance(weights, list) and bool(weights) and not isinstance(weights[0], list)


def test_class_weight_of_numbers_as_labels(host: str) -> None:
    x = np.array([[1.0], [2.0], [3.0]], np.float32)
    model = linear(1.0)
    model.compile(SGD(0.0), "mse")
    for y in ([0, 1, 5], np.array([[0.0], [1.0], [5.0]])):
        (loss,) = model.fit_sync(x, y, class_weight={1: 3.0}, verbose=0).history["loss"]
        assert loss == pytest.approx((1 + 3 * 1 + 4) / 3)


SAMPLES = np.array([0.5, 0.0, 2.0, 1.0], np.float32)
SAMPLE_WEIGHTS: dict[str, Callable[[], Any]] = {
    "an array": lambda: SAMPLES,
    "a column": lambda: SAMPLES[:, None],
    "a list": SAMPLES.tolist,
    "a tuple": lambda: tuple(SAMPLES),
    "a list of an array": lambda: [SAMPLES],
    "a tensor": lambda: tensor(SAMPLES),
    "a column in a tensor": lambda: tensor(SAMPLES[:, None]),
    "a buffer": lambda: memoryview(SAMPLES),
    "a dict": lambda: {"out": SAMPLES},
}


@pytest.mark.parametrize("form", SAMPLE_WEIGHTS)
def test_sample_weights_in_every_form(host: str, form: str) -> None:
    x = np.arange(1, 5, dtype=np.float32)[:, None]
    inputs = layers.Input((1,))
    dense = layers.Dense(1, use_bias=False, kernel_initializer="ones", name="out")
    model = models.Model(inputs, dense(inputs))
    model.compile(SGD(0.0), "mse")
    weights = SAMPLE_WEIGHTS[form]
    expected = pytest.approx((x[:, 0] ** 2 * SAMPLES).mean(), rel=1e-5)
    assert model.evaluate_sync(x, 0 * x, sample_weight=weights()) == expected
    assert model.train_on_batch_sync(x, 0 * x, sample_weight=weights()) == expected
    history = model.fit_sync(
        x, 0 * x, sample_weight=weights(), validation_data=(x, 0 * x, weights()), verbose=0
    ).history
    assert history["loss"] == [expected] and history["val_loss"] == [expected]


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ([1.0, NAN, 1.0, 1.0], "sample_weight must be numbers, got nan"),
        ([1.0, INF, 1.0, 1.0], "sample_weight must be numbers, got inf"),
        ([1.0, 2.0], r"one number for each of the 4 examples, got shape \(2,\)"),
        (2.0, r"one number for each of the 4 examples, got shape \(\)"),
        (["a"] * 4, "sample_weight: cannot make a tensor of str"),
        ((w for w in (1, 2, 3, 4)), "sample_weight must be an array, got generator"),
        ([1.0, None, 1.0, 1.0], "sample_weight: cannot make a tensor of NoneType"),
    ],
)
def test_sample_weights_that_cannot_be(host: str, weights: Any, words: str) -> None:
    with pytest.raises((ValueError, TypeError), match=words):
        classifier(SPARSE).fit_sync(X, [0, 1, 2, 1], sample_weight=weights, verbose=0)


# --- x and y in every form

FORMS: dict[str, Callable[[Array], Any]] = {
    "an array": lambda a: a,
    "float64": lambda a: a.astype(np.float64),
    "lists": lambda a: a.tolist(),
    "a list of arrays": list,
    "a tensor": tensor,
    "a list of tensors": lambda a: [tensor(row) for row in a],
    "a list of one input": lambda a: [a],
    "a tuple of one input": lambda a: (a,),
    "a list of one tensor": lambda a: [tensor(a)],
    "a list of one list": lambda a: [a.tolist()],
    "a buffer": lambda a: memoryview(np.ascontiguousarray(a)),
}


@pytest.mark.parametrize("of_x", FORMS)
@pytest.mark.parametrize("of_y", FORMS)
@pytest.mark.parametrize("built", [True, False])
def test_data_in_every_form(of_x: str, of_y: str, built: bool) -> None:
    x = np.arange(6, dtype=np.float32).reshape(3, 2)
    y = x.sum(1, keepdims=True)
    dense = layers.Dense(1, use_bias=False, kernel_initializer="ones")
    if not built and of_x == "a list of one list":
        pytest.skip("one row of lists and a list of one input look alike before the model is built")
    model = models.Sequential([*([layers.Input((2,))] if built else []), dense])
    model.compile(SGD(0.0), "mse")
    assert model.fit_sync(FORMS[of_x](x), FORMS[of_y](y), verbose=0).history["loss"] == [0.0]
    assert model.evaluate_sync(FORMS[of_x](x), FORMS[of_y](y)) == 0.0
    assert model.train_on_batch_sync(FORMS[of_x](x), FORMS[of_y](y)) == 0.0
    assert model.predict(FORMS[of_x](x)).tolist() == y.tolist()
    assert model.predict(FORMS[of_x](x[:1])).tolist() == y[:1].tolist()
    assert model.evaluate_sync(FORMS[of_x](x[:1]), FORMS[of_y](y[:1])) == 0.0


def test_tables(host: str) -> None:
    pd = pytest.importorskip("pandas")
    table = pd.DataFrame(
        {"a": [0.5, 1.0, 2.0], "b": [True, False, True], "n": pd.array([1, 2, 3], dtype="Int64")}
    )
    model = models.Sequential(
        [layers.Input((3,)), layers.Dense(1, use_bias=False, kernel_initializer="ones")]
    )
    model.compile(SGD(0.0), "mse")
    y = table.sum(axis=1).astype(float)
    for labels in (y, y.to_frame(), y.to_numpy()):
        assert model.evaluate_sync(table, labels) == 0.0
    one_hot = pd.get_dummies(pd.Series(["x", "y", "x"]))
    classes = models.Sequential([layers.Input((3,)), layers.Dense(2, activation="softmax")])
    classes.compile("sgd", ONE_HOT)
    classes.fit_sync(table, one_hot, sample_weight=pd.Series([1.0, 2.0, 3.0]), verbose=0)
    with pytest.raises(TypeError, match="x: cannot make a tensor of column 'c', which holds 'u'"):
        model.predict(table.assign(c=["u", "v", "w"]))
    with pytest.raises(TypeError, match="y: cannot make a tensor of str 'x'"):
        model.fit_sync(table, pd.Series(["x", "y", "x"]), verbose=0)


def test_large_whole_numbers_are_floats_to_a_model_of_floats(host: str) -> None:
    model = linear(1.0)
    for x in ([[3_000_000_000]], np.array([[3_000_000_000]])):
        assert model.predict(x).item() == pytest.approx(3e9)
        model.compile("sgd", "mse")
        assert model.evaluate_sync(x, x) == 0.0


@pytest.mark.parametrize("data", [lambda: (row for row in X), lambda: iter(X), lambda: None])
def test_what_is_no_array_is_refused_where_one_is_needed(data: Any) -> None:
    model = classifier(SPARSE)
    with pytest.raises(ValueError, match=r"x must be an array, got .*as their x"):
        model.train_on_batch_sync(data(), [0, 1, 2, 1])
    with pytest.raises(ValueError, match=r"y must be an array|no labels"):
        model.fit_sync(X, data(), verbose=0)
    with pytest.raises(ValueError, match="no labels: give y"):
        model.fit_sync(X)


def test_arguments_stand_in_keras_s_order(capsys: pytest.CaptureFixture[str]) -> None:
    model = linear(1.0)
    model.compile(SGD(0.0), "mse")
    x = np.ones((4, 1), np.float32)
    stop = callbacks.EarlyStopping("loss", patience=1)
    history = model.fit_sync(x, 0 * x, None, 9, 0, stop)
    assert history.epoch == [0, 1]
    assert model.evaluate_sync(x, 0 * x, None, 0, [0.0, 0.0, 2.0, 2.0]) == 1.0
    assert model.evaluate_sync(x, 0 * x, 2, 0, [0.0, 0.0, 2.0, 2.0], 1, stop) == 0.0
    assert model.test_on_batch_sync(x, 0 * x, [1.0, 1.0, 2.0, 2.0], True) == {"loss": 1.5}
    assert model.train_on_batch_sync(x, 0 * x, None, {0: 2.0}) == 2.0
    assert model.predict(x, None, 1).tolist() == x.tolist()
    assert model.predict(x, 1, 1, 3).tolist() == x[:3].tolist()
    assert model.predict_on_batch(x).tolist() == x.tolist()
    assert model.predict(x, verbose=0).tolist() == x.tolist()
    assert capsys.readouterr().out == ""
