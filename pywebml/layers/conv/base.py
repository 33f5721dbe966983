"""What all convolutions share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from ...core.tensor import Tensor, Variable
from ...ops.support.window import extent, numbers, paddings
from .. import activations, constraints, initializers, regularizers
from ..spatial import Spatial, at_least_one, check_padding
from ..support.symbols import Shape

_KINDS: dict[str, Any] = {
    "initializer": initializers,
    "regularizer": regularizers,
    "constraint": constraints,
}


class Convolution(Spatial):
    """Window, strides, padding, bias and activation. A subclass makes its filters in
    `build`, and says what `_convolve` does with them.
    """

    config_keys: ClassVar = {"groups": None}
    whole_numbers = False
    paddings: ClassVar[tuple[str, ...]] = ("valid", "same")
    dilated_steps: ClassVar = False
    """Whether windows with gaps may take strides: where Keras does not refuse them."""

    filters: int
    bias: Variable | None
    bias_initializer: Any

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int],
        padding: Any,
        dilation_rate: int | Sequence[int],
        activation: Any,
        use_bias: bool,
        groups: int = 1,
        **options: Any,
    ):
        kind = type(self).__name__
        super().__init__(**options)
        self.kernel_size = numbers(kernel_size, self.rank, f"{kind}: kernel_size")
        self.strides = numbers(strides, self.rank, f"{kind}: strides")
        self.dilation_rate = numbers(dilation_rate, self.rank, f"{kind}: dilation_rate")
        if self._steps_and_gaps and not self.dilated_steps:
            raise ValueError(
                f"{kind}: strides {strides} and dilation_rate {dilation_rate} do not go together;"
                " one of them must be 1"
            )
        self.padding: Any = check_padding(kind, padding, self.rank, self.paddings)
        self.use_bias = bool(use_bias)
        self.activation = activations.check(activation)
        self.groups = at_least_one(kind, "groups", groups)

    def _keep(self, **ways: Any) -> None:
        """How weights begin and what holds them: `kernel_initializer` and the like."""
        for name, value in ways.items():
            setattr(self, name, _KINDS[name.rpartition("_")[2]].get(value))

    def _weight(self, name: str, shape: Sequence[int], role: str) -> Variable:
        """A new weight, begun and held as the arguments of its role say."""
        return self.add_weight(
            name=name,
            shape=shape,
            **{kind: getattr(self, f"{role}_{kind}") for kind in _KINDS},
        )

    def _add_bias(self, channels: int) -> None:
        self.bias = self._weight("bias", (channels,), "bias") if self.use_bias else None

    @property
    def _pads(self) -> Any:
        """The padding as ops have it: of 'causal', all before the first step."""
        if self.padding != "causal":
            return self.padding
        return ((extent(self.kernel_size[0], self.dilation_rate[0]) - 1, 0),)

    @property
    def _steps_and_gaps(self) -> bool:
        return max(self.strides) > 1 and max(self.dilation_rate) > 1

    def _slid(self, inputs: Tensor, convolve: Callable[[Any, Any], Tensor]) -> Tensor:
        """`convolve(strides, padding)`. Ops take no strides for windows with gaps: of
        all windows those are left that the strides come to.
        """
        if not self._steps_and_gaps:
            return convolve(self.strides, self._pads)
        sizes = self.sizes_of(inputs.shape)
        pads = paddings(self._pads, sizes, self.kernel_size, self.strides, self.dilation_rate)
        every = [slice(None, None, stride) for stride in self.strides]
        first = [slice(None)] * (2 if self.data_format == "channels_first" else 1)
        left: Tensor = convolve(1, pads)[(*first, *every)]
        return left

    def _convolve(self, inputs: Tensor, activation: str | None) -> Tensor:
        raise NotImplementedError

    def call(self, inputs: Tensor) -> Tensor:
        within, after = activations.fused(self.activation)
        return after(self._convolve(inputs, within))

    def split_activation(self) -> str | None:
        return activations.splits(self.activation)

    def call_logits(self, inputs: Tensor, training: bool = False) -> Tensor:
        return self._convolve(inputs, None)

    def _channels_out(self, input_shape: Shape) -> int:
        """How many channels come out."""
        return self.filters

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        self.channels_of(input_shape)
        return self.windows_shape(
            input_shape,
            self._channels_out(input_shape),
            self.kernel_size,
            self.strides,
            self._pads,
            self.dilation_rate,
        )
