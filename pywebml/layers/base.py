"""What a layer is: weights made at the first call, a `call`, a config, and symbolic
tensors for the functional API.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ..core.registry import config_of, parameters_of
from . import regularizers
from .support import policies, shapes
from .support.arguments import check_arguments, checked, checked_config
from .support.calling import Called
from .support.context import default_dtype
from .support.naming import snake_case, take_name, unique_name
from .support.registry import one_config, one_reading, serialize, with_layers

_LAYERS = f"{__name__.rpartition('.')[0]}."
# What the base class itself writes into a config.
_COMMON = (
    "name", "trainable", "dtype", "autocast", "activity_regularizer", "input_shape",
    "batch_input_shape",
)  # fmt: skip
_LEFT_OUT = ("_regularizer", "_constraint")
"""Arguments that most layers have and few use: a config names those that are used."""


class Layer(Called):
    """Base of all layers: weights, and a function of tensors that uses them.

    A subclass gives `build(input_shape)` (makes weights with `add_weight`) and
    `call(inputs)`, with `training=False` and `mask=None` where it wants to know. Its
    output's shape is found by following `call`; give `compute_output_shape` where that
    is too slow or cannot be followed. Its config is the constructor's arguments, each
    kept in an attribute of its name. Layers and variables that it keeps in attributes,
    or in lists and dicts there, belong to it: their weights are its own, `trainable`
    reaches them, and they train where it does. Shapes start with the batch size, `None`
    while unknown.

    Args:
        activity_regularizer: its penalty on each output, over the number of examples,
            joins the loss: "l2", or one of `layers.regularizers`.
        name: unique within a model; made from the class name where not given.
        trainable: whether training changes the weights.
        autocast: whether floats that come in are cast to `dtype`.
        dtype: "float32" (where not given), or "float16" for a layer that holds its
            weights in that, and casts its inputs to it: half the memory, for networks
            that only run; "mixed_float16" for one that computes in float16 and trains,
            its weights in float32. Else that of `keras.config.set_dtype_policy`.
        input_shape: shape of one example, for the first layer of a `Sequential`.
        batch_input_shape: the same with the batch size (or None) in front, as older
            configs have it.

    Raises:
        TypeError: an argument that no layer knows.

    Example:
        >>> class Scale(layers.Layer):
        ...     def __init__(self, start=1.0, **options):
        ...         super().__init__(**options)
        ...         self.start = start
        ...
        ...     def build(self, input_shape):
        ...         start = layers.initializers.Constant(self.start)
        ...         self.factor = self.add_weight((), start, name="factor")
        ...
        ...     def call(self, inputs):
        ...         return inputs * self.factor
        >>> layer = Scale(2.0)
        >>> layer(np.array([1.0, 3.0])).numpy()
        array([2., 6.], dtype=float32)
        >>> layer.get_config()
        {'name': 'scale', 'trainable': True, 'dtype': 'float32', 'start': 2.0}
    """

    config_keys: ClassVar[Mapping[str, str | None]] = {}
    """Where a config differs from the constructor's arguments: {argument: the key it is
    written under, or None for one that is written only where it is not the default}.
    """
    _config_without: ClassVar[tuple[str, ...]] = _COMMON
    _absent: ClassVar[Mapping[str, str]] = {}
    """What Keras's have: what to do instead."""

    @checked
    def __init__(
        self,
        *,
        activity_regularizer: Any = None,
        trainable: bool = True,
        dtype: Any = None,
        autocast: bool = True,
        name: str | None = None,
        input_shape: Sequence[int | None] | None = None,
        batch_input_shape: Sequence[int | None] | None = None,
        **config: Any,
    ):
        known = parameters_of(type(self))  # type: ignore[arg-type]
        check_arguments(type(self).__name__, config, known)
        self.name = (
            unique_name(snake_case(type(self).__name__)) if name is None else take_name(name)
        )
        self.policy_name = policies.name_of(dtype) or default_dtype()
        self._trainable = trainable
        if not autocast:
            self.autocast = False
        if activity_regularizer is not None:
            self.activity_regularizer = regularizers.get(activity_regularizer)
        if batch_input_shape is None and input_shape is not None:
            example = (input_shape,) if isinstance(input_shape, int) else tuple(input_shape)
            batch_input_shape = (None, *example)
        self.batch_input_shape = (
            None if batch_input_shape is None else shapes.sizes(self.name, batch_input_shape)
        )
        self.built = False
        self._weights, self._born = {}, {}
        self._nodes, self._losses = [], []

    if not TYPE_CHECKING:  # types know which attributes there are

        def __getattr__(self, name: str) -> Any:
            if "_nodes" not in vars(self):
                raise AttributeError(
                    f"{type(self).__name__} has no {name!r} yet: its __init__ must call"
                    " super().__init__(**options) before anything else"
                )
            if name in self._absent:
                raise AttributeError(f"{self.name} has no {name!r}: {self._absent[name]}")
            return object.__getattribute__(self, name)  # raises what was wrong

    def __init_subclass__(cls, **options: Any):
        super().__init_subclass__(**options)
        if "__init__" in cls.__dict__ and cls.__module__.startswith(_LAYERS):
            cls.__init__ = checked(cls.__init__)  # type: ignore[method-assign]

    def get_config(self) -> dict[str, Any]:
        """Arguments that rebuild the layer:
        `type(layer).from_config(layer.get_config())`.
        """
        config: dict[str, Any] = {
            "name": self.name,
            "trainable": self._trainable,
            "dtype": self.policy_name,
        }
        if self.batch_input_shape is not None:
            config["batch_input_shape"] = list(self.batch_input_shape)
        if self.activity_regularizer is not None:
            config["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        by_hand = type(self).get_config is not Layer.get_config
        with one_config():
            own = config_of(self, self.config_keys, self._config_without, strict=not by_hand)
        return {
            **config,
            **{k: v for k, v in own.items() if v is not None or not k.endswith(_LEFT_OUT)},
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A layer from the config of `get_config`, or from a file in Keras's or
        TensorFlow.js's layers format.
        """
        with one_reading():
            said = checked_config(config, parameters_of(cls))  # type: ignore[arg-type]
            return cls._made_of({key: with_layers(value) for key, value in said.items()})

    @classmethod
    def _made_of(cls, arguments: dict[str, Any]) -> Any:
        """`cls(**arguments)`; what every layer has is set behind a constructor that
        does not take it.
        """
        parameters = parameters_of(cls)  # type: ignore[arg-type]
        common = {"name", "trainable", "dtype", "batch_input_shape"} - set(parameters)
        later = {key: arguments.pop(key) for key in common & set(arguments)}
        layer = cls(**arguments)
        layer.name = later.get("name") or layer.name
        layer._trainable = layer._trainable and later.get("trainable") is not False
        if later.get("dtype") is not None:
            layer.policy_name = policies.name_of(later["dtype"]) or layer.policy_name
        if later.get("batch_input_shape") is not None:
            layer.batch_input_shape = shapes.sizes(layer.name, later["batch_input_shape"])
        return layer

    def build_config(self) -> Any:
        """What `build_from` needs beside the config, None for nothing: the shape that a
        model was built for which says its call itself.
        """
        return None

    def build_from(self, config: Any) -> None:
        """Makes the weights, where they are not made by what stands around."""

    def get_build_config(self) -> dict[str, Any] | None:
        """What the layer was built for, {"input_shape": ...}: a subclass may say more,
        for its `build_from_config`. None for one that is not built.
        """
        return None if self._built_for is None else {"input_shape": self._built_for}

    def build_from_config(self, config: Mapping[str, Any]) -> None:
        """Makes the weights, of what `get_build_config` gives."""
        if config and "input_shape" in config and not self.built:
            self.build(config["input_shape"])

    @property
    def path(self) -> str:
        """Where the layer stood when it was built: the names of the layers around it,
        "block/dense", then its own; its name before.
        """
        return self._path or self.name

    def serialized(self) -> dict[str, Any]:
        """{class_name, config}: the layer in the config of one that holds it."""
        return serialize(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"
