"""A model's copy with layers and weights of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..layers.base import Layer
from ..layers.inputs import Input, InputLayer, is_optional
from ..layers.support.registry import classes_of, one_reading
from ..layers.support.structures import leaves
from ..layers.support.symbols import Key, Symbol, key, symbols_in
from .model import Model
from .sequential import Sequential


def clone_model(
    model: Model,
    input_tensors: Any = None,
    clone_function: Callable[[Any], Any] | None = None,
    call_function: Callable[..., Any] | None = None,
    recursive: bool = False,
    **options: Any,
) -> Any:
    """A model of the same layers, made anew with fresh weights: set_weights copies
    them.

    Args:
        input_tensors: symbols to build the copy on, in place of new Inputs.
        clone_function: makes the copy of each layer, by default
            `type(layer).from_config(layer.get_config())`.
        call_function: makes each call of the copy, `call_function(layer, *args,
            **kwargs)`: that of a functional model alone.
        recursive: whether models inside are cloned layer by layer, too.

    Raises:
        ValueError: what is no model, or a `call_function` or `clone_function` for a
            model whose class says its call.

    Example:
        >>> model = pw.Sequential([layers.Dense(2, input_shape=(3,))])
        >>> copy = pw.models.clone_model(model)
        >>> copy.set_weights(model.get_weights())
        >>> bool((copy(np.ones((1, 3))) == model(np.ones((1, 3)))).numpy().all())
        True
    """
    if options:
        raise TypeError(f"clone_model has no argument {next(iter(options))!r}")
    if not isinstance(model, Model):
        raise ValueError(f"clone_model takes a Model, got {model!r:.80}")
    cloned: dict[int, Any] = {}

    def clone(layer: Any) -> Any:
        if id(layer) not in cloned:
            inner = recursive and isinstance(layer, Model) and not layer.says_itself
            if inner:
                calls = None if isinstance(layer, Sequential) else call_function
                cloned[id(layer)] = clone_model(layer, None, clone_function, calls, recursive)
            else:
                cloned[id(layer)] = (clone_function or _anew)(layer)
        return cloned[id(layer)]

    with classes_of(model._all_layers()), one_reading():
        if model.says_itself:
            if clone_function is not None or call_function is not None or input_tensors is not None:
                raise ValueError(
                    f"{model.name!r} says its call itself, so it is cloned by its config alone:"
                    " leave clone_function, call_function and input_tensors out"
                )
            return _anew(model)
        if isinstance(model, Sequential):
            if call_function is not None:
                raise ValueError("a Sequential calls its layers itself: leave call_function out")
            return _clone_sequential(model, input_tensors, clone)
        return _clone_graph(model, input_tensors, clone, call_function)


def _anew(layer: Layer) -> Any:
    return type(layer).from_config(layer.get_config())


def _like(symbol: Symbol) -> Symbol:
    name = symbol.layer.name if isinstance(symbol.layer, InputLayer) else None
    optional = is_optional(symbol)
    return Input(batch_shape=symbol.shape, dtype=symbol.dtype, name=name, optional=optional)


def _clone_sequential(model: Sequential, given_input: Any, clone: Callable[[Any], Any]) -> Any:
    stack = [clone(layer) for layer in model.layers]
    starts = list(leaves(given_input)) if given_input is not None else []
    if not starts and model._start is not None:
        starts = [_like(model._start)]
    return type(model)._of_config({"name": model.name}, [*starts, *stack])


def _clone_graph(
    model: Model,
    input_tensors: Any,
    clone: Callable[[Any], Any],
    call_function: Callable[..., Any] | None,
) -> Any:
    ends = model.ends
    starts = [_like(s) for s in ends.inputs] if input_tensors is None else []
    starts = starts or list(leaves(input_tensors))
    made_of: dict[Key, Any] = {key(s): start for s, start in zip(ends.inputs, starts, strict=True)}
    for node in model.graph.nodes:
        if not node.inputs:
            continue
        first, options = node.filled(made_of)
        if node.training is not None:
            options = {**options, "training": node.training}
        layer = clone(node.layer)
        if call_function is None:
            result = layer(first, **options)
        else:
            result = call_function(layer, first, **options)
        for symbol, new in zip(node.outputs, symbols_in(result), strict=True):
            made_of[key(symbol)] = new
    outputs = [made_of[key(s)] for s in ends.outputs]
    return type(model)._of_config(
        {"name": model.name}, ends.as_called(starts), ends.as_given(outputs)
    )
