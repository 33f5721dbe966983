"""Methods that subclasses may give: which are called, and what to do instead of the
others. Keras's subclasses are written for more hooks than there are here; one that
nobody would call is refused before any training.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

_STEPS = "steps are recorded once and replayed, so write train_step, test_step or predict_step"
_FIGURES = "return the figures from train_step and test_step, fit takes their means over the epoch"
_IN_PLACE = "variables are written in place, so write it with assign"
_SAVING = "files hold the config and the weights, so keep what is to be saved in these"

MODEL: Mapping[str, str] = {
    "make_train_function": _STEPS,
    "make_test_function": _STEPS,
    "make_predict_function": _STEPS,
    "compute_metrics": "give metrics to compile, or return figures from train_step and test_step",
    "get_metrics_result": _FIGURES,
    "stateless_compute_loss": _IN_PLACE,
    "get_compile_config": "compile again after loading",
    "compile_from_config": "compile again after loading",
}
"""{method that is not called: what to do instead}; of layers, models and all others."""

ABSENT: Mapping[str, str] = {
    **MODEL,
    "metrics_names": "evaluate(..., return_dict=True) names its figures",
    "reset_states": "nothing is kept between calls",
    "fit_generator": "fit(generator) is it",
    "predict_generator": "predict(generator) is it",
    "evaluate_generator": "evaluate(generator) is it",
}
"""What Keras's models have and these have not: what to do instead."""

LAYER: Mapping[str, str] = {
    "__call__": "write call(inputs)",
    "symbolic_call": "write call(inputs) and compute_output_shape(input_shape)",
    "stateless_call": _IN_PLACE,
    "losses": "call self.add_loss(loss) in call",
    "quantize": "use Model.astype('float16')",
    "quantized_call": "use Model.astype('float16')",
    "save_own_variables": _SAVING,
    "load_own_variables": _SAVING,
    "save_assets": _SAVING,
    "load_assets": _SAVING,
}

_CHANGE = "write change(gradient, shared, *slots), what is subtracted from a parameter"

OPTIMIZER: Mapping[str, str] = {
    "update_step": _CHANGE,
    "apply_gradients": "write apply(gradients, variables)",
    "minimize": "write apply(gradients, variables), or the model's train_step",
    "compute_gradients": "write the model's train_step",
    "get_gradients": "write the model's train_step",
    "get_updates": _CHANGE,
    "clip_gradients": "use clipnorm, clipvalue or global_clipnorm, or write apply",
    "stateless_apply": _IN_PLACE,
    "add_variable_from_reference": "name what is remembered in the constructor's `slots`",
    "create_slots": "name what is remembered in the constructor's `slots`",
    "_create_slots": "name what is remembered in the constructor's `slots`",
    "_resource_apply_dense": _CHANGE,
    "_resource_apply_sparse": _CHANGE,
    "save_own_variables": _SAVING,
    "load_own_variables": _SAVING,
}

_STATE = "write update_state and result, or sums and value"

METRIC: Mapping[str, str] = {
    "__call__": _STATE,
    "reset_states": "call it reset_state",
    "stateless_update_state": _STATE,
    "stateless_result": _STATE,
    "stateless_reset_state": _STATE,
}

SCHEDULE: Mapping[str, str] = {}


def overridden(thing: Any, method: str) -> bool:
    """Whether a class that is not pywebml's, or the object itself, gives the method."""
    if method in vars(thing):
        return True
    cls = next((c for c in thing.__class__.__mro__ if method in vars(c)), object)
    return cls is not object and not _is_ours(cls)


def _is_ours(cls: type) -> bool:
    """Whether a module of pywebml has the class; one of a program that merely runs in
    its name, such as an example in a docstring, is the user's.
    """
    module = sys.modules.get(cls.__module__)
    within = cls.__module__.partition(".")[0] == "pywebml"
    return within and getattr(module, cls.__name__, None) is cls


def refuse(kind: str, thing: Any, refused: Mapping[str, str]) -> None:
    """TypeError for a method of a subclass that would not be called."""
    for method, instead in refused.items():
        if overridden(thing, method):
            raise TypeError(
                f"the {kind} {thing.__class__.__name__} has a {method} of its own, which would not"
                f" be called: {instead}"
            )


def check_compiled(model: Any, optimizer: Any, metrics: Iterable[Any]) -> None:
    """Refuses what a model, its layers and what it was compiled with override in vain.
    (Losses say so themselves.)
    """
    refuse("model", model, {**MODEL, **LAYER})
    check_layers(model)
    for one in optimizer.stepping:
        refuse("optimizer", one, OPTIMIZER)
        if not isinstance(one.learning_rate, float):
            refuse("schedule", one.learning_rate, SCHEDULE)
    for metric in metrics:
        refuse("metric", metric, METRIC)


def check_layers(model: Any) -> None:
    """The same for the layers of a model, which need not be compiled to be saved."""
    for layer in model._all_layers():
        refuse("layer", layer, LAYER)
