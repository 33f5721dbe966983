"""Layers that say little of their own: a function, nothing, a penalty."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from ..core.custom_objects import custom_name, custom_object
from ..core.tensor import Tensor
from . import regularizers
from .base import Layer
from .support.registry import layer
from .support.shapes import same_shape


@layer("Identity")
class Identity(Layer):
    """y = x, be it one tensor or a structure of them.

    Shapes: any -> the same.

    Example:
        >>> layers.Identity()(np.array([1.0, 2.0])).numpy()
        array([1., 2.], dtype=float32)
    """

    supports_masking = True

    def call(self, inputs: Any) -> Any:
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


@layer("ActivityRegularization")
class ActivityRegularization(Layer):
    """y = x, with a penalty on it: l1 * sum(|x|) + l2 * sum(x²), over the number of
    examples, joins the loss.

    Shapes: any -> the same.

    Example:
        >>> layer = layers.ActivityRegularization(l1=0.5)
        >>> layer(np.array([[1.0, -2.0], [3.0, 0.0]])).shape
        (2, 2)
        >>> layer.losses
        [Tensor(1.5, dtype=float32)]
    """

    supports_masking = True

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **options: Any):
        penalty = regularizers.L1L2(l1, l2)
        said = regularizers.get(options.pop("activity_regularizer", None))
        super().__init__(activity_regularizer=penalty, **options)
        same = isinstance(said, regularizers.L1L2) and said.get_config() == penalty.get_config()
        if said is not None and not same:
            raise ValueError(
                "ActivityRegularization: l1 and l2 say its penalty, got an activity_regularizer as"
                f" well: {said!r:.80}"
            )
        self.l1, self.l2 = float(l1), float(l2)

    def call(self, inputs: Tensor) -> Tensor:
        return inputs

    compute_output_shape = same_shape

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["activity_regularizer"]  # l1 and l2 say it
        return config


@layer("Lambda")
class Lambda(Layer):
    """y = function(x, **arguments), with `mask` and `training` where the function takes
    them. The function has no weights: a layer of one's own, or ops on symbols, say the
    same and can be read back from any file.

    Args:
        function: of tensors. A config names it, so it must be registered for one, by
            @pw.saving.register_keras_serializable(): code is never read from files.
        output_shape: the shape of an example, or a function of the input's shape; found
            by following the function where not given.
        mask: the output's mask, or a function (inputs, mask) that gives it.
        arguments: further arguments of the function, by name.

    Raises:
        TypeError: no function.

    Example:
        >>> layers.Lambda(lambda x: x**2)(np.array([1.0, 3.0])).numpy()
        array([1., 9.], dtype=float32)
    """

    supports_masking = True
    _config_without = (*Layer._config_without, "function", "output_shape", "mask", "arguments")

    def __init__(
        self,
        function: Callable[..., Any],
        output_shape: Any = None,
        mask: Any = None,
        arguments: Mapping[str, Any] | None = None,
        **options: Any,
    ):
        super().__init__(**options)
        if isinstance(function, str):
            function = _registered(function)
        if not callable(function) or isinstance(function, type):
            raise TypeError(f"Lambda takes a function of tensors, got {function!r:.80}")
        if arguments is not None and not isinstance(arguments, Mapping):
            raise TypeError(
                f"Lambda: arguments must be a dict, of names and values, got {arguments!r:.80}"
            )
        sizes = output_shape is None or callable(output_shape) or _is_shape(output_shape)
        if not sizes or isinstance(output_shape, type):
            raise TypeError(
                "Lambda: output_shape must be the sizes of an example or a function of the input's"
                f" shape, got {output_shape!r:.80}"
            )
        if isinstance(mask, (type, str, bool, int, float)) or not _takes(mask, None, None):
            raise TypeError(
                f"Lambda: mask must be a tensor or a function (inputs, mask), got {mask!r:.80}"
            )
        if not _takes(function, None, **(arguments or {})):
            raise TypeError(
                f"Lambda: arguments must be some that the function takes behind its inputs, got"
                f" {arguments!r:.80}"
            )
        self.function, self.mask, self.arguments = function, mask, dict(arguments or {})
        self._output_shape = output_shape
        self._told = [name for name in ("mask", "training") if name in _parameters(function)]

    def call(self, inputs: Any, mask: Any = None, training: bool = False) -> Any:
        said = {"mask": mask, "training": training}
        return self.function(inputs, **self.arguments, **{name: said[name] for name in self._told})

    def compute_output_shape(self, input_shape: Any) -> Any:
        if self._output_shape is None:
            return super().compute_output_shape(input_shape)
        if callable(self._output_shape):
            return self._output_shape(input_shape)
        return (input_shape[0], *self._output_shape)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def get_config(self) -> dict[str, Any]:
        name = custom_name(self.function)
        if name is None:
            raise TypeError(
                f"{self.name}: a Lambda's function is written into a config by its name: register"
                " it with @pw.saving.register_keras_serializable(), or write a layer of its own"
            )
        shape = self._output_shape
        return {
            **super().get_config(),
            "function": name,
            "arguments": self.arguments,
            **({} if shape is None or callable(shape) else {"output_shape": list(shape)}),
        }


def _parameters(function: Any) -> Mapping[str, Any]:
    """Those of a function; none of one that does not say them, as of NumPy's."""
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):
        return {}


def _takes(function: Any, *args: Any, **named: Any) -> bool:
    """Whether a function can be called so; so can what is none, or does not say."""
    if not callable(function) or not _parameters(function):
        return True
    told = {name: None for name in ("mask", "training") if name in _parameters(function)}
    try:
        inspect.signature(function).bind(*args, **({} if len(args) > 1 else told), **named)
    except TypeError:
        return False
    return True


def _is_shape(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(
        size is None or (type(size) is int and size >= 0) for size in value
    )


def _registered(name: str) -> Any:
    function = custom_object(name)
    if function is None:
        raise ValueError(
            f"Lambda: no function {name!r:.80} is registered: decorate it with"
            " @pw.saving.register_keras_serializable()"
        )
    return function
