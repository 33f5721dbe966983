"""Calls of layers: on tensors, which computes, and on symbols, which writes the call
into a graph.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, ClassVar

from ...core.spec import FLOATS
from ...core.symbolic import symbol_in
from ...core.tensor import Tensor, as_numbers
from ...host.warned import warn
from . import shapes
from .building import Built
from .context import is_within_a_call, named_within, note_call, training_as, training_of
from .input_specs import check_inputs
from .losses import WithLosses, forget_losses
from .masks import masks_for, masks_on, put_masks
from .structures import leaves, mapped
from .symbols import Placed, symbols_in

_LONG = 32
"""Of a longer list only so many items are looked at: numbers stand in all of it."""


class Called(Built, Placed, WithLosses):
    """The half of a layer that is called."""

    autocast = True
    """Whether a layer casts floats that come in to its `dtype`, as in Keras."""
    whole_numbers: ClassVar[bool] = True
    """Whether whole numbers come to `call` as they are, not as floats of its `dtype`."""
    supports_masking = False
    """Whether masks go through the layer; a layer that gives `compute_mask` does."""
    input_spec: Any = None
    """What inputs must look like: an `InputSpec`, or a list of them; None for anything."""
    _takes_training: ClassVar[bool] = False
    _trains_by_default: ClassVar[bool] = False
    _takes_mask: ClassVar[bool] = False

    def __init_subclass__(cls, **options: Any):
        super().__init_subclass__(**options)
        if "call" in cls.__dict__:
            parameters = inspect.signature(cls.call).parameters
            cls._takes_training = "training" in parameters
            default = parameters["training"].default if cls._takes_training else False
            cls._trains_by_default = default is True
            cls._takes_mask = "mask" in parameters
            cls._know_arguments(list(parameters.values())[1:])
        if "compute_mask" in cls.__dict__ and "supports_masking" not in cls.__dict__:
            cls.supports_masking = True

    @classmethod
    def _know_arguments(cls, parameters: Sequence[inspect.Parameter]) -> None:
        by_place = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
        by_name = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
        names = [*by_place, *by_name] or ["inputs"]
        cls._first_name, cls._call_names = names[0], tuple(names[1:])
        cls._placed = tuple(by_place[1:])
        cls._rest = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), "")
        cls._takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters)

    # --- to be given by subclasses

    def call(self, *inputs: Any, **options: Any) -> Any:
        """`call(inputs)`, or with `training=False` and `mask=None` behind it: tensors
        in, tensors out, made of ops. It may take several tensors, and lists and dicts
        of them, in any of its arguments.
        """
        raise NotImplementedError(f"{type(self).__name__} needs a call(inputs) method")

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The output's shape, `None` where a size is unknown: that of `call`, followed
        without computing anything.

        Raises ValueError where the call fails.
        """
        self._build_once(input_shape)
        dtype = self.dtype if self.dtype in FLOATS else "float32"
        outputs = shapes.followed(self, shapes.specs_of(input_shape, dtype), {})
        return shapes.shapes_of(outputs)

    def compute_output_spec(self, *args: Any, **options: Any) -> Any:
        """What a call with these arguments gives, by shape and dtype: symbols for
        symbols, of which no graph knows. (`Symbol((None, 3), "float32")` is one alone.)

        Raises ValueError where the call fails.
        """
        first, training, options = self._sorted(args, options)
        self._build_for(first, options)
        return self._outputs_for(first, options, training)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask of the output, given the inputs' (None for none): the same, unless
        overridden. A mask is bool, [batch, steps], False where a step is left out.
        """
        return mask

    # --- calling

    def __call__(self, *args: Any, **options: Any) -> Any:
        """The outputs for tensors, or the symbols of them for symbols: what `call`
        takes, and `training`.

        `training` is what the layer around this one does, where it is not said; a call
        on symbols that says it means it for good, whatever the model around it does
        (`base(x, training=False)` keeps what is frozen as it is). A mask that a layer
        made goes with its output to the next one, where none is said.
        """
        first, training, options = self._sorted(args, options)
        if symbol_in((first, options)) is not None:
            return self._call_symbolic(first, options, training)
        training = training_of(training, self._trains_by_default)
        if not is_within_a_call():
            forget_losses(self)
        tensors, options = self._prepared(first, options)
        mask = options.pop("mask", None)
        mask = masks_on(first) if mask is None else mask
        outputs = self._call(tensors, training, mask, options)
        if mask is not None or (self.supports_masking and self.says_its_mask()):
            put_masks(outputs, self._mask_after(tensors, mask))
        return outputs

    def _sorted(
        self, args: Sequence[Any], options: dict[str, Any]
    ) -> tuple[Any, bool | None, dict[str, Any]]:
        """(the first argument, training, what else is said, by name)."""
        if not args:
            if self._first_name not in options:
                raise TypeError(f"{self.name}: call it with {self._first_name}, got nothing")
            args = (options.pop(self._first_name),)
        if len(args) > 1:
            options = {**self._more(args[1:]), **options}
        training = options.pop("training", None)
        if options.get("mask", 0) is None:
            del options["mask"]
        return args[0], training, options

    def _more(self, values: Sequence[Any]) -> dict[str, Any]:
        """By name, what was given behind the inputs."""
        if self._rest:
            rest = tuple(values[len(self._placed) :])
            return dict(zip(self._placed, values, strict=False)) | (
                {self._rest: rest} if rest else {}
            )
        names = self._call_names or ("training", "mask")
        if len(values) > len(names):
            raise TypeError(
                f"{self.name}: {type(self).__name__}.call takes {len(names) + 1} arguments, got"
                f" {len(values) + 1}; give several inputs as a list"
            )
        return dict(zip(names, values, strict=False))

    def _by_place(self, options: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """What stands behind the inputs where `call` takes `*args`, and the rest by
        name.
        """
        if not options.get(self._rest):
            return [], dict(options)
        named = {k: v for k, v in options.items() if k not in (*self._placed, self._rest)}
        return [*(options[name] for name in self._placed), *options[self._rest]], named

    def call_masked(
        self,
        inputs: Any,
        training: bool = False,
        mask: Any = None,
        logits: bool = False,
        said: Mapping[str, Any] | None = None,
    ) -> tuple[Any, Any]:
        """(outputs, their masks, None for none), with `logits` those of `call_logits`;
        `said` is what else the call is told, by name. Models hand masks on by this.
        """
        tensors, options = self._prepared(inputs, dict(said or {}))
        if logits:
            with self._weights_in_halves():
                outputs = self.call_logits(tensors, training)
        else:
            outputs = self._call(tensors, training, mask, options)
        return outputs, self._mask_after(tensors, mask)

    def _call(self, tensors: Any, training: bool, mask: Any, said: Mapping[str, Any]) -> Any:
        options = dict(said)
        if self._takes_training:
            options["training"] = training
        if self._takes_mask:
            options["mask"] = mask
        with training_as(training), named_within(self):
            try:
                behind, options = self._by_place(options)
                with self._weights_in_halves():
                    outputs = self.call(tensors, *behind, **options)
            except ValueError as error:
                raise self._named(error, tensors) from error
            if self.activity_regularizer is not None:
                self._penalise(outputs)
            return self._in_policy(outputs)

    def _named(self, error: ValueError, tensors: Any) -> Exception:
        """An error of a call, which says whose it is and what came in."""
        if type(error) is not ValueError or getattr(error, "names_a_layer", False):
            return error
        text, got = str(error), shapes.shapes_of(tensors)
        if not text.startswith(self.name):
            text = f"{self.name} ({type(self).__name__}), called on shape {got}: {text}"
        named = ValueError(text)
        named.names_a_layer = True  # type: ignore[attr-defined]
        return named

    def _mask_after(self, tensors: Any, mask: Any) -> Any:
        if self.supports_masking:
            return self.compute_mask(tensors, mask)
        if mask is not None and any(m is not None for m in leaves(mask)):
            warn(
                f"{self.name}: {type(self).__name__} does not support masks, so the layers after it"
                " will not see the mask that came with its input"
            )
        return None

    def _prepared(self, inputs: Any, options: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """The arguments with tensors of the layer's dtype, and the weights made."""
        note_call(self)
        tensors = self._tensors(inputs)
        if options:
            options = {name: mapped(self._as_option, value) for name, value in options.items()}
        if self.input_spec is not None:
            check_inputs(self, self.input_spec, tensors)
        if not self.built:
            self._build_for(tensors, options)
        return tensors, options

    def _tensors(self, inputs: Any) -> Any:
        """Inputs as tensors: one, or a list or dict of them; a tuple is a list."""
        if isinstance(inputs, Tensor):
            return self._autocast(inputs)
        if isinstance(inputs, Mapping):
            return {key: self._item(value) for key, value in inputs.items()}
        if isinstance(inputs, (list, tuple)):
            return [self._item(item) for item in inputs]
        return None if inputs is None else self._autocast(as_numbers(inputs))

    def _item(self, item: Any) -> Any:
        """One of several inputs: a list of numbers is one tensor."""
        nested = isinstance(item, Mapping) or (
            isinstance(item, (list, tuple)) and any(_is_array(part) for part in item[:_LONG])
        )
        if item is None or nested:
            return self._tensors(item) if nested else None
        return self._autocast(as_numbers(item))

    def _as_option(self, value: Any) -> Any:
        return self._autocast(as_numbers(value)) if _is_array(value) else value

    def _autocast(self, x: Tensor) -> Tensor:
        kinds = FLOATS if self.whole_numbers else (*FLOATS, "int32", "uint32", "uint8")
        dtype = self._inputs_dtype
        casts = self.autocast and x.dtype != dtype and {x.dtype, dtype} <= set(kinds)
        return x.astype(dtype) if casts else x

    # --- on symbols

    def _call_symbolic(self, first: Any, options: dict[str, Any], training: bool | None) -> Any:
        first = list(first) if isinstance(first, tuple) else first
        if self.input_spec is not None:
            check_inputs(self, self.input_spec, first)
        if self.built and self._weights and not options:
            self._check_shape(shapes.shapes_of(first))
        self._build_for(first, options)
        told = self._with_masks(first, options)
        outputs = self._outputs_for(first, told, training)
        if self._inner():  # following the call may have made one
            self._build_inner(first, told)
        node = self._add_node(first, outputs, options)
        node.training = training
        return node.result

    def _with_masks(self, first: Any, options: dict[str, Any]) -> dict[str, Any]:
        """The options of a call that is followed, with the masks that will be there."""
        rule = type(self).compute_output_shape is not Called.compute_output_shape
        if rule or not self._takes_mask or "mask" in options:
            return options
        masks = masks_for(first)
        return options if masks is None else {**options, "mask": masks}

    @classmethod
    def says_its_mask(cls) -> bool:
        """Whether masks are more than handed on: the class has a `compute_mask`."""
        return cls.compute_mask is not Called.compute_mask

    def _outputs_for(self, first: Any, options: Mapping[str, Any], training: bool | None) -> Any:
        """The outputs of a call, as symbols that stand alone."""
        rule = type(self).compute_output_shape is not Called.compute_output_shape
        if not rule or any(value not in (None, False) for value in options.values()):
            return shapes.followed(self, first, options, training)
        dtype = symbols_in(first)[0].dtype
        out = shapes.specs_of(
            self.compute_output_shape(shapes.shapes_of(first)), self._dtype_after(dtype)
        )
        if dtype in (*FLOATS, "string") or not self.whole_numbers:
            return out
        with suppress(ValueError):  # what becomes of other numbers the call itself says
            return shapes.followed(self, first, options, training)
        return out

    def _dtype_after(self, dtype: str) -> str:
        """The dtype of outputs whose shape a rule gives, for the first input's."""
        if dtype not in FLOATS and self.whole_numbers:
            return dtype
        return "float16" if self._is_mixed else "float32"

    def split_activation(self) -> str | None:
        """'softmax' or 'sigmoid' where that is the last thing the layer does and
        `call_logits` can leave it out.
        """
        return None

    def call_logits(self, inputs: Any, training: bool = False) -> Any:
        """`call` without the activation that `split_activation` names. Losses use it:
        stable, and one kernel fewer.
        """
        raise TypeError(
            f"{self.name} has no logits: its last activation is neither softmax nor sigmoid"
        )


def _is_array(value: Any) -> bool:
    """Whether a value is a tensor, or an array that one is made of."""
    return isinstance(value, Tensor) or hasattr(value, "__array_interface__")
