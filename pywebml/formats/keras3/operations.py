"""Functions of `keras.ops` in a graph, as Keras 3 writes them, and back: a class for
each, with its settings in the config and its tensors in the call.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...core.symbolic import function_of
from ...host.files import FormatError
from ...layers.support.naming import snake_case

OPS = "keras.src.ops"
"""The module of Keras's that its functions in a graph are of."""
IMAGES = "image."
OPERATORS = {
    "sub": "subtract", "mul": "multiply", "div": "true_divide", "neg": "negative", "pow": "power",
    "getitem": "get_item", "floor_div": "floor_divide", "abs": "absolute",
}  # fmt: skip
_SAME = """add matmul mod less less_equal greater greater_equal equal not_equal maximum minimum
logical_and logical_or logical_not exp log sqrt rsqrt square sin cos tanh sigmoid relu floor ceil
round"""
OPERATORS |= {name: name for name in _SAME.split()}
"""Those of `pw.ops` that mean what Keras's do, operators among them."""
OTHERWISE = {
    "allclose": "AllClose", "isin": "IsIn", "searchsorted": "SearchSorted", "cdist": "CDist",
    "fft": "FFT", "fft2": "FFT2", "ifft2": "IFFT2", "rfft": "RFFT", "irfft": "IRFFT",
    "stft": "STFT", "istft": "ISTFT", "svd": "SVD", "psnr": "PSNR",
    "batch_normalization": "BatchNorm", "layer_normalization": "LayerNorm",
    "rms_normalization": "RMSNorm", "image.rgb_to_grayscale": "RGBToGrayscale",
    "image.rgb_to_hsv": "RGBToHSV", "image.hsv_to_rgb": "HSVToRGB",
}  # fmt: skip
"""Classes that are not called as their functions are."""
FUNCTION_OF = {kind: name for name, kind in OTHERWISE.items()}
_TENSORS = """x x1 x2 xs y a b q array key start stop step operands constant_values indices
sorted_sequence values condition condlist choicelist default inputs kernel depthwise_kernel
pointwise_kernel target output mean variance scale target_length output_length query value bias
mask gamma beta updates start_indices index data segment_ids targets predictions images transform
coordinates translation weights bins fill_value rtol atol
offset abs_ angle variable"""
TENSORS = set(_TENSORS.split())
"""Arguments that belong to a call; all others are settings."""
SETTINGS = {
    "trapezoid": {"x"}, "bincount": {"weights"}, "histogram": {"bins"}, "unique": {"fill_value"},
    "squareplus": {"b"}, "allclose": {"rtol", "atol"}, "diagonal": {"offset"}, "trace": {"offset"},
    "image.resize": {"fill_value"}, "image.affine_transform": {"fill_value"},
    "image.map_coordinates": {"fill_value"},
}  # fmt: skip
"""But for these."""


def class_of(function: str) -> str:
    """What Keras calls the class of a function of `keras.ops`."""
    words = function.removeprefix(IMAGES).split("_")
    return OTHERWISE.get(function) or "".join(word[:1].upper() + word[1:] for word in words)


def _named_here(function: str) -> str:
    """What a function of `keras.ops` is called in our graphs."""
    return "getitem" if function == "get_item" else f"keras.{function}"


def as_keras_has(entry: Mapping[str, Any], nodes: Sequence[Any]) -> dict[str, Any] | None:
    """The entry of a function in a graph with these calls, as Keras reads it; None for
    a function that Keras does not have.
    """
    ours = entry["config"]["function"]
    name = OPERATORS.get(ours) or ours.removeprefix("keras.")
    function = function_of(_named_here(name))
    if function is None or (name == ours and ours not in OPERATORS):
        return None
    calls = [_call(name, function, node) for node in nodes]
    settings = calls[0][1] if calls else {}
    if any(others != settings for _, others in calls):
        return None
    kind, label = class_of(name), entry["config"].get("name") or entry["name"]
    return {
        "module": f"{OPS}.image" if name.startswith(IMAGES) else OPS,
        "class_name": kind,
        "config": {"name": label, **settings},
        "registered_name": kind,
        "name": entry["name"],
        "inbound_nodes": [call for call, _ in calls],
    }


def _call(name: str, function: Any, node: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """(the call, the settings) of a call of ours."""
    args, named = _arguments(node)
    if name == "get_item":
        return {"args": [args[0], _in_keras(args[1])], "kwargs": {}}, {}
    signature = inspect.signature(function)
    said = signature.bind(*args, **named).arguments
    order = _tensors_of(name, signature.parameters)
    tensors: list[Any] = []
    kwargs: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    for parameter in signature.parameters.values():
        if parameter.name not in said:
            continue
        value = said[parameter.name]
        if parameter.kind is parameter.VAR_POSITIONAL:
            tensors += map(_in_keras, value)
        elif parameter.kind is parameter.VAR_KEYWORD:
            settings |= {key: _in_keras(item) for key, item in value.items()}
        elif parameter.name not in order:
            settings[parameter.name] = _in_keras(value)
        elif len(tensors) == order.index(parameter.name):
            tensors.append(_in_keras(value))
        else:
            kwargs[parameter.name] = _in_keras(value)
    return {"args": tensors, "kwargs": kwargs}, settings


def _tensors_of(name: str, arguments: Iterable[str]) -> list[str]:
    """Those of a function's arguments that belong to its call."""
    return [n for n in arguments if n in TENSORS and n not in SETTINGS.get(name, ())]


def _arguments(node: Any) -> tuple[list[Any], dict[str, Any]]:
    """What a call of ours was given, also where it is written as older configs have it:
    [[layer, call, output, {...}], ...].
    """
    if isinstance(node, Mapping):
        return list(node["args"][0]), dict(node["kwargs"].get("named") or {})
    about = {"shape": [None], "dtype": "float32"}
    return [
        {"class_name": "__keras_tensor__", "config": {**about, "keras_history": reference[:3]}}
        for reference in node
    ], {}


def _in_keras(value: Any) -> Any:
    """A value of a call: tuples are lists there."""
    if isinstance(value, Mapping):
        if value.get("class_name") == "__tuple__":
            return [_in_keras(item) for item in value["config"]["value"]]
        return {key: _in_keras(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_in_keras(item) for item in value]
    return value


def read(value: Mapping[str, Any]) -> dict[str, Any]:
    """The entry of a function: ours has its name in `keras.ops`, and its settings in
    the call.
    """
    settings = dict(value["config"]) if isinstance(value["config"], dict) else {}
    name = settings.pop("name", None) or value.get("name")
    function = FUNCTION_OF.get(value["class_name"]) or snake_case(value["class_name"])
    if str(value.get("module")).endswith(".image") and not function.startswith(IMAGES):
        function = IMAGES + function
    listed = value.get("inbound_nodes")
    nodes = [_read_call(function, node, settings) for node in listed or ()]
    config = {"name": name, "function": _named_here(function)}
    return {"class_name": "Operation", "name": name, "config": config, "inbound_nodes": nodes}


def _read_call(function: str, node: Any, settings: Mapping[str, Any]) -> Any:
    if not isinstance(node, dict):
        return node
    args, kwargs = node.get("args") or [], node.get("kwargs") or {}
    if not isinstance(args, list) or not isinstance(kwargs, dict):
        raise FormatError(f"a call of {function!r} holds no arguments: {str(node)[:200]}")
    args, named = list(args), {**settings, **kwargs}
    if function == "get_item" and len(args) > 1 and isinstance(args[1], list):
        args[1] = {"class_name": "__tuple__", "config": {"value": args[1]}}  # as x[:, 1] has it
    known = function_of(f"keras.{function}")
    parameters = list(inspect.signature(known).parameters.values()) if known else []
    rest = [p.kind is p.VAR_POSITIONAL for p in parameters]
    if any(rest):  # what stands before *args goes by place
        before = [p.name for p in parameters[: rest.index(True)]]
        args = [named.pop(name) for name in before if name in named] + args
    else:
        names = [parameter.name for parameter in parameters]
        order = _tensors_of(function, names)
        apart = next((i for i, name in enumerate(order) if names[i] != name), len(args))
        named |= dict(zip(order[apart:], args[apart:], strict=False))
        del args[apart:]
    return {"args": [args], "kwargs": {"named": named} if named else {}}
