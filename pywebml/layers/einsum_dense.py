"""The dense layer whose product is said by an equation."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from .. import ops
from ..core.tensor import Tensor
from . import activations, constraints, initializers, regularizers
from .base import Layer
from .support.registry import layer
from .support.symbols import Shape


class _Shapes(NamedTuple):
    """What an equation comes to for one shape of inputs."""

    kernel: tuple[Any, ...]
    bias: tuple[Any, ...] | None
    output: Shape
    input_axes: list[int]
    output_axes: list[int]


@layer("EinsumDense")
class EinsumDense(Layer):
    """y = activation(einsum(equation, x, kernel) + bias).

    Shapes: as the equation says.
    Weights: kernel and bias, of the shapes that follow from equation and inputs.

    Args:
        equation: such as "ab,bc->ac", "...x,xy->...y" or "abc,cde->abde": inputs,
            kernel, result; '...' before or behind the letters for axes that only pass.
        output_shape: sizes of the result but for the batch (and what '...' stands for),
            None for those that the inputs decide.
        bias_axes: letters of the result whose axes have a bias of their own; None for
            no bias.

    Raises:
        ValueError: an equation of another form, or sizes that contradict each other or
            are not known.

    Example:
        >>> layer = layers.EinsumDense("abc,cd->abd", (None, 4), bias_axes="d")
        >>> layer(np.ones((2, 3, 5))).shape
        (2, 3, 4)
    """

    whole_numbers = False
    supports_masking = True

    def __init__(
        self,
        equation: str,
        output_shape: int | Sequence[int | None],
        activation: Any = None,
        bias_axes: str | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **options: Any,
    ):
        super().__init__(**options)
        self.equation, self.bias_axes = str(equation), bias_axes
        _parts(self.equation)
        sizes = (output_shape,) if isinstance(output_shape, int) else tuple(output_shape)
        self.partial_output_shape = sizes
        self.activation = activations.check(activation)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)

    def get_config(self) -> dict[str, Any]:
        config: dict[str, Any] = super().get_config()
        return {**config, "output_shape": list(self.partial_output_shape)}

    def build(self, input_shape: Shape) -> None:
        shapes = self._shapes(input_shape)
        if None in shapes.kernel or None in (shapes.bias or ()):
            raise ValueError(
                f"{self.name}: the sizes of kernel and bias must be known, got {shapes.kernel} and"
                f" {shapes.bias} for inputs of shape {input_shape} and {self.equation!r}"
            )
        start = self.kernel_initializer
        if isinstance(start, initializers.VarianceScaling):
            start = start.with_axes(shapes.input_axes, shapes.output_axes)
        self.kernel = self.add_weight(
            shape=shapes.kernel,
            initializer=start,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="kernel",
        )
        self.bias: Any = None
        if shapes.bias is not None:
            self.bias = self.add_weight(
                shape=shapes.bias,
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                name="bias",
            )

    def _shapes(self, shape: Shape) -> _Shapes:
        """ValueError for what does not fit."""
        before, inputs, kernel, result, behind = _parts(self.equation)
        elided = len(shape) - len(inputs)
        if elided < 0 or (elided and not (before or behind)):
            raise ValueError(
                f"{self.name}: {self.equation!r} takes inputs of {len(inputs)} axes"
                f"{' or more' if before or behind else ''}, got shape {shape}"
            )
        # the batch is the first letter's, or the first of those that '...' stands for
        hidden = shape[:elided] if before else shape[len(inputs) :]
        out = list(self.partial_output_shape)
        out = [*(hidden or shape[:1]), *out] if before else [shape[0], *out, *hidden]
        if len(out) != len(result) + elided:
            raise ValueError(
                f"{self.name}: output_shape {self.partial_output_shape} and the batch must be"
                f" {len(result)} sizes for {self.equation!r}"
            )
        start = elided if before else 0
        sizes_in = {x: shape[start + i] for i, x in enumerate(inputs)}
        sizes_out = {x: out[start + i] for i, x in enumerate(result)}
        for x in inputs:
            ours = sizes_out.get(x)
            if ours is not None and sizes_in[x] is not None and ours != sizes_in[x]:
                raise ValueError(
                    f"{self.name}: {x!r} in {self.equation!r} is {sizes_in[x]} in inputs of shape"
                    f" {shape} and {ours} in the output"
                )
        sizes = {**sizes_in, **{x: n for x, n in sizes_out.items() if n is not None}}
        full = [sizes.get(x, n) if x in sizes_in else n for x, n in sizes_out.items()]
        output = (*hidden, *full) if before else (*full, *hidden)
        axes_in = [i for i, x in enumerate(kernel) if x not in result]
        axes_out = [i for i, x in enumerate(kernel) if x in result]
        bias = None
        if self.bias_axes is not None:
            places = [result.find(x) for x in self.bias_axes]
            if -1 in places or not places:
                raise ValueError(
                    f"{self.name}: bias_axes {self.bias_axes!r} must be letters of the result"
                    f" {result!r}"
                )
            bias = tuple(sizes[x] if x in self.bias_axes else 1 for x in result[min(places) :])
            bias = (*bias, *([1] * elided if behind else ()))
        return _Shapes(tuple(sizes[x] for x in kernel), bias, output, axes_in, axes_out)

    def call(self, inputs: Tensor) -> Tensor:
        width = self._contracted(inputs.ndim)
        if width is None:
            y = ops.einsum(self.equation, inputs, self.kernel)
            y = y if self.bias is None else y + self.bias
            return activations.get(self.activation)(y)
        within, after = activations.fused(self.activation)
        lead, sizes = inputs.shape[: inputs.ndim - width], self.kernel.shape
        k, n = math.prod(sizes[:width]), math.prod(sizes[width:])
        bias = None if self.bias is None else self.bias.reshape(n)
        x = inputs.reshape(math.prod(lead), k)
        y = ops.dense(x, self.kernel.reshape(k, n), bias, activation=within)
        return after(y.reshape(*lead, *sizes[width:]))

    def _contracted(self, rank: int) -> int | None:
        """How many of the last axes of inputs are summed over, where the whole is one
        matrix product with a bias for each column; None elsewhere.
        """
        _, inputs, kernel, result, behind = _parts(self.equation)
        summed = [x for x in kernel if x not in result]
        fresh = [x for x in kernel if x in result]
        width = len(summed)
        plain = not behind and width > 0 and [*summed, *fresh] == list(kernel)
        plain = plain and list(inputs[len(inputs) - width :]) == summed
        plain = plain and list(result) == [*inputs[: len(inputs) - width], *fresh]
        columns = self.bias_axes is None or self.bias_axes == "".join(fresh)
        return width if plain and columns and fresh and rank > width else None

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        shape = self._shapes(tuple(input_shape)).output
        return activations.shape_after(self.activation, shape)  # type: ignore[no-any-return]


def _parts(equation: str) -> tuple[bool, str, str, str, bool]:
    """Whether '...' stands before, the letters of inputs, kernel and result, and
    whether it stands behind. ValueError for another form.
    """
    match = re.fullmatch(
        r"(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?",
        re.sub(r"\s", "", equation),
    )
    if match is None or (match[1], match[3]) != (match[5], match[7]) or (match[1] and match[3]):
        raise ValueError(
            f"EinsumDense: {equation!r} is no equation of the form 'ab,bc->ac', '...a,ab->...b' or"
            " 'ab...,bc->ac...'"
        )
    before, inputs, behind, kernel, _, result, _ = match.groups()
    for x in kernel:
        if x not in inputs and x not in result:
            raise ValueError(
                f"EinsumDense: {x!r} of the kernel in {equation!r} must stand in inputs or result"
            )
    for x in result:
        if x not in inputs and x not in kernel:
            raise ValueError(
                f"EinsumDense: {x!r} of the result in {equation!r} must stand in inputs or kernel"
            )
    return bool(before), inputs, kernel, result, bool(behind)
