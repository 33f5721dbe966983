"""Every argument of compile, fit, evaluate and predict, and of every callback, loss,
metric, optimizer and schedule, is given what it cannot be: it works, or one sentence names
the argument, what came and what was expected.
"""

from __future__ import annotations

import inspect
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hosts import shared_device
from wrong_values import WRONG, is_clear, refusal

from pywebml import Variable, layers, models, set_device, tensor
from pywebml.layers import activations, constraints, initializers, regularizers
from pywebml.layers.activations import ACTIVATIONS
from pywebml.layers.constraints import CONSTRAINTS
from pywebml.layers.initializers.base import INITIALIZERS
from pywebml.layers.regularizers import REGULARIZERS
from pywebml.train import SGD, callbacks, losses, metrics, optimizers
from pywebml.train.losses import LOSSES
from pywebml.train.metrics import METRICS
from pywebml.train.optimizers import OPTIMIZERS, Optimizer, Options
from pywebml.train.overrides import ABSENT
from pywebml.train.schedules import SCHEDULES, LearningRateSchedule

X, Y = np.ones((4, 2), np.float32), np.eye(2, dtype=np.float32)[[0, 1, 1, 0]]


@pytest.fixture(autouse=True)
def on_the_device_of_the_wrong_values() -> None:
    set_device(shared_device("cpu"))


def compiled(**options: Any) -> models.Model:
    model = models.Sequential([layers.Input((2,)), layers.Dense(2, activation="softmax")])
    model.compile(**{"optimizer": "sgd", "loss": "categorical_crossentropy", **options})
    return model


def of_optimizer(optimizer: Any) -> None:
    v = Variable([1.0, 2.0])
    optimizer.apply([tensor([0.5, -0.5])], [v])
    assert np.isfinite(v.numpy()).all()


def of_schedule(schedule: Any) -> None:
    assert [float(schedule(step)) for step in (0, 1, 7, 1000)]
    of_optimizer(SGD(schedule))


def of_metric(metric: Any) -> None:
    if isinstance(metric, metrics.Sum) or type(metric) is metrics.Mean:
        metric([1.0, 2.0])
        return
    model = compiled(metrics=[metric])
    if "Sparse" in type(metric).__name__:
        model = compiled(loss="sparse_categorical_crossentropy", metrics=[metric])
        model.evaluate_sync(X, Y.argmax(1))
    elif not isinstance(metric, metrics.IoU):
        model.evaluate_sync(X, Y)


def of_loss(loss: Any) -> None:
    if isinstance(loss, losses.CTC):
        loss([[1]], [[[0.5, 0.5]]])
        return
    if getattr(loss, "axis", None) != 0:  # where the examples are
        loss(Y.argmax(1) if loss.sparse else Y, Y)
    if loss.reduction != "none":
        compiled(loss=loss)


def of_callback(callback: Any) -> None:
    compiled().fit_sync(X, Y, epochs=2, verbose=0, callbacks=[callback])


CALLBACKS = (
    callbacks.BackupAndRestore,
    callbacks.CSVLogger,
    callbacks.EarlyStopping,
    callbacks.LearningRateScheduler,
    callbacks.ModelCheckpoint,
    callbacks.ProgressBar,
    callbacks.ReduceLROnPlateau,
    callbacks.SwapEMAWeights,
    callbacks.TerminateOnNaN,
)
Use = Callable[[Any], None]
PLACE = tempfile.mkdtemp()
REQUIRED: dict[str, dict[str, Any]] = {
    "BackupAndRestore": {"backup_dir": f"{PLACE}/backup"},
    "CSVLogger": {"filename": f"{PLACE}/log.csv"},
    "ModelCheckpoint": {"filepath": f"{PLACE}/m.keras"},
    "LearningRateScheduler": {"schedule": lambda epoch: 0.1},
    **{key: {"num_classes": 2} for key in ("MeanIoU", "OneHotMeanIoU")},
    **{key: {"num_classes": 2, "target_class_ids": [0]} for key in ("IoU", "OneHotIoU")},
    "SensitivityAtSpecificity": {"specificity": 0.5},
    "SpecificityAtSensitivity": {"sensitivity": 0.5},
    "PrecisionAtRecall": {"recall": 0.5},
    "RecallAtPrecision": {"precision": 0.5},
    "MeanMetricWrapper": {"fn": metrics.mean_absolute_error},
    "FunctionLoss": {"function": losses.mean_squared_error},
    "LossScaleOptimizer": {"inner_optimizer": SGD(0.1)},
    "MultiOptimizer": {"optimizer_map": optimizers.OptimizerMap(SGD(0.1))},
    "ExponentialDecay": {"initial_learning_rate": 0.1, "decay_steps": 5, "decay_rate": 0.5},
    "InverseTimeDecay": {"initial_learning_rate": 0.1, "decay_steps": 5, "decay_rate": 0.5},
    "PolynomialDecay": {"initial_learning_rate": 0.1, "decay_steps": 5},
    "CosineDecay": {"initial_learning_rate": 0.1, "decay_steps": 5},
    "CosineDecayRestarts": {"initial_learning_rate": 0.1, "first_decay_steps": 5},
    "PiecewiseConstantDecay": {"boundaries": [3], "values": [0.1, 0.01]},
}


def constructors() -> Iterator[tuple[str, Any, Use]]:
    for registry, use in ((OPTIMIZERS, of_optimizer), (SCHEDULES, of_schedule)):
        for name, cls in registry.entries().items():  # type: ignore[attr-defined]
            yield name, cls, use
    for name, cls in METRICS.entries().items():
        yield f"metrics.{name}", cls, of_metric
    for name, cls in LOSSES.entries().items():
        yield name, cls, of_loss
    yield "FunctionLoss", losses.FunctionLoss, of_loss
    for cls in CALLBACKS:
        yield cls.__name__, cls, of_callback


def arguments(function: Any) -> list[str]:
    parameters = inspect.signature(function).parameters.values()
    names = [p.name for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    if inspect.isclass(function) and issubclass(function, Optimizer) and function.takes_options:
        names += [*inspect.signature(Options).parameters, "name"]
    return list(dict.fromkeys(name for name in names if name != "self"))


CONSTRUCTORS = [
    pytest.param(cls, argument, use, id=f"{name}-{argument}")
    for name, cls, use in constructors()
    for argument in arguments(cls)
]


@pytest.mark.parametrize(("cls", "argument", "use"), CONSTRUCTORS)
def test_constructors(
    cls: Any, argument: str, use: Use, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where callbacks write files of odd names
    required, taken = REQUIRED.get(cls.__name__, {}), []
    for kind, value in WRONG.items():
        error = refusal(lambda v=value: taken.append(cls(**{**required, argument: v})))
        assert is_clear(error, argument), f"{argument}={kind}: {error!r}"
        if error is None:  # what shows in the data only
            error = refusal(lambda: use(taken[-1]))
            names = (argument, argument.rpartition("_")[2], repr(value))
            assert is_clear(error, *names), f"{argument}={kind} in use: {error!r}"
    assert len(taken) < len(WRONG), "every kind of value is taken"


METHODS: dict[str, tuple[Callable[..., Any], set[str]]] = {
    "compile": (
        lambda **o: compiled(**o).fit_sync(X, Y, verbose=0),
        set(arguments(models.Model.compile)),
    ),
    "fit": (
        lambda **o: compiled().fit_sync(**{"x": X, "y": Y, "verbose": 0, **o}),
        set(arguments(models.Model.fit)),
    ),
    "evaluate": (
        lambda **o: compiled().evaluate_sync(**{"x": X, "y": Y, **o}),
        set(arguments(models.Model.evaluate)),
    ),
    "train_on_batch": (
        lambda **o: compiled().train_on_batch_sync(**{"x": X, "y": Y, **o}),
        set(arguments(models.Model.train_on_batch)),
    ),
    "test_on_batch": (
        lambda **o: compiled().test_on_batch_sync(**{"x": X, "y": Y, **o}),
        set(arguments(models.Model.test_on_batch)),
    ),
    "predict": (
        lambda **o: compiled().predict(**{"x": X, **o}),
        set(arguments(models.Model.predict)),
    ),
}
OTHER_WORDS = {
    "y": ("labels",),
    "optimizer": ("optimizer", "schedule"),
    "metrics": ("metric",),
    "weighted_metrics": ("metric",),
    "loss": ("loss",),
    "x": ("x of shape", "inputs", "x has", "x must", "x:"),
    "loss_weights": ("loss_weights",),
}
"""What else errors may call an argument, where they speak of what is in it."""


@pytest.mark.parametrize(
    ("method", "argument"),
    [(method, argument) for method, (_, names) in METHODS.items() for argument in sorted(names)],
)
def test_methods(method: str, argument: str, capsys: pytest.CaptureFixture[str]) -> None:
    call, _ = METHODS[method]
    taken = []
    for kind, value in WRONG.items():
        error = refusal(lambda v=value: call(**{argument: v}))
        names = (argument, *OTHER_WORDS.get(argument, ()))
        assert is_clear(error, *names), f"{argument}={kind}: {error!r}"
        if error is None:
            taken.append(kind)
    assert len(taken) < len(WRONG) - 5, f"{argument} takes {taken}"
    capsys.readouterr()


def test_subclasses_that_say_too_little_are_refused_at_once() -> None:
    class Still(Optimizer):
        pass

    class Silent(LearningRateSchedule):
        pass

    with pytest.raises(TypeError, match=r"the optimizer Still must say its change\("):
        compiled(optimizer=Still(0.1))
    with pytest.raises(TypeError, match=r"the schedule Silent must say its at\(step\)"):
        SGD(Silent())


def test_everything_here_is_asked() -> None:
    """A new callback has to be named above."""
    public = {
        name
        for name, thing in vars(callbacks).items()
        if inspect.isclass(thing) and arguments(thing)
    }
    made = {"CallbackList", "LambdaCallback", "LivePlot"}  # by `fit`, or by functions
    assert public - made == {cls.__name__ for cls in CALLBACKS}


@pytest.mark.parametrize("method", ["compile", "fit_sync", "evaluate_sync", "predict"])
def test_arguments_that_there_are_not(method: str) -> None:
    """The one that was meant, or what to do instead; what says nothing goes through."""
    model = compiled()
    data: dict[str, Any] = {"x": X} if method == "predict" else {"x": X, "y": Y, "verbose": 0}
    if method == "compile":
        data = {"loss": "mse"}
    call: Any = getattr(model, method)
    for name in inspect.signature(getattr(model, method.removesuffix("_sync"))).parameters:
        wrong = name[:-2] + name[-1] if len(name) > 4 else f"{name}_"
        with pytest.raises(TypeError, match=rf"has no argument '{wrong}'; did you mean '{name}'"):
            call(**data, **{wrong: 1})
    for name, value in NEUTRAL[method].items():
        call(**data, **{name: value})
    for name, value, words in INSTEAD[method]:
        with pytest.raises(TypeError, match=rf"has no argument '{name}'; .*{words}"):
            call(**data, **{name: value})


_STEPS = {"max_queue_size": 10, "use_multiprocessing": False, "workers": 1}
NEUTRAL: dict[str, dict[str, Any]] = {
    "compile": {"run_eagerly": False, "steps_per_execution": 8, "jit_compile": False},
    "fit_sync": _STEPS,
    "evaluate_sync": {"workers": 1},
    "predict": {"workers": 1},
}
INSTEAD: dict[str, list[tuple[str, Any, str]]] = {
    "compile": [("nothing_like_it", 1, "it has")],
    "fit_sync": [("workers", 2, "made while the device computes")],
    "evaluate_sync": [("max_queue_size", 2, "made while the device computes")],
    "predict": [("use_multiprocessing", True, "made while the device computes")],
}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: OPTIMIZERS.get("sdg"), "did you mean 'SGD'"),
        (lambda: OPTIMIZERS.get("adm"), "did you mean 'Adam"),
        (lambda: LOSSES.get("mean_squarred_error"), "did you mean 'MeanSquaredError'"),
        (lambda: METRICS.get("acurracy"), "did you mean '.*Accuracy'"),
        (lambda: OPTIMIZERS.find("Adam")(lr=0.1), "no argument 'lr'; it is called learning_rate"),
        (lambda: OPTIMIZERS.find("Adam")(beta1=0.1), "did you mean 'beta_1'"),
        (lambda: SGD(learnin_rate=0.1), "did you mean 'learning_rate'"),
        (lambda: SGD(decay=0.1), "give learning_rate a schedule"),
        (lambda: layers.Dense(2, use_biass=True), "did you mean 'use_bias'"),
        (lambda: layers.Dense(2, "rellu"), "did you mean 'relu'"),
        (lambda: models.Sequential(layer=[]), "Sequential has no argument 'layer'; did you mean"),
        (lambda: layers.Dense(2, layers.ReLU), r"forget the \(\)"),
        (lambda: models.Sequential(layers.Dense(2)), r"Sequential takes a list of layers"),
        (lambda: models.Model(X, X), "made of symbolic tensors"),
        (lambda: np.tanh(layers.Input((2,))), "does not support ufuncs|not supported"),
        (lambda: float(layers.Input((2,))), "use functions of pw.ops, a layer"),
    ],
)
def test_what_was_meant_is_said(make: Any, words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        make()


def test_an_input_stands_once() -> None:
    x = layers.Input((2,), name="twin")
    with pytest.raises(ValueError, match="has the input 'twin' twice"):
        models.Model([x, x], layers.Dense(1)(x))


def test_a_rate_may_be_set_as_lr() -> None:
    optimizer = SGD(0.5)
    optimizer.lr = 0.25
    assert optimizer.learning_rate == optimizer.lr == 0.25
    assert SGD(np.array([0.5])).learning_rate == 0.5


@pytest.mark.parametrize(
    ("activation", "outputs", "loss", "words"),
    [
        ("softmax", 3, losses.SparseCategoricalCrossentropy(from_logits=True), "leave one of the"),
        ("softmax", 3, losses.CategoricalCrossentropy(from_logits=True), "ends in 'softmax'"),
        ("sigmoid", 1, losses.BinaryCrossentropy(from_logits=True), "ends in 'sigmoid' already"),
        (None, 3, "sparse_categorical_crossentropy", "give its layer activation='softmax'"),
        (None, 3, "categorical_crossentropy", "give its layer activation='softmax'"),
        (None, 1, "binary_crossentropy", "give its layer activation='sigmoid'"),
        ("softmax", 1, "binary_crossentropy", "is always 1, so nothing can be learnt"),
        ("softmax", 1, "categorical_crossentropy", "is always 1, so nothing can be learnt"),
        ("softmax", 3, "sparse_categorical_crossentropy", ""),
        ("sigmoid", 3, "binary_crossentropy", ""),
        (None, 3, losses.SparseCategoricalCrossentropy(from_logits=True), ""),
        (None, 1, losses.BinaryCrossentropy(from_logits=True), ""),
        (None, 1, "mse", ""),
        ("softmax", 3, "mse", ""),
    ],
)
@pytest.mark.parametrize("kind", ["functional", "late", "nested", "several"])
def test_an_ending_that_does_not_fit_the_loss_is_said(
    activation: Any, outputs: int, loss: Any, words: str, kind: str
) -> None:
    last, x = layers.Dense(outputs, activation, name="last"), layers.Input((2,))
    model: models.Model = models.Sequential([layers.Input((2,)), last])
    if kind == "late":
        model = models.Sequential([last])
    elif kind == "nested":
        model = models.Sequential([layers.Input((2,)), models.Sequential([layers.Dense(2), last])])
    elif kind == "several":
        model = models.Model(x, [last(x), layers.Dense(1, name="other")(x)])
    model.compile("sgd", [loss, "mse"] if kind == "several" else loss)
    checked = model.compiled.targets[0].loss  # type: ignore[union-attr]
    ones = np.ones((4, outputs), np.float32) / outputs
    y: Any = np.zeros(4) if checked.sparse else ones
    y = [y, np.ones((4, 1))] if kind == "several" else y
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        model.fit_sync(X, y, verbose=0)
    said = [str(warning.message) for warning in warned]
    if kind == "nested" and activation is None:
        return  # what is inside is not looked at
    assert len(said) == (1 if words else 0), said
    assert not words or words in said[0]


@pytest.mark.parametrize(
    ("module", "kind", "name", "words"),
    [
        (callbacks, "callback", "TensorBoard", "there are BackupAndRestore, .*EarlyStopping"),
        (callbacks, "callback", "EarlyStoping", "did you mean EarlyStopping"),
        (layers, "layer", "Capsules", "there are Activation, .*Add"),
        (layers, "layer", "Conv2d", "did you mean Conv2D"),
        (losses, "loss", "Hubert", "did you mean Huber"),
        (metrics, "metric", "AOC", "did you mean AUC"),
        (optimizers, "optimizer", "Rprop", "there are Adadelta.*SGD"),
    ],
)
def test_classes_that_there_are_not(module: Any, kind: str, name: str, words: str) -> None:
    with pytest.raises(AttributeError, match=rf"there is no {kind} '{name}'; .*{words}"):
        getattr(module, name)
    assert not hasattr(module, name)


@pytest.mark.parametrize("name", sorted(ABSENT))
def test_what_models_have_not_says_what_to_do_instead(name: str) -> None:
    with pytest.raises(AttributeError, match=rf"has no '{name}': \S+"):
        getattr(compiled(), name)


GETS: dict[str, tuple[Any, Any]] = {
    "activation": (activations.get, ACTIVATIONS),
    "constraint": (constraints.get, CONSTRAINTS),
    "initializer": (initializers.get, INITIALIZERS),
    "loss": (losses.get, LOSSES),
    "metric": (metrics.get, METRICS),
    "optimizer": (optimizers.get, OPTIMIZERS),
    "regularizer": (regularizers.get, REGULARIZERS),
    "schedule": (optimizers.schedules.get, SCHEDULES),
}


@pytest.mark.parametrize("kind", sorted(GETS))
def test_every_registered_name_is_found_or_says_what_it_needs(kind: str) -> None:
    """By its name, its class and configs of all sorts: a thing, or a sentence that
    names the arguments; never Python's own words about its ways of calling.
    """
    get, registry = GETS[kind]
    for name, entry in registry.entries().items():
        configs = ({}, None, {"no_such_argument": 1}, [1], "x")
        ways = [name, entry, *({"class_name": name, "config": c} for c in configs)]
        for way in ways:
            try:
                assert get(way) is not None
            except (TypeError, ValueError) as error:
                said = str(error)
                assert "__init__" not in said and "positional" not in said, (way, said)
                assert name in said or kind in said, (way, said)
    if kind != "activation":
        name = registry.names()[0]
        with pytest.raises(TypeError, match=r"has no argument 'no_such_argument'|takes"):
            get({"class_name": name, "config": {"no_such_argument": 1}})


@pytest.mark.parametrize(
    ("get", "name", "says"),
    [
        (optimizers.get, "LossScaleOptimizer", "optimizer LossScaleOptimizer needs inner_optimi"),
        (optimizers.get, "multi_optimizer", "optimizer MultiOptimizer needs optimizer_map: give"),
        (metrics.get, "MeanIoU", r"metric MeanIoU needs num_classes: .*MeanIoU\(num_classes="),
        (optimizers.schedules.get, "CosineDecay", "needs initial_learning_rate, decay_steps"),
    ],
)
def test_a_name_alone_is_not_always_enough(get: Any, name: str, says: str) -> None:
    with pytest.raises(TypeError, match=says):
        get(name)
