"""What recurrent layers share: a whole sequence is one op, and one launch (walk.py) or
two per step, one for the product of the state and one for the rest. A step is a
sequence of one.

The inputs' products are made before, for all steps at once. Formulas and the order of
gates are Keras's; of a GRU the form with `reset_after`, as cuDNN computes it. Gradients
walk back through the steps in an op of their own, which has no gradient itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from ...core.composite import Sample
from ...core.lowering import Launch, Lowering, Slot, pack
from ...core.op import Op
from ...core.spec import Spec
from ...core.tensor import Tensor, as_tensor
from ...device.kernels import kernel
from ...host.lazy import np
from ..creation import zeros
from ..linalg.matmul import MatMul
from ..support.activation import CODES
from .walk import STEPS, Walk, chosen, launch, matrix_of

FIRST, NO_GRADIENT_TO_C = 1, 2  # flags of the gradients' kernels


class Sizes(NamedTuple):
    rows: int  # of the batch
    steps: int
    units: int


@dataclass(frozen=True)
class Recurrence(Op):
    """What the sequences share. Inputs: x [n, t, gates * u], the products of the
    inputs; the recurrent kernel [u, gates * u]; what `others` names; with `masked` at
    last a mask bool [n, t], false where a step leaves the state as it is.
    """

    masked: bool = False

    gates: ClassVar[int] = 1
    others: ClassVar[tuple[str, ...]] = ("h0",)
    states: ClassVar[int] = 1

    def sizes(self, ins: Sequence[Any]) -> Sizes:
        rows, steps = ins[0].shape[:2]
        return Sizes(rows, steps, ins[1].shape[0])

    def infer(self, *ins: Spec) -> Spec | tuple[Spec, ...]:
        x, w = ins[:2]
        if len(x.shape) != 3 or len(w.shape) != 2 or w.shape[1] != self.gates * w.shape[0]:
            raise ValueError(
                f"{self.name}: x [batch, time, {self.gates} * units] and a recurrent kernel"
                f" [units, {self.gates} * units] expected, got {x.shape} and {w.shape}"
            )
        n, t, u = self.sizes(ins)
        shapes = {"h0": (n, u), "c0": (n, u), "bias": (self.gates * u,)}
        expected = [Spec((n, t, self.gates * u)), Spec((u, self.gates * u))]
        expected += [Spec(shapes[name]) for name in self.others]
        expected += [Spec((n, t), "bool")] if self.masked else []
        names = ("x", "recurrent kernel", *self.others, "mask")
        if len(ins) != len(expected):
            raise TypeError(f"{self.name} takes {len(expected)} inputs, got {len(ins)}")
        for name, spec, fitting in zip(names, ins, expected, strict=False):
            if spec != fitting:
                raise ValueError(
                    f"{self.name}: {name} must be {fitting.dtype} {fitting.shape} for x {x.shape}"
                    f" and {u} units, got {spec.dtype} {spec.shape}"
                )
        states = (Spec((n, t, u)),) * self.states
        return states if self.states > 1 else states[0]

    def flops(self, ins: Sequence[Spec], outs: Sequence[Spec]) -> int:
        n, t, u = self.sizes(ins)
        return 2 * n * t * u * u * self.gates

    def params(self, sizes: Sizes, step: int, flags: int = 0) -> bytes:
        activation = CODES[getattr(self, "activation", None)]
        return pack("8I", *sizes, step, self.masked, activation, flags, 0)


def product_of(k: Lowering, op: MatMul, ins: Sequence[Slot], out: Slot) -> list[Launch]:
    """The launches of a product, to be added once per step: what it needs as scratch is
    the same at each.
    """
    part = k.part(ins, [out])
    op.gpu(part)
    return part.launches


def forward(
    k: Lowering, op: Recurrence, name: str, ins: Sequence[Slot], bias: Sequence[Slot]
) -> None:
    """The launches of a sequence; `ins` are bound between the product and the mask: h0
    and what else there is. Step by step the state is in a buffer of its own beside the
    results, as the product wants its rows side by side.
    """
    sizes = op.sizes(k.ins)
    x, w, h0 = k.ins[0], k.ins[1], ins[0]
    whole = Walk(sizes.rows, sizes.units, op.gates, False)
    if walk := chosen(k, whole):
        slots = [x, matrix_of(k, w, walk, False), *bias, *ins, k.ins[-1] if op.masked else x]
        launch(k, name, [*slots, *k.outs], op.params(sizes, 0), whole, walk)
        return
    product = k.scratch((sizes.rows, op.gates * sizes.units))
    state = k.scratch(h0.shape)
    mask = k.ins[-1] if op.masked else x
    first, later = (product_of(k, MatMul(), [h, w, *bias], product) for h in (h0, state))
    for step in range(sizes.steps):
        k.launches += later if step else first
        slots = [x, product, *ins, mask, *k.outs, state]
        k.launch_flat(kernel(f"recurrent/{name}"), slots, op.params(sizes, step), state.size)


def previous(
    k: Lowering, op: Recurrence, sizes: Sizes, first: Slot, states: Slot, out: Slot
) -> None:
    """The states that each step began with."""
    k.launch_flat(kernel("recurrent/previous"), [first, states, out], op.params(sizes, 0), out.size)


def backward(
    k: Lowering,
    op: Recurrence,
    name: str,
    sizes: Sizes,
    to_h0: Slot,
    before: Sequence[Slot],
    after: Sequence[Slot] = (),
    at: int = 1,
    flags: int = 0,
) -> None:
    """The launches of a gradient, from the last step to the first. Bound are `before`,
    the gradient to the state, and `after`; among `before` step by step at place `at`
    the gradient to the step's product.
    """
    whole = Walk(sizes.rows, sizes.units, op.gates, True)
    if walk := chosen(k, whole):
        slots = [before[0], matrix_of(k, k.ins[1], walk, True), *before[1:], to_h0, *after]
        launch(k, name, slots, op.params(sizes, 0, flags), whole, walk)
        return
    to_product = k.scratch((sizes.rows, op.gates * sizes.units))
    rooms = [k.scratch(to_h0.shape) for _ in range(2)]
    back = MatMul(transpose_b=True, join="add")
    bound = [*before[:at], to_product, *before[at:]]
    cached: dict[tuple[Slot, Slot], list[Launch]] = {}
    for done, step in enumerate(reversed(range(sizes.steps))):
        current, following = rooms[done % 2], rooms[(done + 1) % 2] if step else to_h0
        params = op.params(sizes, step, flags | (0 if done else FIRST))
        slots = [*bound, current, *after]
        k.launch_flat(kernel(f"recurrent/{name}"), slots, params, current.size)
        if (current, following) not in cached:
            ins = [to_product, k.ins[1], current]
            cached[current, following] = product_of(k, back, ins, following)
        k.launches += cached[current, following]


def flat(slot: Slot) -> Slot:
    """All rows and steps as rows of a matrix."""
    return slot._replace(shape=(slot.size // slot.shape[-1], slot.shape[-1]))


def sigmoid(x: Any) -> Any:
    return 0.5 * np.tanh(0.5 * x) + 0.5


def shifted(first: Any, states: Any) -> Any:
    """NumPy: the states that each step began with, [n, t, u]."""
    return np.concatenate([first[:, None], states[:, :-1]], axis=1)


def takes_part(mask: Sequence[Any], step: int) -> Any:
    """NumPy: which rows take part in a step, [n, 1]; True for all without a mask."""
    return mask[0][:, step, None] != 0 if mask else True


def to_kernel(before: Any, slope: Any) -> Any:
    """The gradient to the recurrent kernel: one product for all steps."""
    rows = slope.reshape(-1, slope.shape[-1])
    return before.reshape(-1, before.shape[-1]).matmul(rows, transpose_a=True)


def begin(x: Tensor, units: int, state: Any) -> Tensor:
    return zeros((x.shape[0], units)) if state is None else as_tensor(state)


def checked(what: str, x: Any, rank: int, recurrent_kernel: Any) -> tuple[Tensor, Tensor]:
    x, recurrent_kernel = as_tensor(x), as_tensor(recurrent_kernel)
    axes = "[batch, time, features]" if rank == 3 else "[batch, features]"
    if x.ndim != rank or recurrent_kernel.ndim != 2:
        raise ValueError(
            f"{what}: x {axes} and a recurrent kernel of rank 2 expected, got {x.shape} and"
            f" {recurrent_kernel.shape}"
        )
    return x, recurrent_kernel


def masking_of(mask: Any) -> list[Tensor]:
    return [] if mask is None else [as_tensor(mask).cast("bool")]


class Sampled(NamedTuple):
    """What a sample case is made from; `form` is that of walk.py."""

    name: str
    masked: bool
    arrays: tuple[Any, ...]
    form: str

    @property
    def forms(self) -> tuple[tuple[str, str], ...]:
        return (("recurrent", self.form),)


def sample_sequences(cls: type[Recurrence]) -> Iterator[Sampled]:
    draw = np.random.default_rng(11)
    for name, (n, t, u), masked, form in [
        ("one step", (3, 1, 4), False, STEPS),
        ("five steps", (2, 5, 3), False, "walk 1"),
        ("odd units, masked", (3, 4, 7), True, "walk 2"),
        ("more units", (5, 3, 40), False, "walk 4"),
        ("step by step, masked", (3, 4, 7), True, STEPS),
        ("units of several rounds", (3, 2, 88), True, "walk 2"),
    ]:
        shapes = {"h0": (n, u), "c0": (n, u), "bias": (cls.gates * u,)}
        arrays = [
            draw.normal(size=(n, t, cls.gates * u)),
            draw.normal(size=(u, cls.gates * u)) / u**0.5,
            *(draw.normal(size=shapes[other]) for other in cls.others),
        ]
        mask = [draw.random((n, t)) < 0.6] if masked else []
        inputs = (*(a.astype(np.float32) for a in arrays), *mask)
        yield Sampled(name, masked, inputs, form)


def sample_layers(gates: int, biases: int, states: int, step: bool) -> Iterator[Sample]:
    """Inputs of the functions below, in their order."""
    draw = np.random.default_rng(12)
    n, t, features, u = 3, 4, 5, 6
    x = (n, features) if step else (n, t, features)
    shapes = [x, *[(n, u)] * (states * step), (features, gates * u), (u, gates * u)]
    arrays = [draw.normal(size=s).astype(np.float32) / len(s) for s in shapes]
    bias = draw.normal(size=(2, gates * u) if biases == 2 else gates * u).astype(np.float32)
    yield Sample("no bias", tuple(arrays))
    yield Sample("bias", (*arrays, bias))
    if not step:
        mask = np.arange(t) < np.array([[2], [4], [1]])
        yield Sample("bias, masked", (*arrays, bias), {"mask": mask})
