"""Gated recurrent units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.composite import composite
from ...core.lowering import Lowering
from ...core.op import Case, register
from ...core.spec import Spec
from ...core.tensor import Tensor, as_tensor
from ...host.lazy import np
from ..creation import zeros
from ..linalg.dense import dense
from ..linalg.matmul import MatMul
from .sequence import (
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

__all__ = ["gru", "gru_step"]


@register
@dataclass(frozen=True)
class GRU(Recurrence):
    """x [n, t, 3 u], kernel [u, 3 u], bias [3 u], h0 [n, u] -> all h [n, t, u].

    p = h . kernel + bias; z = s(x_z + p_z), r = s(x_r + p_r), the candidate is tanh(x_h
    + r p_h); h' = z h + (1 - z) candidate (Cho et al. 2014, with Keras's reset_after).
    """

    gates = 3
    others = ("bias", "h0")

    def numpy(self, x: Any, w: Any, bias: Any, h: Any, *mask: Any) -> Any:
        n, t, u = self.sizes((x, w))
        hs = np.empty((n, t, u), x.dtype)
        for step in range(t):
            xz, xr, xh = np.split(x[:, step], 3, axis=1)
            pz, pr, ph = np.split(h @ w + bias, 3, axis=1)
            z, r = sigmoid(xz + pz), sigmoid(xr + pr)
            after = z * h + (1 - z) * np.tanh(xh + r * ph)
            h = hs[:, step] = np.where(takes_part(mask, step), after, h)
        return hs

    def gpu(self, k: Lowering) -> None:
        forward(k, self, "gru", [k.ins[3]], [k.ins[2]])

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        dx, dp, dh, before = GRUGrad(self.masked)(*ins, *outs, grads[0])
        return (dx, to_kernel(before, dp), dp.sum((0, 1)), dh, *[None] * self.masked)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for sample in sample_sequences(cls):
            yield Case(sample.name, cls(sample.masked), sample.arrays, forms=sample.forms)


@register
@dataclass(frozen=True)
class GRUGrad(Recurrence):
    """The inputs of GRU, its results and their gradient -> gradients to x and to the
    products [n, t, 3 u], to h0, and the h that each step began with.
    """

    gates = 3

    def infer(self, *ins: Spec) -> tuple[Spec, ...]:
        n, t, u = self.sizes(ins)
        return Spec((n, t, 3 * u)), Spec((n, t, 3 * u)), Spec((n, u)), Spec((n, t, u))

    def numpy(self, x: Any, w: Any, bias: Any, h0: Any, *rest: Any) -> Any:
        mask, (hs, dhs) = rest[: self.masked], rest[self.masked :]
        before = shifted(h0, hs)
        dx, dp = np.empty(x.shape, x.dtype), np.empty(x.shape, x.dtype)
        dh = np.zeros_like(h0)
        for step in reversed(range(x.shape[1])):
            h = before[:, step]
            xz, xr, xh = np.split(x[:, step], 3, axis=1)
            pz, pr, ph = np.split(h @ w + bias, 3, axis=1)
            z, r = sigmoid(xz + pz), sigmoid(xr + pr)
            candidate = np.tanh(xh + r * ph)
            active = takes_part(mask, step)
            dh = dh + dhs[:, step]
            to_candidate = dh * (1 - z) * (1 - candidate * candidate)
            to_z, to_r = dh * (h - candidate) * z * (1 - z), to_candidate * ph * r * (1 - r)
            for out, last in ((dx, to_candidate), (dp, to_candidate * r)):
                out[:, step] = np.where(active, np.concatenate([to_z, to_r, last], axis=1), 0)
            dh = np.where(active, dh * z, dh) + dp[:, step] @ w.T
        return dx, dp, dh, before

    def gpu(self, k: Lowering) -> None:
        x, w, bias, h0 = k.ins[:4]
        hs, dhs = k.ins[4 + self.masked :]
        dx, dp, dh0, before = k.outs
        sizes = self.sizes(k.ins)
        previous(k, self, sizes, h0, hs, before)
        k.launches += product_of(k, MatMul(), [flat(before), w, bias], flat(dp))
        mask = k.ins[4] if self.masked else hs
        backward(k, self, "gru_grad", sizes, dh0, [x, dp, dx, before, dhs, mask], at=3)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for sample in sample_sequences(GRU):
            hs = GRU(sample.masked).numpy(*sample.arrays)
            inputs = (*sample.arrays, hs, np.cos(7 * hs))
            yield Case(sample.name, cls(sample.masked), inputs, forms=sample.forms)


def _gru_biases(bias: Any, width: int) -> tuple[Any, Tensor]:
    """Of the inputs' products and of the state's."""
    if bias is None:
        return None, zeros((width,))
    bias = as_tensor(bias)
    if bias.shape != (2, width):
        raise ValueError(
            f"gru: bias must be [2, {width}], of the inputs' products and of the state's, got"
            f" {bias.shape}"
        )
    return bias[0], bias[1]


def _gru(x: Any, w: Any, r: Any, bias: Any = None, mask: Any = None) -> Any:
    bias = np.zeros((2, r.shape[1]), x.dtype) if bias is None else bias
    masking = [] if mask is None else [mask]
    h = np.zeros((len(x), len(r)), x.dtype)
    return GRU(mask is not None).numpy(x @ w + bias[0], r, bias[1], h, *masking)


@composite(meaning=_gru, cases=lambda: sample_layers(3, 2, 1, False))
def gru(
    x: Any,
    kernel: Any,
    recurrent_kernel: Any,
    bias: Any = None,
    *,
    h: Any = None,
    mask: Any = None,
) -> Tensor:
    """A gated recurrent unit over sequences x [n, t, k] -> all h [n, t, u].

    q = x . kernel + bias[0], p = h . recurrent_kernel + bias[1]; z = sigmoid(q_z +
    p_z), r = sigmoid(q_r + p_r); h' = z h + (1 - z) tanh(q_h + r p_h): Keras's GRU with
    reset_after=True. `kernel` is [k, 3 u], `recurrent_kernel` [u, 3 u], `bias` [2, 3
    u]; `h` [n, u] begins, or zeros. Where `mask` [n, t] is false, a step leaves the
    state as it is.

    ValueError for shapes that do not fit. The gradient has no gradient itself.

    Example:
        >>> x = ops.ones((1, 3, 2))
        >>> kernel, recurrent = ops.ones((2, 3)), ops.ones((1, 3))
        >>> ops.gru(x, kernel, recurrent).numpy()[0, :, 0]
        array([0.1149, 0.207 , 0.2832], dtype=float32)
    """
    x, recurrent_kernel = checked("gru", x, 3, recurrent_kernel)
    of_inputs, of_state = _gru_biases(bias, recurrent_kernel.shape[1])
    state = begin(x, recurrent_kernel.shape[0], h)
    masking = masking_of(mask)
    products = dense(x, kernel, of_inputs)  # of all steps: [n, t, 3 u]
    hs: Tensor = GRU(bool(masking))(products, recurrent_kernel, of_state, state, *masking)
    return hs


def _gru_step(x: Any, h: Any, w: Any, r: Any, bias: Any = None) -> Any:
    bias = np.zeros((2, r.shape[1]), x.dtype) if bias is None else bias
    return GRU().numpy((x @ w + bias[0])[:, None], r, bias[1], h)[:, 0]


@composite(meaning=_gru_step, cases=lambda: sample_layers(3, 2, 1, True))
def gru_step(x: Any, h: Any, kernel: Any, recurrent_kernel: Any, bias: Any = None) -> Tensor:
    """One step of `gru`: x [n, k], h [n, u] -> h after it.

    Example:
        >>> h = ops.gru_step([[1.0, 1.0]], [[0.0]], ops.ones((2, 3)), ops.ones((1, 3)))
        >>> h.numpy()
        array([[0.1149]], dtype=float32)
    """
    x, recurrent_kernel = checked("gru_step", x, 2, recurrent_kernel)
    of_inputs, of_state = _gru_biases(bias, recurrent_kernel.shape[1])
    products = dense(x, kernel, of_inputs).expand_dims(1)
    hs: Tensor = GRU()(products, recurrent_kernel, of_state, h)
    return hs.squeeze(1)
