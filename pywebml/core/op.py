"""What an op is, and how it becomes kernel launches.

An op is a frozen dataclass: its fields are its attributes, its methods its meaning
(NumPy), its kernels (WGSL), its gradient and its sample cases. Equal attributes make
equal ops, so lowering is cached by (op, input specs).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple

from ..device.seam import Adapter, Program, TooLarge
from ..host.lazy import np
from .calls import Calls
from .lowering import Launch, Lowering, Slot
from .spec import Spec


class Case(NamedTuple):
    """A sample case: an op instance, NumPy inputs, and the tolerance |got - float64
    reference| <= atol + rtol * |reference|.

    The default suits sums of up to a few thousand float32 products; say why where
    another is given. `forms`: pairs of a choice and the candidate that it must take
    (see `core.choices`).
    """

    name: str
    op: Op
    inputs: tuple[Any, ...]
    atol: float = 1e-5
    rtol: float = 1e-4
    forms: tuple[tuple[str, str], ...] = ()

    def in_float16(self) -> Case:
        """The case with its float32 inputs in float16."""
        inputs = (
            np.asarray(a).astype(np.float16) if np.asarray(a).dtype == np.float32 else a
            for a in self.inputs
        )
        return self._replace(inputs=tuple(inputs))


class Op:
    """Base of all ops. Subclasses are frozen dataclasses; see the module's text.

    `numpy` gets arrays of the inputs' shapes and dtypes, bools as NumPy bools and
    float16 as float32; what it returns is cast to the outputs' dtypes: first the new
    values of the inputs that it writes, as `writes` says, then the results.

    What the passes over a trace may ask of some ops, `core/fusion.py` says.
    """

    writes: ClassVar[tuple[int, ...]] = ()
    # whether its floats may be float16, too; `check` then runs its cases in both
    halves: ClassVar[bool] = False
    # whether its inputs and outputs may be complex64: pairs of float32, 8 bytes
    complexes: ClassVar[bool] = False
    halves_back: ClassVar[bool] = True  # whether `vjp` takes float16, too
    __dataclass_fields__: ClassVar[dict[str, Any]]  # for `dataclasses.replace`

    not_finite: ClassVar[str] = ""
    """Where NaN and infinity come to something else than NumPy gives, in words."""

    not_finite_inputs: ClassVar[tuple[int, ...] | None] = None
    """The inputs where they come to the same, and `check` puts some; None for all."""

    def __init_subclass__(cls, **options: Any):
        """Equal ops share what they were lowered to. Numbers that are equal need not be
        the same (0.0 and -0.0, 1 and True), and NaN is not even equal to itself: ops
        with such attributes go by their text.
        """
        super().__init_subclass__(**options)
        kinds = [
            str(kind) for c in cls.__mro__ for kind in vars(c).get("__annotations__", {}).values()
        ]
        if any("float" in kind and "ClassVar" not in kind for kind in kinds):
            cls.__eq__, cls.__hash__ = _same_text, _hash_of_text  # type: ignore[assignment]

    @property
    def name(self) -> str:
        return type(self).__name__

    def infer(self, *ins: Spec) -> Spec | tuple[Spec, ...]:
        raise NotImplementedError

    def numpy(self, *arrays: Any) -> Any:
        raise NotImplementedError

    def gpu(self, k: Lowering) -> None:
        raise NotImplementedError

    def xnnpack(self, k: Calls) -> None:
        """Adds calls of XNNPACK's kernels, for the CPU device of a tab; where it adds
        none, `numpy` computes there, too.
        """

    def calls(self, ins: Sequence[Spec], outs: Sequence[Spec]) -> Calls | None:
        """What `xnnpack` adds, or None; only for float32 and the bytes of pictures.

        Slots are numbered inputs, outputs, scratch; constants -1, -2 and so on.
        """
        slots = [Slot(i, s.shape, s.dtype) for i, s in enumerate((*ins, *outs))]
        k = Calls(slots[: len(ins)], slots[len(ins) :])
        if {s.dtype for s in (*ins, *outs)} <= {"float32", "uint8"}:
            self.xnnpack(k)
        return k if k.calls else None

    def vjp(
        self, ins: tuple[Any, ...], outs: tuple[Any, ...], grads: tuple[Any, ...]
    ) -> Sequence[Any]:
        raise TypeError(f"{self.name} has no gradient")

    def flops(self, ins: Sequence[Spec], outs: Sequence[Spec]) -> int:
        """Floating-point operations of one run, for `plan.summary()`; one per output
        element unless overridden.
        """
        return sum(o.size for o in outs)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        return ()

    def outputs(self, *ins: Spec) -> tuple[Spec, ...]:
        """`infer` as a tuple, remembered."""
        return _outputs(self, ins)

    def __call__(self, *tensors: Any) -> Any:
        """Runs the op on tensors; `core/tensor.py` gives this its body."""
        raise NotImplementedError


def _same_text(self: Op, other: object) -> bool:
    return self is other or (type(self) is type(other) and repr(self) == repr(other))


def _hash_of_text(self: Op) -> int:
    return hash(repr(self))


@lru_cache(maxsize=8192)
def _outputs(op: Op, ins: tuple[Spec, ...]) -> tuple[Spec, ...]:
    if not op.complexes and any(s.dtype == "complex64" for s in ins):
        raise TypeError(
            f"{op.name} takes no complex64; give it the parts of it, real(x) and imag(x), or abs(x)"
        )
    out = op.infer(*ins)
    return (out,) if isinstance(out, Spec) else tuple(out)


class Lowered(NamedTuple):
    launches: tuple[Launch, ...]
    scratch_bytes: tuple[int, ...]


@lru_cache(maxsize=8192)
def lower(op: Op, ins: tuple[Spec, ...], outs: tuple[Spec, ...], adapter: Adapter) -> Lowered:
    """The launches of `op`, none where there is nothing to write; slots are numbered
    inputs, outputs, scratch.
    """
    if not any(s.size for s in (*outs, *(ins[i] for i in op.writes))):
        return Lowered((), ())
    if adapter.language == "numpy":
        program = Program(op.name, numpy=(op, ins, outs))
        return Lowered((Launch(program, tuple(range(len(ins) + len(outs))), b"", (1, 1, 1)),), ())
    if not adapter.has_halves and any(s.dtype == "float16" for s in (*ins, *outs)):
        raise RuntimeError(
            f"{op.name}: {adapter.name} has no 16-bit floats (shader-f16); use float32, or"
            " device='cpu'"
        )
    largest = max(s.nbytes for s in (*ins, *outs))
    if largest >= 1 << 32:  # which kernels have no numbers for; less is refused by the device
        raise TooLarge(largest, adapter)
    slots = [Slot(i, s.shape, s.dtype) for i, s in enumerate((*ins, *outs))]
    k = Lowering(slots[: len(ins)], slots[len(ins) :], adapter)
    op.gpu(k)
    return Lowered(tuple(k.launches), tuple(k.scratch_bytes))


REGISTRY: dict[str, type[Op]] = {}


def register(cls: type[Op]) -> type[Op]:
    """Class decorator: makes the op known to `check` and to the tests that walk every
    op.
    """
    REGISTRY[cls.__name__] = cls
    return cls
