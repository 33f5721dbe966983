"""How a TensorFlow.js layers model was compiled, and what its optimizer remembers, to
an optimizer of ours and back. TensorFlow.js keeps the steps, then each kind of memory
for all parameters.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ..core.registry import Registry
from ..host.files import FormatError, refused
from ..host.warned import warn
from ..layers.support.naming import snake_case
from ..models import Model
from ..train.losses import LOSSES
from ..train.metrics import METRICS
from ..train.optimizers import OPTIMIZERS
from .keras3 import optimizers
from .keras3.compiled import compile_config, compile_from
from .keras3.models import OPTIMIZER, State
from .layers_models import stored_of
from .wire.stored import Stored, Training, Weight


class Kind(NamedTuple):
    """An optimizer in TensorFlow.js's words: {its name for an argument: ours}, and
    {what it remembers of a parameter: ours}, in its order.
    """

    theirs: str
    ours: str
    arguments: Mapping[str, str]
    slots: Mapping[str, str]


KINDS = (
    Kind("SGD", "SGD", {}, {}),
    Kind(
        "Momentum", "SGD", {"momentum": "momentum", "useNesterov": "nesterov"},
        {"momentum": "velocity"},
    ),
    Kind(  # epsilon is where TensorFlow.js has it
        "Adam", "tensorflow.js>adam", {"beta1": "beta_1", "beta2": "beta_2", "epsilon": "epsilon"},
        {"m": "m", "v": "v"},
    ),
    Kind(
        "RMSProp", "RMSprop",
        {"decay": "rho", "momentum": "momentum", "epsilon": "epsilon", "centered": "centered"},
        {"rms": "square", "momentum": "momentum", "mg": "mean"},
    ),
    Kind(
        "Adagrad", "Adagrad", {"initialAccumulatorValue": "initial_accumulator_value"},
        {"accumulator": "squares"},
    ),
    Kind(
        "Adadelta", "Adadelta", {"rho": "rho", "epsilon": "epsilon"},
        {"accum_grad": "gradients", "accum_var": "steps"},
    ),
    Kind(
        "Adamax", "Adamax", {"beta1": "beta_1", "beta2": "beta_2", "epsilon": "epsilon"}, {},
    ),
)  # fmt: skip
LOSS_WORDS = {
    "MeanSquaredError": "", "MeanAbsoluteError": "", "MeanAbsolutePercentageError": "",
    "MeanSquaredLogarithmicError": "", "SquaredHinge": "", "Hinge": "", "CategoricalHinge": "",
    "CategoricalCrossentropy": "", "SparseCategoricalCrossentropy": "", "Poisson": "",
    "BinaryCrossentropy": "", "KLDivergence": "kullback_leibler_divergence", "LogCosh": "logcosh",
    "CosineSimilarity": "cosine_proximity",
}  # fmt: skip
METRIC_WORDS = {
    "BinaryAccuracy": "", "CategoricalAccuracy": "", "Precision": "", "MeanSquaredError": "mse",
    "CategoricalCrossentropy": "", "SparseCategoricalCrossentropy": "", "MeanAbsoluteError": "mae",
    "MeanAbsolutePercentageError": "mape", "CosineSimilarity": "cosine",
}  # fmt: skip
"""What TensorFlow.js calls ours; "" is their name with underscores."""
STEPS = "iter"
"""What TensorFlow.js calls the number of steps."""


class _NotThere(Exception):
    """Of what TensorFlow.js does not have."""


# --- to TensorFlow.js


def stored_model(model: Model, state: State, values: Iterable[Any]) -> Stored:
    """A model as plain data with its training, from the `values` of `state.variables`.
    A training that TensorFlow.js has not is left out, with a warning.
    """
    arrays, _ = state.arrays(values)
    by_variable = {id(variable): path for path, variable in state.places.items()}
    stored = stored_of(model, [arrays[by_variable[id(weight)]] for weight in model.weights])
    compiled = compile_config(model)
    if not compiled:
        return stored
    try:
        config = {
            "loss": _words(compiled["loss"], LOSSES),
            "metrics": _words(compiled.get("metrics") or [], METRICS),
            "optimizer_config": _optimizer_config(model.optimizer),
        }
        for key in ("loss_weights", "weighted_metrics"):
            if compiled.get(key):
                raise _NotThere(f"it has {key}")
    except _NotThere as error:
        warn(
            f"model {model.name!r} is saved without how it was compiled, which TensorFlow.js has"
            f" no words for: {error}; a .keras file keeps it"
        )
        return stored
    return stored._replace(training=Training(config, _state_of(model, arrays)))


def _words(said: Any, registry: Registry[Any]) -> Any:
    """Names of losses or metrics, in lists and dicts of any depth."""
    if isinstance(said, (list, tuple)):
        return [_words(one, registry) for one in said]
    if isinstance(said, Mapping) and "class_name" not in said:
        return {key: _words(one, registry) for key, one in said.items()}
    if said in ("acc", "accuracy"):
        return "acc"
    try:
        name = said["class_name"] if isinstance(said, Mapping) else said
        name = registry.name_of(registry.find(name))
        options = said["config"] if isinstance(said, Mapping) else {}
        usual = registry.find(name)().get_config() if options else {}
    except (TypeError, ValueError):
        raise _NotThere(f"{said!r:.60}") from None
    other = [key for key in options if key != "name" and options[key] != usual.get(key)]
    words = LOSS_WORDS if registry is LOSSES else METRIC_WORDS
    if other or name not in words:
        raise _NotThere(f"{name} with {', '.join(other)}" if other else name)
    return words[name] or snake_case(name)


def _kind(optimizer: Any) -> Kind:
    name = _plain(OPTIMIZERS.serialize(optimizer)["class_name"])
    if name == "sgd" and optimizer.momentum:
        return KINDS[1]
    for kind in KINDS:
        if _plain(kind.ours) == name:
            return kind
    raise _NotThere(f"the optimizer {type(optimizer).__name__}")


def _plain(name: str) -> str:
    return name.rpartition(">")[2].lower()


def _optimizer_config(optimizer: Any) -> dict[str, Any]:
    kind, config = _kind(optimizer), optimizer.get_config()
    rate = config.pop("learning_rate")
    if not isinstance(rate, (int, float)):
        raise _NotThere("a learning rate by a schedule")
    usual = type(optimizer)().get_config()
    known = kind.arguments.values()
    other = [key for key in config if key not in known and config[key] != usual.get(key)]
    if other:
        raise _NotThere(f"{kind.theirs} with {', '.join(other)}")
    arguments = {theirs: config[ours] for theirs, ours in kind.arguments.items()}
    return {"class_name": kind.theirs, "config": {"learningRate": rate, **arguments}}


def _state_of(model: Model, arrays: Mapping[str, Weight]) -> dict[str, Weight]:
    """The steps, then what is remembered, kind by kind; nothing before the first step."""
    optimizer = model.optimizer
    kind = _kind(optimizer)
    remembered = list(optimizer._remembered.values())
    steps = arrays.get(f"{OPTIMIZER}0")
    if steps is None or (not kind.slots and kind.ours != "SGD"):
        return {}
    numbers = {
        id(slot): arrays[f"{OPTIMIZER}{number}"]
        for number, slot in enumerate(optimizers.slots_of(optimizer), 2)
    }
    state = {STEPS: steps}
    for theirs, ours in kind.slots.items():
        if theirs == "mg" and not optimizer.centered:
            continue
        for variable, slots in remembered:
            weight = numbers[id(slots[ours])] if ours in slots else _zeros(variable)
            if ours == "velocity":
                weight = _scaled(weight, -1.0 / optimizer._rate)
            state[f"{variable.path}/{theirs}"] = weight
    return state


def _zeros(variable: Any) -> Weight:
    shape = tuple(variable.shape)
    return Weight(shape, "float32", bytes(4 * variable.size))


def _scaled(weight: Weight, factor: float) -> Weight:
    """TensorFlow.js sums gradients where Keras sums steps."""
    values = array("f", bytes(weight.raw))
    data = array("f", (value * factor for value in values)).tobytes()
    return weight._replace(data=data)


# --- and back


def give_training(model: Model, training: Training) -> None:
    """Compiles a model as its file says, and gives the optimizer what it remembered.
    What is not understood is left out, with a warning.
    """
    try:
        with refused("the trainingConfig"):
            compile_from(model, _compile_arguments(training.config))
            if training.weights and model.compiled is not None:
                model.optimizer.claim(model)
                optimizers.restore(model.optimizer, _in_kerass_order(model, training.weights))
    except ValueError as error:
        how = "as it was compiled" if model.compiled is None else "with its optimizer's memory"
        warn(f"model {model.name!r} is not loaded {how}: {error}")


def _compile_arguments(config: Mapping[str, Any]) -> dict[str, Any]:
    said = config.get("optimizer_config")
    if not isinstance(said, dict) or not isinstance(said.get("config"), dict):
        raise FormatError(f"it says no optimizer: {str(said)[:80]}")
    theirs = str(said.get("class_name"))
    kind = next((k for k in KINDS if theirs.lower() in (k.theirs.lower(), _plain(k.ours))), None)
    names = {"learningRate": "learning_rate", **(kind.arguments if kind else {})}
    arguments = {_name_of(names, key): value for key, value in said["config"].items()}
    if (kind is not None and kind.ours == "Adamax") or arguments.get("decay") == 0:
        arguments.pop("decay", None)
    optimizer = {"class_name": kind.ours if kind else theirs, "config": arguments}
    return {
        "optimizer": optimizer,
        "loss": config.get("loss"),
        "metrics": _accuracy(config.get("metrics") or []),
    }


def _name_of(names: Mapping[str, str], key: str) -> str:
    plain = re.sub("_", "", key).lower()
    return next((ours for theirs, ours in names.items() if theirs.lower() == plain), key)


def _accuracy(metrics: Any) -> Any:
    if isinstance(metrics, list):
        return [_accuracy(metric) for metric in metrics]
    if isinstance(metrics, dict):
        return {key: _accuracy(metric) for key, metric in metrics.items()}
    return "accuracy" if metrics == "acc" else metrics


def _in_kerass_order(model: Model, state: Mapping[str, Weight]) -> dict[int, Weight]:
    """What an optimizer remembered as Keras 3 keeps it."""
    optimizer: Any = model.optimizer
    steps, *rest = state.values()
    remembered = [slots for _, slots in optimizer._remembered.values()]
    kind = _kind(optimizer)
    kinds = [ours for theirs, ours in kind.slots.items() if theirs != "mg" or optimizer.centered]
    if len(rest) != len(kinds) * len(remembered) or steps.shape:
        raise FormatError(
            f"{len(rest)} arrays for the {len(remembered)} parameters of {kind.theirs}"
        )
    by_slot: dict[int, Weight] = {}
    for number, weight in enumerate(rest):
        ours = kinds[number // len(remembered)]
        slots = remembered[number % len(remembered)]
        if ours in slots:
            scaled = _scaled(weight, -optimizer._rate) if ours == "velocity" else weight
            by_slot[id(slots[ours])] = scaled
    rate = Weight((), "float32", array("f", [optimizer._rate]).tobytes())
    listed = [by_slot[id(slot)] for slot in optimizers.slots_of(optimizer)]
    return dict(enumerate([steps, rate, *listed]))
