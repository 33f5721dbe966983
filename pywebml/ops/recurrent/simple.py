"""The simple recurrent layer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.composite import composite
from ...core.lowering import Lowering
from ...core.op import Case, register
from ...core.spec import Spec
from ...core.tensor import Tensor
from ...host.lazy import np
from ..linalg.dense import dense
from ..support.activation import activate, check_activation
from .sequence import (
    Recurrence,
    backward,
    begin,
    checked,
    forward,
    masking_of,
    previous,
    sample_layers,
    sample_sequences,
    shifted,
    takes_part,
    to_kernel,
)

__all__ = ["simple_rnn", "simple_rnn_step"]


_SAMPLES = ("tanh", "relu", None, "sigmoid", "relu6", "tanh")


@register
@dataclass(frozen=True)
class SimpleRNN(Recurrence):
    """x [n, t, u], kernel [u, u], h0 [n, u] -> all h [n, t, u]; h' = activation(x + h .
    kernel) (Elman 1990).
    """

    activation: str | None = "tanh"

    def infer(self, *ins: Spec) -> Spec | tuple[Spec, ...]:
        check_activation(self.name, self.activation)
        return super().infer(*ins)

    def numpy(self, x: Any, w: Any, h: Any, *mask: Any) -> Any:
        hs = np.empty(x.shape, x.dtype)
        for step in range(x.shape[1]):
            after = activate(x[:, step] + h @ w, self.activation)
            h = hs[:, step] = np.where(takes_part(mask, step), after, h)
        return hs

    def gpu(self, k: Lowering) -> None:
        forward(k, self, "simple", [k.ins[2]], ())

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        dx, dh, before = SimpleRNNGrad(self.masked, self.activation)(*ins, *outs, grads[0])
        return (dx, to_kernel(before, dx), dh, *[None] * self.masked)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for sample, activation in zip(sample_sequences(cls), _SAMPLES, strict=True):
            op, name = cls(sample.masked, activation), f"{sample.name}, {activation}"
            yield Case(name, op, sample.arrays, forms=sample.forms)


@register
@dataclass(frozen=True)
class SimpleRNNGrad(Recurrence):
    """The inputs of SimpleRNN, its results and their gradient -> gradients to x [n, t,
    u] and h0, and the h that each step began with.
    """

    activation: str | None = "tanh"

    def infer(self, *ins: Spec) -> tuple[Spec, ...]:
        n, t, u = self.sizes(ins)
        return Spec((n, t, u)), Spec((n, u)), Spec((n, t, u))

    def numpy(self, x: Any, w: Any, h0: Any, *rest: Any) -> Any:
        mask, (hs, dhs) = rest[: self.masked], rest[self.masked :]
        dx, dh = np.empty(x.shape, x.dtype), np.zeros_like(h0)
        for step in reversed(range(x.shape[1])):
            dh = dh + dhs[:, step]
            active = takes_part(mask, step)
            dx[:, step] = np.where(active, dh * _slope(hs[:, step], self.activation), 0)
            dh = np.where(active, 0, dh) + dx[:, step] @ w.T
        return dx, dh, shifted(h0, hs)

    def gpu(self, k: Lowering) -> None:
        h0 = k.ins[2]
        hs, dhs = k.ins[3 + self.masked :]
        dx, dh0, before = k.outs
        sizes = self.sizes(k.ins)
        previous(k, self, sizes, h0, hs, before)
        mask = k.ins[3] if self.masked else hs
        backward(k, self, "simple_grad", sizes, dh0, [hs, dhs, mask, dx], at=4)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for sample, activation in zip(sample_sequences(SimpleRNN), _SAMPLES, strict=True):
            op, name = cls(sample.masked, activation), f"{sample.name}, {activation}"
            hs = SimpleRNN(sample.masked, activation).numpy(*sample.arrays)
            inputs = (*sample.arrays, hs, np.cos(7 * hs))
            yield Case(name, op, inputs, forms=sample.forms)


def _slope(y: Any, activation: str | None) -> Any:
    """NumPy: an activation's slope where it gave y."""
    slopes = {
        "relu": lambda: y > 0,
        "relu6": lambda: (y > 0) & (y < 6),
        "sigmoid": lambda: y * (1 - y),
        "tanh": lambda: 1 - y * y,
    }
    return slopes[activation]() if activation else 1.0


def _simple_rnn(x: Any, w: Any, r: Any, bias: Any = 0.0, mask: Any = None) -> Any:
    h = np.zeros((len(x), len(r)), x.dtype)
    masking = [] if mask is None else [mask]
    return SimpleRNN(mask is not None).numpy(x @ w + bias, r, h, *masking)


@composite(meaning=_simple_rnn, cases=lambda: sample_layers(1, 1, 1, False))
def simple_rnn(
    x: Any,
    kernel: Any,
    recurrent_kernel: Any,
    bias: Any = None,
    *,
    h: Any = None,
    mask: Any = None,
    activation: str | None = "tanh",
) -> Tensor:
    """A fully connected recurrent layer over sequences x [n, t, k] -> all h [n, t, u].

    h' = activation(x . kernel + h . recurrent_kernel + bias), as in Keras. `kernel` is
    [k, u], `recurrent_kernel` [u, u], `bias` [u]; `h` [n, u] begins, or zeros. Where
    `mask` [n, t] is false, a step leaves the state as it is. `activation`: None,
    'relu', 'relu6', 'sigmoid' or 'tanh'.

    ValueError for shapes that do not fit. The gradient has no gradient itself.

    Example:
        >>> x = ops.ones((1, 3, 2))
        >>> kernel, recurrent = ops.ones((2, 1)), ops.ones((1, 1))
        >>> ops.simple_rnn(x, kernel, recurrent, activation=None).numpy()[0, :, 0]
        array([2., 4., 6.], dtype=float32)
    """
    x, recurrent_kernel = checked("simple_rnn", x, 3, recurrent_kernel)
    state = begin(x, recurrent_kernel.shape[0], h)
    masking = masking_of(mask)
    products = dense(x, kernel, bias)  # of all steps: [n, t, u]
    op = SimpleRNN(bool(masking), activation)
    hs: Tensor = op(products, recurrent_kernel, state, *masking)
    return hs


def _simple_rnn_step(x: Any, h: Any, w: Any, r: Any, bias: Any = 0.0) -> Any:
    return np.tanh(x @ w + bias + h @ r)


@composite(meaning=_simple_rnn_step, cases=lambda: sample_layers(1, 1, 1, True))
def simple_rnn_step(
    x: Any,
    h: Any,
    kernel: Any,
    recurrent_kernel: Any,
    bias: Any = None,
    *,
    activation: str | None = "tanh",
) -> Tensor:
    """One step of `simple_rnn`: x [n, k], h [n, u] -> h after it.

    Example:
        >>> kernels = ops.ones((2, 1)), ops.ones((1, 1))
        >>> h = ops.simple_rnn_step([[0.5, 0.5]], [[1.0]], *kernels)
        >>> h.numpy()
        array([[0.964]], dtype=float32)
    """
    x, recurrent_kernel = checked("simple_rnn_step", x, 2, recurrent_kernel)
    products = dense(x, kernel, bias).expand_dims(1)
    hs: Tensor = SimpleRNN(False, activation)(products, recurrent_kernel, h)
    return hs.squeeze(1)
