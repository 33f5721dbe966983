"""Softmax and its logarithm."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.calling import is_int
from ..core.choices import Choice
from ..core.lowering import Lowering, Slot, pack
from ..core.op import Case, Op, register
from ..core.spec import FLOATS, Spec
from ..core.tensor import Tensor, as_tensor
from ..host.lazy import np
from .support.rows import SHARED, Rows, candidates, launch_rows, rule
from .support.typed import floats

__all__ = ["LogSoftmax", "Softmax", "SoftmaxGrad", "log_softmax", "softmax"]


_choose = Choice("softmax", ("softmax", "softmax_grad"), candidates, rule)


def launch(
    k: Lowering, choice: Choice, name: str, slots: Sequence[Slot], logits: Slot, params: bytes
) -> None:
    """Of the kernel of this name, in the form that the choice takes for these logits."""
    classes = logits.shape[-1]
    rows = logits.size // classes
    form = choice(k.adapter, Rows(rows, classes))
    launch_rows(k, form, name, slots, params, rows, ("f32", *floats(logits, k.outs[0])))


def check_float(op: str, name: str, spec: Spec, dtypes: Sequence[str] = ("float32",)) -> None:
    if spec.dtype not in dtypes:
        raise TypeError(
            f"{op}: {name} must be {' or '.join(dtypes)}, got {spec.dtype}; cast them first"
        )
    if not spec.shape or 0 in spec.shape:
        raise ValueError(
            f"{op}: {name} need a last dimension of classes and no empty one, got shape"
            f" {spec.shape}"
        )


def exponentials(x: Any) -> tuple[Any, Any, Any]:
    """x - max, exp(x - max) and its sum, over the last axis."""
    d = x - x.max(-1, keepdims=True)
    e = np.exp(d)
    return d, e, e.sum(-1, keepdims=True)


def total(x: Any) -> Any:
    """Sum over the last axis, which stays as 1."""
    return x.sum(axis=-1, keepdims=True)


def softmax_grad(y: Any, g: Any) -> Any:
    return SoftmaxGrad()(y, g)


def sample_logits() -> list[tuple[str, Any]]:
    """Sample logits: the usual sizes, extremes, and both kernels."""
    random = np.random.default_rng(0)
    return [
        ("40x4", random.standard_normal((40, 4), np.float32)),
        ("2x3x7", random.standard_normal((2, 3, 7), np.float32) * 5),
        ("one class", random.standard_normal((3, 1), np.float32)),
        ("3x1000", random.standard_normal((3, 1000), np.float32)),
        ("2x20000", random.standard_normal((2, 20000), np.float32)),
        ("+-1e4", np.array([[1e4, -1e4, 0], [-1e4, -1e4, -1e4], [1e4, 1e4, 9999]], np.float32)),
    ]


@register
@dataclass(frozen=True)
class Softmax(Op):
    """exp(x) / sum(exp(x)) over the last axis of x = scale * logits: floats [...,
    classes] -> [..., classes]. Stable for logits of any size.

    `causal`: of [..., steps, classes], step t looks at classes 0 to t only, as
    attention to what came before does; the others get 0.
    """

    scale: float = 1.0
    causal: bool = False

    halves = True

    def infer(self, *ins: Spec) -> Spec:
        (x,) = ins
        check_float(self.name, "logits", x, FLOATS)
        if self.causal and len(x.shape) < 2:
            raise ValueError(
                f"{self.name}: a causal one takes [..., steps, classes], got shape {x.shape}"
            )
        return x

    def numpy(self, x: Any) -> Any:
        if self.scale != 1:
            x = x * x.dtype.type(self.scale)
        if self.causal:
            x = np.where(np.tri(*x.shape[-2:], dtype=bool), x, -np.inf)
        _, e, s = exponentials(x)
        return e / s

    def gpu(self, k: Lowering) -> None:
        x = k.ins[0]
        steps = x.shape[-2] if self.causal else 0
        params = pack(
            "IIIfI",
            x.size // x.shape[-1],
            x.shape[-1],
            isinstance(self, LogSoftmax),
            self.scale,
            steps,
        )
        launch(k, _choose, "softmax", (x, k.outs[0]), x, params)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        return (SoftmaxGrad(self.scale)(outs[0], grads[0]),)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for name, logits in sample_logits():
            yield Case(name, cls(), (logits,))
            for form in SHARED:
                yield Case(f"{form}: {name}", cls(), (logits,), forms=(("softmax", form),))
        if cls is Softmax:
            random = np.random.default_rng(3)
            for shape in ((2, 5, 5), (2, 3, 7), (7, 3), (3, 40, 40)):
                x = random.standard_normal(shape, np.float32)
                yield Case(f"causal {shape}", cls(0.5, True), (x,))
                for form in SHARED[1:3]:
                    forms = (("softmax", form),)
                    yield Case(f"{form}: causal {shape}", cls(0.5, True), (x,), forms=forms)


@register
@dataclass(frozen=True)
class SoftmaxGrad(Op):
    """scale * y * (g - sum(g * y)) over the last axis: the gradient of `Softmax` from
    its result y and that result's gradient g, floats [..., classes] both.
    """

    scale: float = 1.0

    halves = True

    def infer(self, *ins: Spec) -> Spec:
        return ins[0]

    def numpy(self, y: Any, g: Any) -> Any:
        return y * (g - (y * g).sum(-1, keepdims=True)) * y.dtype.type(self.scale)

    def gpu(self, k: Lowering) -> None:
        y = k.ins[0]
        params = pack("IIf", y.size // y.shape[-1], y.shape[-1], self.scale)
        launch(k, _choose, "softmax_grad", (*k.ins, k.outs[0]), y, params)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        (y, g), d = ins, grads[0] * self.scale
        to_y = d * (g - total(y * g)) - g * total(d * y)
        return to_y, y * d - y * total(d * y)

    def flops(self, ins: Sequence[Spec], outs: Sequence[Spec]) -> int:
        return 4 * ins[0].size

    @classmethod
    def cases(cls) -> Iterable[Case]:
        random = np.random.default_rng(4)
        for shape in ((3, 5), (2, 3, 40), (4, 1), (3, 700)):
            y = random.dirichlet(np.ones(shape[-1]), shape[:-1]).astype(np.float32)
            g = random.standard_normal(shape, np.float32)
            yield Case(f"{shape}", cls(0.5), (y, g))
            for form in SHARED:
                yield Case(f"{form}: {shape}", cls(), (y, g), forms=(("softmax", form),))


@register
@dataclass(frozen=True)
class LogSoftmax(Softmax):
    """log(softmax(x)) over the last axis: floats [..., classes] -> [..., classes].
    Finite where softmax itself underflows.
    """

    def numpy(self, x: Any) -> Any:
        d, _, s = exponentials(x)
        return d - np.log(s)

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        g = grads[0]
        return (g - Softmax()(ins[0]) * total(g),)


def _over_axis(op: Op, x: Any, axis: int) -> Any:
    x = as_tensor(x)
    if not is_int(axis):
        raise TypeError(f"{op.name}: axis must be an int, got {axis!r}")
    if not -x.ndim <= axis < x.ndim:
        raise ValueError(
            f"{op.name}: axis {axis} is out of range for shape {x.shape}; expected {-x.ndim} to"
            f" {x.ndim - 1}"
        )
    if 0 in x.shape and x.dtype in FLOATS:
        return x * 1.0
    if axis % x.ndim == x.ndim - 1:
        return op(x)
    swapped = list(range(x.ndim))
    swapped[axis], swapped[-1] = swapped[-1], swapped[axis]
    return op(x.transpose(swapped)).transpose(swapped)


def softmax(x: Any, axis: int = -1) -> Tensor:
    """exp(x) / sum(exp(x)) over one axis, same shape. ValueError for an axis out of
    range, TypeError for other dtypes than float32.

    Example:
        >>> ops.softmax([0.0, 0.0, 0.0, 0.0]).tolist()
        [0.25, 0.25, 0.25, 0.25]
    """
    return _over_axis(Softmax(), x, axis)


def log_softmax(x: Any, axis: int = -1) -> Tensor:
    """log(softmax(x)) over one axis, same shape, finite where softmax underflows.
    Errors as in `softmax`.

    Example:
        >>> ops.log_softmax([[0.0, -1000.0]]).tolist()
        [[0.0, -1000.0]]
    """
    return _over_axis(LogSoftmax(), x, axis)
