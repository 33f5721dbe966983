"""Plans handed as a whole to a library that computes them faster than op after op does:
on the CPU device, those that write nothing, such as a frozen network's.

What makes a plan the library's stands above, where model files are written, and the top
of the package hands it in. The library gets what a plan closes over, its weights, once.
They are compared before each play: a device puts another array where somebody has
written. Then NumPy computes, until they have stayed the same for a while.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from operator import is_
from typing import TYPE_CHECKING, Any, Protocol
from weakref import ref

from ..host.settings import ONNX_RUNTIME
from .spec import Spec

if TYPE_CHECKING:
    from ..device.seam import Device
    from .runtime import Buffer
    from .tensor import Tensor
    from .trace import Step

LEAST = 20_000_000
"""Floating-point operations of a plan from which on the library pays: what NumPy does
in some 2 ms, of a library that takes 200 ms to import and 20 to take a plan.
"""
MOST = 8
"""How many plans the library holds at a time, each with weights of its own: those that
were played last.
"""
DTYPES = {"float32", "int32", "bool", "uint8"}

Run = Callable[..., tuple[Any, ...]]
"""Arrays of a plan's inputs -> arrays of its outputs."""
Inputs = Mapping["Buffer", Spec]


class NotFinite(ValueError):
    """A run's inputs, or the weights, are such that NumPy has to compute."""


class Library(Protocol):
    """A module that computes plans."""

    NAME: str

    def installed(self) -> str:
        """The version that is there, "" for none; does not load it."""

    def made(
        self,
        steps: Sequence[Step],
        inputs: Inputs,
        outputs: Sequence[Tensor],
        values: Mapping[Buffer, Any],
    ) -> Run:
        """What computes the outputs from the inputs; `values` are all that the steps
        read apart from these. Any error means that it cannot, one of a run too, except
        that NotFinite is about that run's inputs alone.
        """


def _none() -> None:
    return None


library: Callable[[], Library | None] = _none
"""Gives the library's module; the top of the package sets it."""


def offered(
    steps: Sequence[Step], inputs: Inputs, outputs: Sequence[Tensor], device: Device
) -> Whole | None:
    """The steps as a whole, before they are fused, for the library; None where NumPy
    alone can compute them, or has done so before the library would be ready.
    """
    if not device.takes_wholes or not ONNX_RUNTIME():
        return None
    read = {b: s for step in steps for b, s in zip(step.ins, step.in_specs, strict=True)}
    read |= {t.buffer: t.spec for t in outputs}
    dtypes = {s.dtype for step in steps for s in (*step.in_specs, *step.out_specs)}
    if any(step.op.writes for step in steps) or not dtypes <= DTYPES:
        return None
    if sum(s.op.flops(s.in_specs, s.out_specs) for s in steps) < LEAST:
        return None
    inside = {b for step in steps for b in step.outs}
    closed_over = {b: s for b, s in read.items() if b not in inside and b not in inputs}
    # bytes are what comes anew each time without being an argument: a camera's pictures
    fed = {b: spec for b, spec in closed_over.items() if spec.dtype == "uint8"}
    weights = {b: spec for b, spec in closed_over.items() if b not in fed}
    if not weights or any(b.id == -1 for b in closed_over):
        return None
    there = library()
    if there is None or not there.installed():
        return None
    own = [replace(step, ins=list(step.ins)) for step in steps]  # fusion rewrites them
    return Whole(there, own, (inputs, fed, weights), outputs, device)


_held: list[ref[Whole]] = []
"""The plans that the library holds; what was played last stands last."""


class Whole:
    """A plan's steps, and what computes them as a whole.

    `by` says who computed last: the library's name, "" if it was the plan's launches.
    """

    def __init__(
        self,
        there: Library,
        steps: Sequence[Step],
        read: tuple[Inputs, Inputs, Inputs],
        outputs: Sequence[Tensor],
        device: Device,
    ):
        self.by = ""
        self._library, self._steps, self._outputs, self._device = there, steps, outputs, device
        self._args, self._fed, self._weights = read
        self._ids = [b.id for b in self._weights]
        self._run: Run | None = None
        self._cannot = False
        self._seen: list[Any] | None = None
        self._calm, self._patience = 0, 0

    def computed(self, sources: Sequence[int], targets: Sequence[int]) -> bool:
        """Fills `targets` with the outputs for the arguments in `sources`; False where
        NumPy has to, as the weights have just changed or the library cannot.
        """
        self.by = ""
        if self._cannot or not self._ready():
            return False
        ins = [*zip(sources, self._args.values(), strict=True)]
        ins += [(b.id, spec) for b, spec in self._fed.items()]
        outs = [(i, t.spec) for i, t in zip(targets, self._outputs, strict=True)]
        assert self._run is not None
        try:
            self._device.play_whole(self._run, ins, outs)
        except NotFinite:
            return False
        except Exception:  # such as too little memory: NumPy takes less at a time
            self._give_up()
            return False
        self.by = self._library.NAME
        self._hold()
        return True

    def _hold(self) -> None:
        if _held and _held[-1]() is self:
            return
        others = [each for each in (held() for held in _held) if each not in (None, self)]
        for oldest in others[: max(0, len(others) + 1 - MOST)]:
            oldest._wait()
        _held[:] = [ref(each) for each in (*others[1 - MOST :], self)]

    def _wait(self) -> None:
        """Leaves the plan to NumPy for a while, each time twice as long."""
        self._run, self._calm = None, 0
        self._patience = min(64, max(1, 2 * self._patience))

    def _ready(self) -> bool:
        """Whether the library has the weights as they are now. Each time they change it
        gets them later: they may be in training.
        """
        now = self._device.lying(self._ids)
        if self._seen is None or not all(map(is_, now, self._seen)):
            if self._seen is not None:
                self._wait()
            self._seen = now  # held, so that nobody writes them in place
        if self._run is None:
            if self._calm < self._patience:
                self._calm += 1
                return False
            self._make()
        return not self._cannot

    def _make(self) -> None:
        values = {b: self._device.seen((b.id, spec)) for b, spec in self._weights.items()}
        inputs = {**self._args, **self._fed}
        try:
            self._run = self._library.made(self._steps, inputs, self._outputs, values)
        except Exception:  # what it has no words for
            self._give_up()

    def _give_up(self) -> None:
        self._cannot, self._run, self._seen, self._steps = True, None, None, ()
