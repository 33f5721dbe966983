"""In-place updates: one launch a parameter, over (param, gradient, what the optimizer
remembers ..., hyper).

Where `rows` is above 1 the gradient is given as so many rows of the parameter's size
that are summed up on the way: a bias's gradient is that of each example, and
`core.epilogues` saves the launch that sums them.

`hyper` is a float32 variable [learning rate, beta1^t, beta2^t, 0] shared by all
parameters of an optimizer, so that the rate can change, and Adam's powers move on,
without recording a captured step again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..core.fusion import TakesRows
from ..core.lowering import Lowering, Slot, pack
from ..core.op import Case, Op, register
from ..core.spec import Spec
from ..device.kernels import kernel, typed_kernel
from ..device.threads import spread
from ..host.lazy import np

__all__ = ["AdamAdvance", "AdamUpdate", "RMSpropUpdate", "SGDUpdate"]

_HYPER = Spec((4,), "float32")
_BLOCK = 1 << 14  # elements that stay in the cache with all that is made of them (NumPy)


class _Update(TakesRows):
    """What the updates share: checks, and the launch. `slots` is how many tensors the
    optimizer remembers for a parameter.
    """

    most_rows = 128  # one after the other, so not too many

    @property
    def slots(self) -> int:
        raise NotImplementedError

    @property
    def writes(self) -> tuple[int, ...]:  # type: ignore[override]  # it depends on the attributes
        return (0, *range(2, 2 + self.slots))

    def infer(self, *ins: Spec) -> tuple[Spec, ...]:
        if len(ins) != self.slots + 3:
            raise ValueError(
                f"{self.name} takes (param, gradient, {self.slots} remembered, hyper), got"
                f" {len(ins)} tensors"
            )
        param, gradient, *remembered, hyper = ins
        if hyper != _HYPER:
            raise ValueError(
                f"{self.name}: hyper must be float32 [4], got {hyper.dtype} {hyper.shape}"
            )
        if self.rows != 1 and gradient.size == self.rows * param.size:
            gradient = param._replace(dtype=gradient.dtype)
        for spec in (param, gradient, *remembered):
            if spec != param or spec.dtype != "float32":
                raise ValueError(
                    f"{self.name}: parameter, gradient and what is remembered must be float32 of"
                    f" one shape, got {ins[:-1]}"
                )
        return ()

    def launch(
        self, k: Lowering, entry: str, remembered: list[Slot | None], form: tuple[Any, ...]
    ) -> None:
        """`remembered` are the kernel's a, b, c: None where this optimizer has none,
        and a scrap of memory is bound instead.
        """
        wide = 4 if k.ins[0].size % 4 == 0 else 1
        count = k.ins[0].size // wide
        bound = [k.scratch((4,)) if slot is None else slot for slot in remembered]
        program = typed_kernel(
            "updates", "vec4f" if wide == 4 else "f32", entry, ROWS=int(self.rows > 1)
        )
        k.launch_flat(
            program,
            [k.ins[0], k.ins[1], *bound, k.ins[-1]],
            pack("5I4fI", count, *form, self.rows),
            count,
        )

    def formula(self, param: Any, g: Any, *rest: Any) -> tuple[Any, ...]:
        """NumPy: the new parameter and what is remembered anew, from elements (param,
        gradient, remembered ...) and hyper.
        """
        raise NotImplementedError

    def numpy(self, param: Any, g: Any, *rest: Any) -> Any:
        g = g if self.rows == 1 else g.reshape(self.rows, -1).sum(0)
        arrays = [np.reshape(a, -1) for a in (param, g, *rest[:-1])]
        results = [np.empty_like(arrays[0]) for _ in range(1 + self.slots)]

        def elements(start: int, stop: int) -> None:
            for i in range(start, stop, _BLOCK):
                block = slice(i, min(i + _BLOCK, stop))
                for target, values in zip(
                    results, self.formula(*(a[block] for a in arrays), rest[-1]), strict=True
                ):
                    target[block] = values

        spread(elements, param.size, _BLOCK)
        return tuple(a.reshape(param.shape) for a in results)

    def _samples(self, rate: float = 0.1) -> Iterable[Case]:
        rng = np.random.default_rng(9)
        for shape in [(8, 4), (7,), (1, 1), (3, 5, 2)]:
            param, gradient, mean = (rng.normal(size=shape).astype(np.float32) for _ in range(3))
            remembered = [mean**2 + 0.1, mean * 0.1, mean * 0.1][: self.slots]
            if isinstance(self, AdamUpdate):
                remembered = [mean * 0.1, mean**2]
            hyper = np.array([rate, 0.9**3, 0.999**3, 0], np.float32)
            if self.rows > 1:
                gradient = rng.normal(size=(self.rows, *shape)).astype(np.float32)
            yield Case(f"{self} {shape}", self, (param, gradient, *remembered, hyper))


@register
@dataclass(frozen=True)
class SGDUpdate(_Update):
    """(param, gradient, hyper), or with momentum (param, gradient, velocity, hyper);
    Keras's formula:

    velocity = momentum * velocity - rate * g;  param += velocity, or with `nesterov`
    momentum * velocity - rate * g.
    """

    momentum: float = 0.0
    nesterov: bool = False
    rows: int = 1

    @property
    def slots(self) -> int:
        return int(self.momentum != 0)

    def formula(self, param: Any, g: Any, *rest: Any) -> tuple[Any, ...]:
        step = -rest[-1][0] * g
        if not self.momentum:
            return (param + step,)
        velocity = self.momentum * rest[0] + step
        return param + (self.momentum * velocity + step if self.nesterov else velocity), velocity

    def gpu(self, k: Lowering) -> None:
        velocity = k.ins[2] if self.momentum else None
        self.launch(
            k,
            "sgd",
            [velocity, None, None],
            (int(self.nesterov), 0, int(self.momentum != 0), 0, self.momentum, 0.0, 0.0, 0.0),
        )

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for op in (cls(), cls(0.9), cls(0.9, True), cls(rows=9)):
            yield from op._samples()


@register
@dataclass(frozen=True)
class AdamUpdate(_Update):
    """(param, gradient, m, v, hyper), as Keras's Adam:

    m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2; param -= rate * r / (1
    - beta1^t) * m / (sqrt(v) + epsilon), r = sqrt(1 - beta2^t), with hyper's powers
    starting at the betas themselves. `corrected`: r * epsilon is added, as in
    TensorFlow.js's AdamOptimizer (Kingma & Ba's algorithm 1).
    """

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7
    corrected: bool = False
    rows: int = 1

    @property
    def slots(self) -> int:
        return 2

    def formula(self, param: Any, g: Any, *rest: Any) -> tuple[Any, ...]:
        m, v, hyper = rest
        m = self.beta_1 * m + (1 - self.beta_1) * g
        v = self.beta_2 * v + (1 - self.beta_2) * g * g
        root = np.sqrt(1 - hyper[2])
        epsilon = self.epsilon * (root if self.corrected else 1)
        return param - hyper[0] * root / (1 - hyper[1]) * m / (np.sqrt(v) + epsilon), m, v

    def gpu(self, k: Lowering) -> None:
        self.launch(
            k,
            "adam",
            [k.ins[2], k.ins[3], None],
            (0, 0, 0, int(self.corrected), 0.0, self.beta_1, self.beta_2, self.epsilon),
        )

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for op in (cls(), cls(epsilon=0.1), cls(epsilon=0.1, corrected=True), cls(rows=40)):
            yield from op._samples()


@register
@dataclass(frozen=True)
class AdamAdvance(Op):
    """(hyper): multiplies beta1^t and beta2^t by the betas, once a step after all
    parameters.
    """

    beta_1: float = 0.9
    beta_2: float = 0.999
    writes = (0,)

    def infer(self, hyper: Spec) -> tuple[Spec, ...]:
        if hyper != _HYPER:
            raise ValueError(
                f"AdamAdvance: hyper must be float32 [4], got {hyper.dtype} {hyper.shape}"
            )
        return ()

    def numpy(self, hyper: Any) -> Any:
        return (hyper * np.array([1, self.beta_1, self.beta_2, 1], hyper.dtype),)

    def gpu(self, k: Lowering) -> None:
        k.launch(kernel("advance", "adam"), [k.ins[0]], pack("2f", self.beta_1, self.beta_2))

    @classmethod
    def cases(cls) -> Iterable[Case]:
        yield Case("step", cls(), (np.array([0.1, 0.9**5, 0.999**5, 0], np.float32),))


@register
@dataclass(frozen=True)
class RMSpropUpdate(_Update):
    """(param, gradient, mean square, momentum, mean gradient, hyper), momentum and
    mean gradient where the attributes ask for them:

    s = rho s + (1 - rho) g^2;  step = rate * g / sqrt(s + epsilon), `centered`: sqrt(s
    - mean^2 + epsilon), mean = rho mean + (1 - rho) g; with momentum b = momentum * b +
    step is what is subtracted. Keras's formula; uncentered it is TensorFlow.js's too
    (which, centered, subtracts epsilon under the root and may give NaN).
    """

    rho: float = 0.9
    momentum: float = 0.0
    epsilon: float = 1e-7
    centered: bool = False
    rows: int = 1

    @property
    def slots(self) -> int:
        return 1 + int(self.momentum != 0) + int(self.centered)

    def formula(self, param: Any, g: Any, *rest: Any) -> tuple[Any, ...]:
        square = self.rho * rest[0] + (1 - self.rho) * g * g
        remembered, variance = [square], square
        if self.centered:
            mean = self.rho * rest[-2] + (1 - self.rho) * g
            variance = square - mean * mean
        step = rest[-1][0] * g / np.sqrt(variance + self.epsilon)
        if self.momentum:
            step = step + self.momentum * rest[1]
            remembered.append(step)
        return (param - step, *remembered, *([mean] if self.centered else []))

    def gpu(self, k: Lowering) -> None:
        moment, mean = (k.ins[3] if self.momentum else None), (k.ins[-2] if self.centered else None)
        form = (
            0,
            int(self.centered),
            int(self.momentum != 0),
            0,
            self.momentum,
            self.rho,
            0.0,
            self.epsilon,
        )
        self.launch(k, "rmsprop", [k.ins[2], moment, mean], form)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        for op in (
            cls(),
            cls(momentum=0.9),
            cls(centered=True),
            cls(0.8, 0.5, 1e-7, True),
            cls(rows=2),
        ):
            yield from op._samples()
