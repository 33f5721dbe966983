"""Models of several outputs: a loss, a weight and metrics for each."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pywebml.core.tensor as core
from pywebml import layers, metrics, models
from pywebml.train import SGD, Callback

RNG = np.random.default_rng(11)
X = RNG.normal(size=(10, 4)).astype(np.float32)
A, B = RNG.normal(size=(10, 1)).astype(np.float32), RNG.integers(0, 3, 10)
WEIGHTS = RNG.random(10).astype(np.float32)
KERNELS = [RNG.normal(size=s).astype(np.float32) for s in ((4, 5), (5, 1), (5, 3))]
LOSSES = {"a": "mse", "b": "sparse_categorical_crossentropy"}


def two_ends(**options: Any) -> models.Model:
    """Two outputs after one hidden layer."""
    inputs = layers.Input((4,), name="x")
    hidden = layers.Dense(5, activation="tanh", use_bias=False)(inputs)
    a = layers.Dense(1, use_bias=False, name="a")(hidden)
    b = layers.Dense(3, activation="softmax", use_bias=False, name="b")(hidden)
    model = models.Model(inputs, [a, b])
    model.set_weights(KERNELS)
    if options:
        model.compile(SGD(0.1), **options)
    return model


# Keras 3.15.1's, on JAX: evaluate, two epochs of fit over batches of 4, 4 and 2, and the
# weights of the outputs after it
PLAIN = {
    "evaluate": {
        "loss": 7.3733649,
        "a_loss": 6.0224276,
        "b_loss": 2.7018752,
        "a_mae": 2.1647100,
        "b_accuracy": 0.2,
        "b_weighted_accuracy": 0.2,
    },
    "fit": {
        "loss": [4.535654, 1.617381],
        "a_loss": [3.294263, 0.58534],
        "b_loss": [2.482781, 2.064081],
        "a_mae": [1.529935, 0.585918],
        "b_accuracy": [0.2, 0.1],
        "b_weighted_accuracy": [0.2, 0.1],
        "val_loss": [1.685449, 1.367162],
        "val_a_loss": [0.636634, 0.450693],
        "val_b_loss": [2.097631, 1.832937],
        "val_a_mae": [0.603896, 0.49476],
        "val_b_accuracy": [0.2, 0.3],
        "val_b_weighted_accuracy": [0.2, 0.3],
    },
    "a": [1.2496, -0.86612, -0.85602, -0.80966, 0.21274],
}
WEIGHTED = {
    "evaluate": {
        "loss": 2.1557124,
        "a_loss": 1.6883099,
        "b_loss": 0.9348046,
        "a_mae": 2.1647100,
        "b_accuracy": 0.2,
        "b_weighted_accuracy": 0.2853649,
    },
    "fit": {
        "loss": [1.884178, 0.860941],
        "a_loss": [1.424434, 0.425478],
        "b_loss": [0.919487, 0.870926],
        "a_mae": [1.939043, 1.149716],
        "b_accuracy": [0.2, 0.2],
        "b_weighted_accuracy": [0.285365, 0.285365],
        "val_loss": [3.429399, 2.29984],
        "val_a_loss": [2.210547, 1.163686],
        "val_b_loss": [2.437704, 2.272308],
        "val_a_mae": [1.226411, 0.817981],
        "val_b_accuracy": [0.2, 0.2],
        "val_b_weighted_accuracy": [0.2, 0.2],
    },
    "a": [1.23226, -1.08699, -0.6975, -0.86863, 0.16895],
}
OPTIONS = {
    "loss": LOSSES,
    "loss_weights": {"a": 1.0, "b": 0.5},
    "metrics": {"a": ["mae"], "b": ["accuracy"]},
    "weighted_metrics": {"b": ["accuracy"]},
}


@pytest.mark.parametrize("watched", [False, True], ids=["unwatched", "watched"])
@pytest.mark.parametrize(
    ("weights", "keras"),
    [(None, PLAIN), ([WEIGHTS, WEIGHTS], WEIGHTED), (WEIGHTS, WEIGHTED)],
    ids=["plain", "weights by output", "the same weights"],
)
def test_training_is_keras_s(host: str, watched: bool, weights: Any, keras: Any) -> None:
    model = two_ends(**OPTIONS)
    logs = model.evaluate_sync(X, [A, B], batch_size=4, sample_weight=weights, return_dict=True)
    assert list(logs) == list(keras["evaluate"])
    assert logs == pytest.approx(keras["evaluate"], rel=1e-4)
    history = model.fit_sync(
        X,
        [A, B],
        batch_size=4,
        epochs=2,
        shuffle=False,
        sample_weight=weights,
        validation_data=(X, [A, B]),
        callbacks=[Callback()] if watched else None,
        verbose=0,
    ).history
    assert list(history) == list(keras["fit"])
    for key, values in keras["fit"].items():
        assert history[key] == pytest.approx(values, rel=2e-4), key
    np.testing.assert_allclose(model.get_weights()[1][:, 0], keras["a"], rtol=1e-3, atol=2e-5)


def test_lists_and_dicts_say_the_same(host: str) -> None:
    by_list = {
        "loss": list(LOSSES.values()),
        "loss_weights": [1.0, 0.5],
        "metrics": ["mae", ["accuracy"]],
        "weighted_metrics": [None, ["accuracy"]],
    }
    logs = []
    for options, x, y, weights in [
        (OPTIONS, {"x": X}, {"b": B, "a": A}, {"a": WEIGHTS, "b": None}),
        (by_list, X, (A, B), [WEIGHTS, None]),
    ]:
        model = two_ends(**options)
        logs.append(model.train_on_batch_sync(x, y, sample_weight=weights, return_dict=True))
        loss, *rest = model.train_on_batch_sync(x, y)
        assert len(rest) == 5
        assert loss == pytest.approx(rest[0] + 0.5 * rest[1])
    assert list(logs[0]) == list(logs[1])
    assert logs[0] == pytest.approx(logs[1], rel=1e-6)
    assert logs[0]["b_accuracy"] == logs[0]["b_weighted_accuracy"]


def test_predict_gives_an_output_each(host: str) -> None:
    a, b = two_ends().predict({"x": X}, batch_size=4)
    hidden = np.tanh(X @ KERNELS[0])
    np.testing.assert_allclose(a.numpy(), hidden @ KERNELS[1], rtol=1e-4, atol=1e-5)
    raised = np.exp(hidden @ KERNELS[2])
    np.testing.assert_allclose(b.numpy(), raised / raised.sum(1, keepdims=True), rtol=1e-4)


def test_one_loss_for_all_outputs(host: str) -> None:
    """Also metrics of sums; and the step takes a run and nothing back."""
    model = two_ends(loss="mse", metrics=[[metrics.RootMeanSquaredError()], [metrics.R2Score()]])
    one_hot = np.eye(3)[B]
    logs = model.evaluate_sync(X, [A, one_hot], return_dict=True)
    a, b = (t.numpy() for t in model.predict(X))
    errors = ((a - A) ** 2).mean(), ((b - one_hot) ** 2).mean()
    spreads = ((one_hot - one_hot.mean(0)) ** 2).sum(0)
    expected = {
        "loss": sum(errors),
        "a_loss": errors[0],
        "b_loss": errors[1],
        "a_root_mean_squared_error": errors[0] ** 0.5,
        "b_r2_score": (1 - ((b - one_hot) ** 2).sum(0) / spreads).mean(),
    }
    assert logs == pytest.approx(expected, rel=1e-4)


def test_keys_never_meet() -> None:
    """A metric that calls itself loss does not hide the loss; a config is no dict by
    output.
    """

    def loss(y_true: Any, y_pred: Any) -> Any:
        return y_pred

    mse = {"class_name": "MeanSquaredError", "config": {}}
    model = two_ends(loss=mse, metrics={"a": [loss]})
    logs = model.evaluate_sync(X, [A, np.eye(3)[B]], return_dict=True)
    assert list(logs) == ["loss", "a_loss", "b_loss", "a_loss_1"]
    assert logs["a_loss_1"] == pytest.approx(model.predict(X)[0].numpy().mean(), rel=1e-4)


def test_one_output_may_be_named_too(host: str) -> None:
    """Also that of a stack which was compiled before it knew its input."""
    model = models.Sequential([layers.Dense(1, name="a")])
    model.compile("sgd", "mse")
    model.predict(X)
    expected = model.evaluate_sync(X, A, sample_weight=WEIGHTS)
    for y, weights in [({"a": A}, {"a": WEIGHTS}), (A, {"a": WEIGHTS}), ({"a": A}, WEIGHTS)]:
        assert model.evaluate_sync(X, y, sample_weight=weights) == pytest.approx(expected)
    model.compile("sgd", {"a": "mse"}, metrics={"a": "mae"}, loss_weights={"a": 0.5})
    logs = model.evaluate_sync(X, {"a": A}, sample_weight=WEIGHTS, return_dict=True)
    assert list(logs) == ["loss", "mae"]
    assert logs["loss"] == pytest.approx(0.5 * expected)


def test_an_output_without_a_loss_is_left_alone(host: str) -> None:
    model = two_ends(loss={"a": "mse"}, metrics={"a": ["mae"]})
    before = model.get_weights()
    for y in ({"a": A}, [A, None]):
        logs = model.train_on_batch_sync(X, y, return_dict=True)
        assert list(logs) == ["loss", "a_mae"]
    after = model.get_weights()
    assert not np.array_equal(before[0], after[0])
    np.testing.assert_array_equal(before[2], after[2])


def test_memory_stays_flat(host: str) -> None:
    model = two_ends(**OPTIONS)
    seen = []

    class Look(Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            seen.append(core.memory())

    model.fit_sync(X, [A, B], batch_size=4, epochs=20, verbose=0, callbacks=[Look()])
    for key in ("tensors", "bytes", "pooled_bytes"):
        assert len({look[key] for look in seen[3:]}) == 1, key


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"loss": ["mse"]}, ValueError, "loss must have one entry for each of the 2 outputs a, b"),
        ({"loss": {"c": "mse"}}, ValueError, "an output 'c' that the model does not have"),
        ({"loss": [None, None]}, ValueError, "a loss for one of the outputs a, b"),
        ({"loss": LOSSES, "metrics": ["mae"]}, ValueError, "metrics must have one entry"),
        ({"loss": LOSSES, "metrics": "mae"}, TypeError, "metrics must be a list"),
        ({"loss": {"a": "mse"}, "metrics": {"b": "mae"}}, ValueError, "metrics but no loss"),
        ({"loss": LOSSES, "loss_weights": 2.0}, TypeError, "a list or a dict by output"),
        ({"loss": LOSSES, "loss_weights": ["1", 2]}, TypeError, "loss_weights are numbers"),
        ({"loss": LOSSES, "loss_weights": [1.0]}, ValueError, "loss_weights must have one entry"),
    ],
)
def test_bad_options_of_compile_are_refused(options: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        two_ends(**options)


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("beside", [None, WEIGHTS])
def test_class_weights_of_each_output_are_weights_of_examples(
    host: str, named: bool, beside: Any
) -> None:
    of_class = {0: 2.0, 2: 0.5}
    each = np.array([of_class.get(label, 1.0) for label in B], np.float32)
    others = np.ones(10, np.float32) if beside is None else beside
    told: Any = {"b": of_class} if named else [None, of_class]
    start = two_ends().get_weights()
    losses = []
    for options in (
        {"class_weight": told, "sample_weight": beside},
        {"sample_weight": [others, others * each]},
    ):
        model = two_ends(loss=LOSSES)
        model.set_weights(start)
        history = model.fit_sync(
            X, [A, B], batch_size=4, epochs=2, shuffle=False, verbose=0, **options
        )
        losses.append(history.history)
    assert losses[0].keys() == losses[1].keys()
    for key, values in losses[0].items():
        np.testing.assert_allclose(values, losses[1][key], rtol=1e-5)


def test_bad_data_is_refused() -> None:
    model = two_ends(loss=LOSSES)
    for x, y, options, message in [
        (X, A, {}, "y must be a list or a dict by name for the outputs a, b, got ndarray"),
        (X, [A], {}, "outputs a, b, got 1 of them"),
        (X, {"a": A}, {}, "no labels for output 'b'"),
        (X, {"a": A, "b": B, "c": B}, {}, "an output 'c'"),
        (X, [A, B[:5]], {}, "x has 10 examples but y has 5"),
        (X, [A, B + 1], {}, r"0 \.\.\. 2 for a model of 3 outputs, got 1 \.\.\. 3"),
        (X, [A, B], {"class_weight": {0: 2.0}}, "class_weight is for models of one output"),
        (X, [A, B], {"class_weight": [{0: 2.0}]}, "outputs a, b, got 1 of them"),
        (X, [A, B], {"class_weight": {"c": {0: 2.0}}}, "class_weight names an output 'c'"),
        (X, [A, B], {"class_weight": [None, {0: "2"}]}, "class_weight of class 0 must be"),
        (X, [A, B], {"sample_weight": [WEIGHTS]}, "sample_weight must be a list or a dict"),
        (X, [A, B], {"sample_weight": WEIGHTS[:3]}, "one number for each of the 10 examples"),
        ({"z": X}, [A, B], {}, "has the inputs x, got z"),
    ]:
        with pytest.raises(ValueError, match=message):
            model.fit_sync(x, y, verbose=0, **options)  # type: ignore[arg-type]
    other = models.Model(model.inputs, model.outputs[0])
    other.compiled = model.compiled
    with pytest.raises(ValueError, match="has 1 outputs and was compiled for 2"):
        other.fit_sync(X, A, verbose=0)


def test_two_outputs_of_one_layer_have_names_of_their_own() -> None:
    inputs = layers.Input((2,))
    dense = layers.Dense(1, name="shared")
    model = models.Model(inputs, [dense(inputs), dense(layers.ReLU()(inputs))])
    assert model.output_names == ["shared", "shared_1"]
