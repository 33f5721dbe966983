"""Keras 1's words for layers, and how it keeps their weights, in those of Keras 2. The
facts are those by which Keras 2 read such models: keras/legacy/interfaces.py and
`preprocess_weights_for_loading` in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...host.files import FormatError
from .stored import Weight

if TYPE_CHECKING:
    import numpy as np
else:
    from ...host.lazy import np

CLASSES = {
    "Convolution1D": "Conv1D", "Convolution2D": "Conv2D", "Convolution3D": "Conv3D",
    "AtrousConvolution1D": "Conv1D", "AtrousConvolution2D": "Conv2D",
    "Deconvolution2D": "Conv2DTranspose", "SeparableConvolution2D": "SeparableConv2D",
    "TimeDistributedDense": "Dense",
}  # fmt: skip
MERGES = {
    "sum": "Add", "mul": "Multiply", "ave": "Average", "max": "Maximum", "concat": "Concatenate",
    "dot": "Dot", "cos": "Dot",
}  # fmt: skip
WORDS = {
    "atrous_rate": "dilation_rate", "b_constraint": "bias_constraint",
    "b_regularizer": "bias_regularizer", "beta_init": "beta_initializer", "bias": "use_bias",
    "border_mode": "padding", "dim_ordering": "data_format", "dropout_U": "recurrent_dropout",
    "dropout_W": "dropout", "filter_length": "kernel_size", "gamma_init": "gamma_initializer",
    "init": "kernel_initializer", "inner_activation": "recurrent_activation",
    "inner_init": "recurrent_initializer", "input_dtype": "dtype", "length": "size",
    "nb_filter": "filters", "output_dim": "units", "p": "rate", "pool_length": "pool_size",
    "sigma": "stddev", "stride": "strides", "subsample": "strides", "subsample_length": "strides",
    "U_regularizer": "recurrent_regularizer", "W_constraint": "kernel_constraint",
    "W_regularizer": "kernel_regularizer",
}  # fmt: skip
OTHER_WORDS = {
    "Embedding": {
        "output_dim": "output_dim", "init": "embeddings_initializer",
        "W_regularizer": "embeddings_regularizer", "W_constraint": "embeddings_constraint",
    },
    "PReLU": {"init": "alpha_initializer"},
}  # fmt: skip
"""Where a class has words of its own for them."""
SIZES = (("nb_row", "nb_col"), ("kernel_dim1", "kernel_dim2", "kernel_dim3"))
DROPPED = ("consume_less", "output_shape", "input_length", "mode", "forget_bias_init")
"""What says nothing about a trained layer, or is said by another word."""
TELLTALE = frozenset(("border_mode", "dim_ordering", "inner_activation", "W_regularizer"))
"""Words that only Keras 1 has."""
GATES = {"GRU": (0, 1, 2), "LSTM": (0, 2, 1, 3)}
"""The order of gates, which Keras 1 keeps apart (an LSTM's as input, cell, forget,
output), in weights that have all of them side by side.
"""


def is_keras_1(config: Any, version: str = "") -> bool:
    """Whether a topology is Keras 1's, by its version or, without one, its words.

    Example:
        >>> is_keras_1({}, "1.2.2"), is_keras_1([{"config": {"border_mode": "same"}}])
        (True, True)
    """
    return version.startswith("1.") or (not version and any(_telltale(config)))


def _telltale(config: Any) -> Iterator[bool]:
    if isinstance(config, Mapping):
        yield not TELLTALE.isdisjoint(config)
    for value in config.values() if isinstance(config, Mapping) else config:
        if isinstance(value, (dict, list)):
            yield from _telltale(value)


def from_keras_1(entry: Any) -> Any:
    """An entry of a topology, {"class_name", "config", ...}, in Keras 2's words.
    FormatError for a layer that only Keras 1 has.

    Example:
        >>> from_keras_1({"class_name": "Dropout", "config": {"p": 0.5}})
        {'class_name': 'Dropout', 'config': {'rate': 0.5}}
    """
    if not isinstance(entry, dict) or not isinstance(entry.get("config"), (dict, list)):
        return entry
    kind, config = str(entry.get("class_name")), entry["config"]
    if isinstance(config, list):
        return {**entry, "config": [from_keras_1(each) for each in config]}
    if isinstance(config.get("layers"), list) and kind != "Merge":
        inside = [from_keras_1(each) for each in config["layers"]]
        return {**entry, "config": {**config, "layers": inside}}
    if kind == "Merge":
        return {**entry, **_merge(config)}
    kind = CLASSES.get(kind, kind)
    return {**entry, "class_name": kind, "config": _words(kind, config)}


def _merge(config: Mapping[str, Any]) -> dict[str, Any]:
    mode, name = config.get("mode"), config.get("name")
    if mode not in MERGES or config.get("layers"):
        raise FormatError(
            f"layer {str(name)[:80]!r} is a Merge of Keras 1 that is not read: mode {mode!r:.40}"
        )
    about: dict[str, Any] = {"name": name}
    if mode == "concat":
        about["axis"] = config.get("concat_axis", -1)
    if mode in ("dot", "cos"):
        about |= {"axes": config.get("dot_axes", -1), "normalize": mode == "cos"}
    return {"class_name": MERGES[mode], "config": about}


def _words(kind: str, config: Mapping[str, Any]) -> dict[str, Any]:
    who = f"layer {str(config.get('name'))[:80]!r} ({kind})"
    if config.get("dim_ordering") == "th":
        raise FormatError(
            f"{who} has the axes in Theano's order (dim_ordering 'th'), which is not read: save the"
            " model with TensorFlow's, 'tf'"
        )
    if kind == "BatchNormalization" and config.get("mode"):
        raise FormatError(f"{who} has mode {config['mode']!r:.40}; only mode 0 is read")
    words = {**WORDS, **OTHER_WORDS.get(kind, {})}
    sizes = next((names for names in SIZES if names[0] in config), ())
    said: dict[str, Any] = {}
    for key, value in config.items():
        if key in DROPPED or key in sizes or value == "default":
            continue
        if (key == "input_dim" or key == "dropout") and (kind == "Embedding") != (key[0] == "i"):
            continue  # shapes say the first, and embeddings no longer have the other
        said[words.get(key, key)] = _value(key, value)
    if sizes:
        said["kernel_size"] = [config.get(name) for name in sizes]
    if "forget_bias_init" in config:
        said["unit_forget_bias"] = config["forget_bias_init"] == "one"
    if kind == "GRU":
        said["reset_after"] = False  # the only way there was
    if kind == "SeparableConv2D" and "kernel_initializer" in said:
        first = said.pop("kernel_initializer")
        said |= {"depthwise_initializer": first, "pointwise_initializer": first}
    return said


def _value(key: str, value: Any) -> Any:
    if key == "dim_ordering":
        return "channels_last"
    if key == "layer":
        return from_keras_1(value)
    if not isinstance(value, dict) or "name" not in value:
        return value
    if key.endswith("regularizer"):  # by now there are only sums of both kinds
        return {
            "class_name": "L1L2",
            "config": {"l1": value.get("l1", 0), "l2": value.get("l2", 0)},
        }
    if key.endswith("constraint"):
        about = {"max_value" if k == "m" else k: v for k, v in value.items() if k != "name"}
        return {"class_name": value["name"], "config": about}
    return value


def weights_from_keras_1(entry: Mapping[str, Any], weights: Sequence[Weight]) -> list[Weight]:
    """The weights of a layer as Keras 2 keeps them; `entry` is what `from_keras_1`
    gives of it.
    """
    kind, listed = entry.get("class_name"), list(weights)
    inner = entry["config"].get("layer") if isinstance(entry.get("config"), dict) else None
    if kind == "TimeDistributed" and isinstance(inner, dict):
        return weights_from_keras_1(inner, listed)
    if kind == "Bidirectional" and isinstance(inner, dict):
        half = len(listed) // 2
        ways = listed[:half], listed[half:]
        return [weight for way in ways for weight in weights_from_keras_1(inner, way)]
    if kind in GATES and len(listed) == 3 * len(GATES[kind]):
        return [_beside([listed[3 * gate + i] for gate in GATES[kind]]) for i in range(3)]
    if listed and len(listed[0].shape) == 4:
        kernel = listed[0].array()
        if kind == "Conv1D":
            listed[0] = Weight.of(_flat(kernel, entry["config"]))
        elif kind == "Conv2DTranspose":
            listed[0] = Weight.of(kernel.transpose(0, 1, 3, 2))
    return listed


def _beside(weights: Sequence[Weight]) -> Weight:
    return Weight.of(np.concatenate([weight.array() for weight in weights], axis=-1))


def _flat(kernel: np.ndarray, config: Mapping[str, Any]) -> np.ndarray:
    """Of [length, 1, inputs, filters], before Keras 1.2 [filters, inputs, length, 1]."""
    size = config.get("kernel_size")
    length = size[0] if isinstance(size, list) and size else size
    if kernel.shape[:2] != (length, 1) or kernel.shape[3] != config.get("filters"):
        kernel = kernel.transpose(2, 3, 1, 0)
    if kernel.shape[1] != 1:
        raise FormatError(f"a kernel of shape {kernel.shape} is none of a Conv1D of Keras 1")
    return kernel[:, 0]
