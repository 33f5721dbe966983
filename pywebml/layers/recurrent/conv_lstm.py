"""Long short-term memories whose products are convolutions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ... import ops
from ...core.tensor import Tensor
from ..support.registry import layer
from ..support.symbols import Shape
from .lstm import LSTMCell
from .of_cell import OfCell, of_cell
from .states import mapped


class ConvLSTMCell(LSTMCell):
    """One step: the gates of an `LSTMCell`, of pictures [batch, *sizes, channels] that
    are convolved.
    """

    implementation = 1  # what is dropped is drawn for each gate
    kernel_size: tuple[int, ...]
    strides: tuple[int, ...]
    dilation_rate: tuple[int, ...]

    def __init__(
        self,
        filters: int,
        kernel_size: tuple[int, ...],
        strides: tuple[int, ...],
        padding: str,
        dilation_rate: tuple[int, ...],
        *settings: Any,
        **options: Any,
    ):
        super().__init__(filters, *settings, **options)
        self.kernel_size, self.strides, self.padding = kernel_size, strides, padding
        self.dilation_rate = dilation_rate
        self._sizes: tuple[int, ...] = ()

    def build(self, input_shape: Any) -> None:
        _, *sizes, channels = input_shape
        if None in input_shape[1:]:
            raise ValueError(
                f"{self.name}: sizes and channels of the steps must be known, got {input_shape}"
            )
        wide = self.gates * self.units
        shape, back = (*self.kernel_size, channels, wide), (*self.kernel_size, self.units, wide)
        self.kernel = self._add("kernel", shape, self.kernel_initializer)
        self.recurrent_kernel = self._add("recurrent_kernel", back, self.recurrent_initializer)
        self.bias = None
        if self.use_bias:
            self.bias = self._add("bias", self._bias_shape(), self._bias_initializer())
        self._sizes = self.output_sizes(sizes)

    def output_sizes(self, sizes: Sequence[Any]) -> tuple[Any, ...]:
        """How large the pictures of the state are; ValueError where none fits."""
        settings = zip(sizes, self.kernel_size, self.strides, self.dilation_rate, strict=True)
        out = []
        for n, kernel, stride, dilation in settings:
            room = 0 if self.padding == "same" else (kernel - 1) * dilation
            if n is not None and n <= room:
                raise ValueError(
                    f"{self.name}: a kernel of {self.kernel_size} does not fit into steps of"
                    f" {tuple(sizes)}"
                )
            out.append(None if n is None else -(-(n - room) // stride))
        return tuple(out)

    @property
    def state_size(self) -> list[Any]:
        shape = (*self._sizes, self.units)
        return [shape, shape]

    @property
    def output_size(self) -> Any:
        return (*self._sizes, self.units)

    def get_initial_state(self, batch_size: int) -> list[Tensor]:
        """Zeros, two [batch, *sizes, filters]."""
        return [ops.zeros((batch_size, *self._sizes, self.units), self.dtype)] * 2

    def products(self, x: Tensor, training: bool) -> Tensor:
        """What the gates get of pictures [batch, steps, *sizes, channels], of all steps
        at once, or of one step's.
        """
        one = x.ndim == len(self.kernel_size) + 2
        steps = x.expand_dims(1) if one else x
        n, t, *rest = steps.shape
        masks = self._masks((n, 1, *rest), self.dropout) if self._drops(training) else [None]
        kernels = ops.split(self.kernel, len(masks), -1) if len(masks) > 1 else [self.kernel]
        parts = []
        for mask, kernel in zip(masks, kernels, strict=True):
            pictures = (steps if mask is None else steps * mask).reshape((n * t, *rest))
            parts.append(self._convolved(pictures, kernel, self.strides, self.padding))
        product = ops.concat(parts, -1) if len(parts) > 1 else parts[0]
        product = product if self.bias is None else product + self.bias
        return product if one else product.reshape((n, t, *product.shape[1:]))

    def _product(self, x: Tensor, kernel: Any, masks: Sequence[Tensor]) -> Tensor:
        """Of the state."""
        ones = (1,) * len(self.kernel_size)
        if not masks:
            return self._convolved(x, kernel, ones, "same", ones)
        parts = zip(masks, ops.split(kernel, len(masks), -1), strict=True)
        return ops.concat([self._convolved(x * m, k, ones, "same", ones) for m, k in parts], -1)

    def _convolved(
        self,
        x: Tensor,
        kernel: Any,
        strides: tuple[int, ...],
        padding: str,
        dilations: tuple[int, ...] | None = None,
    ) -> Tensor:
        dilations = self.dilation_rate if dilations is None else dilations
        if len(strides) == 1:
            return ops.conv1d(x, kernel, strides[0], padding, dilation=dilations[0])
        if len(strides) == 2:
            return ops.conv2d(x, kernel, strides, padding, dilations=dilations)  # type: ignore[arg-type]
        return ops.conv3d(x, kernel, strides, padding, dilations=dilations)  # type: ignore[arg-type]

    def whole(self, x: Tensor, states: list[Tensor], mask: Any, training: bool) -> None:
        return None


class ConvLSTM(OfCell):
    """What the three below share: all but the number of axes."""

    rank: ClassVar[int]
    cell: ConvLSTMCell

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = 1,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        **options: Any,
    ):
        who = type(self).__name__
        if filters < 1:
            raise ValueError(f"{who}: filters must be at least 1, got {filters}")
        if padding not in ("valid", "same"):
            raise ValueError(f"{who}: padding must be 'valid' or 'same', got {padding!r:.80}")
        if data_format not in (None, "channels_last", "channels_first"):
            raise ValueError(
                f"{who}: data_format must be 'channels_last' or 'channels_first', got"
                f" {data_format!r:.80}"
            )
        steps = self._each("strides", strides)
        dilations = self._each("dilation_rate", dilation_rate)
        if max(steps) > 1 and max(dilations) > 1:
            raise ValueError(
                f"{who}: strides above 1 and a dilation_rate above 1 exclude each other, got"
                f" {steps} and {dilations}"
            )
        self.data_format = data_format or "channels_last"
        cell = ConvLSTMCell(
            filters,
            self._each("kernel_size", kernel_size),
            steps,
            padding,
            dilations,
            activation,
            recurrent_activation,
            use_bias,
            kernel_initializer,
            recurrent_initializer,
            bias_initializer,
            unit_forget_bias,
            kernel_regularizer,
            recurrent_regularizer,
            bias_regularizer,
            kernel_constraint,
            recurrent_constraint,
            bias_constraint,
            dropout,
            recurrent_dropout,
            seed,
            **self._for_cell(options, "conv_lstm_cell"),
        )
        super().__init__(
            cell,
            return_sequences,
            return_state,
            go_backwards,
            stateful,
            activity_regularizer=activity_regularizer,
            **options,
        )

    filters = of_cell("units")
    kernel_size = of_cell("kernel_size")
    strides = of_cell("strides")
    padding = of_cell("padding")
    dilation_rate = of_cell("dilation_rate")
    recurrent_activation = of_cell("recurrent_activation")
    unit_forget_bias = of_cell("unit_forget_bias")

    def _each(self, name: str, value: int | Sequence[int]) -> tuple[int, ...]:
        """One number per axis. ValueError for another count, or numbers below 1."""
        each = (value,) * self.rank if isinstance(value, int) else tuple(value)
        if len(each) != self.rank or min(each) < 1:
            raise ValueError(
                f"{type(self).__name__}: {name} must be a whole number above 0, or {self.rank} of"
                f" them, got {value!r}"
            )
        return each

    @property
    def _first(self) -> bool:
        return self.data_format == "channels_first"

    def _sequence(self, shape: Any) -> Shape:
        """Channels last."""
        batch, steps, *rest = super()._sequence(shape)
        if len(rest) != self.rank + 1:
            raise ValueError(
                f"{self.name}: {type(self).__name__} takes [batch, steps,"
                f" {self.rank} sizes and channels], got shape {tuple(shape)}"
            )
        return (batch, steps, *rest[1:], rest[0]) if self._first else (batch, steps, *rest)

    def compute_output_shape(self, input_shape: Any, initial_state_shape: Any = None) -> Any:
        batch, steps, *sizes, _ = self._sequence(input_shape)
        inner = (*self.cell.output_sizes(sizes), self.filters)
        inner = (inner[-1], *inner[:-1]) if self._first else inner
        output = (batch, steps, *inner) if self.return_sequences else (batch, *inner)
        state = (batch, *inner)
        return [output, state, state] if self.return_state else output

    def call(
        self, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool = False
    ) -> Any:
        if not self._first:
            return super().call(sequences, initial_state, mask, training)
        x, *more = sequences if isinstance(sequences, (list, tuple)) else [sequences]
        states = more or initial_state
        states = None if states is None else mapped(self._channels_last, states)
        outputs = super().call(self._channels_last(x), states, mask, training)
        return mapped(self._channels_first, outputs)

    def _channels_last(self, x: Tensor) -> Tensor:
        lead = x.ndim - self.rank - 1
        return x.transpose((*range(lead), *range(lead + 1, x.ndim), lead))

    def _channels_first(self, x: Tensor) -> Tensor:
        lead = x.ndim - self.rank - 1
        return x.transpose((*range(lead), x.ndim - 1, *range(lead, x.ndim - 1)))


@layer("ConvLSTM1D")
class ConvLSTM1D(ConvLSTM):
    """A long short-term memory over sequences of sequences, whose products are
    convolutions (Shi et al. 2015).

    Shapes: [batch, steps, width, channels] -> [batch, *sizes, filters], with
    `return_sequences` [batch, steps, *sizes, filters].
    Weights: kernel [*kernel_size, channels, 4 filters], recurrent_kernel
    [*kernel_size, filters, 4 filters], bias [4 filters], for the gates i, f, g, o.

    Args:
        strides: of the inputs' convolution; that of the state has strides of 1 and
            keeps its size.
        padding: of the inputs' convolution, "valid" or "same".
        data_format: "channels_last" (by default) or "channels_first".
        dropout, recurrent_dropout: the shares of inputs and of the state that are
            dropped while training, the same at all steps.
        return_sequences: the outputs of all steps instead of the last one's.
        return_state: the last h and c, too.

    Raises:
        ValueError: settings that do not fit, or steps whose sizes are not known.

    Example:
        >>> layers.ConvLSTM1D(3, 3)(np.ones((1, 4, 8, 2))).shape
        (1, 6, 3)
    """

    rank = 1


@layer("ConvLSTM2D")
class ConvLSTM2D(ConvLSTM):
    """A long short-term memory over sequences of pictures, whose products are
    convolutions (Shi et al. 2015).

    Shapes: [batch, steps, height, width, channels] -> [batch, *sizes, filters], with
    `return_sequences` [batch, steps, *sizes, filters].
    Weights: kernel [*kernel_size, channels, 4 filters], recurrent_kernel
    [*kernel_size, filters, 4 filters], bias [4 filters], for the gates i, f, g, o.

    Args:
        strides: of the inputs' convolution; that of the state has strides of 1 and
            keeps its size.
        padding: of the inputs' convolution, "valid" or "same".
        data_format: "channels_last" (by default) or "channels_first".
        dropout, recurrent_dropout: the shares of inputs and of the state that are
            dropped while training, the same at all steps.
        return_sequences: the outputs of all steps instead of the last one's.
        return_state: the last h and c, too.

    Raises:
        ValueError: settings that do not fit, or steps whose sizes are not known.

    Example:
        >>> layers.ConvLSTM2D(3, 3)(np.ones((1, 4, 8, 8, 2))).shape
        (1, 6, 6, 3)
    """

    rank = 2


@layer("ConvLSTM3D")
class ConvLSTM3D(ConvLSTM):
    """A long short-term memory over sequences of volumes, whose products are
    convolutions (Shi et al. 2015).

    Shapes: [batch, steps, depth, height, width, channels] -> [batch, *sizes, filters],
    with `return_sequences` [batch, steps, *sizes, filters].
    Weights: kernel [*kernel_size, channels, 4 filters], recurrent_kernel
    [*kernel_size, filters, 4 filters], bias [4 filters], for the gates i, f, g, o.

    Args:
        strides: of the inputs' convolution; that of the state has strides of 1 and
            keeps its size.
        padding: of the inputs' convolution, "valid" or "same".
        data_format: "channels_last" (by default) or "channels_first".
        dropout, recurrent_dropout: the shares of inputs and of the state that are
            dropped while training, the same at all steps.
        return_sequences: the outputs of all steps instead of the last one's.
        return_state: the last h and c, too.

    Raises:
        ValueError: settings that do not fit, or steps whose sizes are not known.

    Example:
        >>> layers.ConvLSTM3D(3, 3)(np.ones((1, 2, 4, 4, 4, 1))).shape
        (1, 2, 2, 2, 3)
    """

    rank = 3
