"""Long short-term memory."""

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
from ..linalg.matmul import MatMul
from .sequence import (
    NO_GRADIENT_TO_C,
    Recurrence,
    backward,
    begin,
    checked,
    flat,
    forward,
    masking_of,
    previous,
    product_of,
    sample_layers,
    sample_sequences,
    shifted,
    sigmoid,
    takes_part,
    to_kernel,
)

__all__ = ["lstm", "lstm_step"]


@register
@dataclass(frozen=True)
class LSTM(Recurrence):
    """x [n, t, 4 u], kernel [u, 4 u], h0 and c0 [n, u] -> all h and all c [n, t, u].

    i, f, g, o = x + h . kernel; c' = s(f) c + s(i) tanh(g); h' = s(o) tanh(c'), with s
    the sigmoid (Hochreiter and Schmidhuber 1997, Gers et al. 2000).
    """

    gates = 4
    others = ("h0", "c0")
    states = 2

    def numpy(self, x: Any, w: Any, h: Any, c: Any, *mask: Any) -> Any:
        n, t, u = self.sizes((x, w))
        hs, cs = np.empty((n, t, u), x.dtype), np.empty((n, t, u), x.dtype)
        for step in range(t):
            i, f, g, o = np.split(x[:, step] + h @ w, 4, axis=1)  # each [n, u]
            after = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            active = takes_part(mask, step)
            h = np.where(active, sigmoid(o) * np.tanh(after), h)
            c = np.where(active, after, c)
            hs[:, step], cs[:, step] = h, c
        return hs, cs

    def gpu(self, k: Lowering) -> None:
        forward(k, self, "lstm", k.ins[2:4], ())

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        to_h = outs[0].zeros_like() if grads[0] is None else grads[0]
        to_c = [] if grads[1] is None else [grads[1]]
        dx, dh, dc, before = LSTMGrad(self.masked, bool(to_c))(*ins, *outs, to_h, *to_c)
        return (dx, to_kernel(before, dx), dh, dc, *[None] * self.masked)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for sample in sample_sequences(cls):
            yield Case(sample.name, cls(sample.masked), sample.arrays, forms=sample.forms)


@register
@dataclass(frozen=True)
class LSTMGrad(Recurrence):
    """The inputs of LSTM, its results and their gradients (that of c only with `to_c`)
    -> gradients to x [n, t, 4 u], h0 and c0, and the h that each step began with.
    """

    to_c: bool = False
    gates = 4

    def infer(self, *ins: Spec) -> tuple[Spec, ...]:
        n, t, u = self.sizes(ins)
        return Spec((n, t, 4 * u)), Spec((n, u)), Spec((n, u)), Spec((n, t, u))

    def numpy(self, x: Any, w: Any, h0: Any, c0: Any, *rest: Any) -> Any:
        mask, (hs, cs, dhs, *dcs) = rest[: self.masked], rest[self.masked :]
        before, c_before = shifted(h0, hs), shifted(c0, cs)
        dx = np.empty(x.shape, x.dtype)
        dh, dc = np.zeros_like(h0), np.zeros_like(c0)
        for step in reversed(range(x.shape[1])):
            c = c_before[:, step]
            i, f, g, o = np.split(x[:, step] + before[:, step] @ w, 4, axis=1)
            i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
            bent = np.tanh(f * c + i * g)
            active = takes_part(mask, step)
            dh = dh + dhs[:, step]
            dc = dc + (dcs[0][:, step] if dcs else 0)
            into = dc + dh * o * (1 - bent * bent)
            slopes = [
                into * g * i * (1 - i),
                into * c * f * (1 - f),
                into * i * (1 - g * g),
                dh * bent * o * (1 - o),
            ]
            dx[:, step] = np.where(active, np.concatenate(slopes, axis=1), 0)  # [n, 4 u]
            dh = np.where(active, 0, dh) + dx[:, step] @ w.T
            dc = np.where(active, into * f, dc)
        return dx, dh, dc, before

    def gpu(self, k: Lowering) -> None:
        x, w, h0, c0 = k.ins[:4]
        hs, cs, dhs, *dcs = k.ins[4 + self.masked :]
        dx, dh0, dc0, before = k.outs
        sizes = self.sizes(k.ins)
        c_before = k.scratch(cs.shape)
        previous(k, self, sizes, h0, hs, before)
        previous(k, self, sizes, c0, cs, c_before)
        join = MatMul(join="add")
        k.launches += product_of(k, join, [flat(before), w, flat(x)], flat(dx))
        mask = k.ins[4] if self.masked else hs
        backward(
            k, self, "lstm_grad", sizes, dh0, [dx, c_before, dhs, dcs[0] if dcs else dhs, mask],
            [dc0], flags=0 if dcs else NO_GRADIENT_TO_C,
        )  # fmt: skip

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for i, sample in enumerate(sample_sequences(LSTM)):
            op = cls(sample.masked, i % 3 > 0)
            results = LSTM(sample.masked).numpy(*sample.arrays)
            slopes = [np.cos(7 * y) for y in results[: 1 + op.to_c]]
            inputs = (*sample.arrays, *results, *slopes)
            yield Case(sample.name, op, inputs, forms=sample.forms)


def _lstm(x: Any, w: Any, r: Any, bias: Any = 0.0, mask: Any = None) -> Any:
    h = np.zeros((len(x), len(r)), x.dtype)
    return LSTM(mask is not None).numpy(x @ w + bias, r, h, h, *([] if mask is None else [mask]))


@composite(meaning=_lstm, cases=lambda: sample_layers(4, 1, 2, False))
def lstm(
    x: Any,
    kernel: Any,
    recurrent_kernel: Any,
    bias: Any = None,
    *,
    h: Any = None,
    c: Any = None,
    mask: Any = None,
) -> tuple[Tensor, Tensor]:
    """A long short-term memory over sequences x [n, t, k] -> (all h [n, t, u], all c
    [n, t, u]).

    i, f, g, o = x . kernel + h . recurrent_kernel + bias; c' = sigmoid(f) c +
    sigmoid(i) tanh(g); h' = sigmoid(o) tanh(c'), as in Keras. `kernel` is [k, 4 u],
    `recurrent_kernel` [u, 4 u], `bias` [4 u]; `h` and `c` [n, u] begin, or zeros.
    Where `mask` [n, t] is false, a step leaves the state as it is.

    ValueError for shapes that do not fit. The gradient has no gradient itself.

    Example:
        >>> x = ops.ones((1, 3, 2))
        >>> kernel, recurrent = ops.ones((2, 4)), ops.ones((1, 4))
        >>> h, c = ops.lstm(x, kernel, recurrent)
        >>> h.numpy()[0, :, 0]
        array([0.6083, 0.8726, 0.9353], dtype=float32)
    """
    x, recurrent_kernel = checked("lstm", x, 3, recurrent_kernel)
    units = recurrent_kernel.shape[0]
    products = dense(x, kernel, bias)  # of all steps: [n, t, 4 u]
    states = (begin(x, units, h), begin(x, units, c))
    masking = masking_of(mask)
    hs, cs = LSTM(bool(masking))(products, recurrent_kernel, *states, *masking)
    return hs, cs


def _lstm_step(x: Any, h: Any, c: Any, w: Any, r: Any, bias: Any = 0.0) -> Any:
    hs, cs = LSTM().numpy((x @ w + bias)[:, None], r, h, c)
    return hs[:, 0], cs[:, 0]


@composite(meaning=_lstm_step, cases=lambda: sample_layers(4, 1, 2, True))
def lstm_step(
    x: Any, h: Any, c: Any, kernel: Any, recurrent_kernel: Any, bias: Any = None
) -> tuple[Tensor, Tensor]:
    """One step of `lstm`: x [n, k], h and c [n, u] -> (h, c) after it.

    Example:
        >>> state = ops.zeros((1, 1))
        >>> kernels = ops.ones((2, 4)), ops.ones((1, 4))
        >>> h, c = ops.lstm_step([[1.0, 1.0]], state, state, *kernels)
        >>> h.numpy()
        array([[0.6083]], dtype=float32)
    """
    x, recurrent_kernel = checked("lstm_step", x, 2, recurrent_kernel)
    hs, cs = LSTM()(dense(x, kernel, bias).expand_dims(1), recurrent_kernel, h, c)
    return hs.squeeze(1), cs.squeeze(1)
