"""Record once, replay: `capture(f)` runs f's Python once, keeps the list of kernels,
and afterwards a call is one `device.run`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import Any, NamedTuple

from ..device import get_device
from . import tape
from .folding import fold_on_host
from .fuse import drop_dead, optimise
from .plan import Plan
from .precision import half_sums
from .runtime import Buffer, Recorder, flush, lock
from .spec import Spec
from .tensor import Tensor, Variable, as_tensor
from .trace import Trace
from .watching import op_by_op, watchers
from .whole import offered


def _leaves(tree: Any) -> list[Tensor]:
    """The tensors of nested tuples, lists and dicts, in order. TypeError for anything
    that a replay could not bring up to date.
    """
    if tree is None:
        return []
    if isinstance(tree, Tensor):
        return [tree]
    if isinstance(tree, (tuple, list)):
        return [leaf for item in tree for leaf in _leaves(item)]
    if isinstance(tree, dict):
        return [leaf for item in tree.values() for leaf in _leaves(item)]
    raise TypeError(
        f"a captured function returned {type(tree).__name__} {str(tree)[:60]!r}; return tensors,"
        " None, or tuples, lists and dicts of them: a replay does not run Python again"
    )


def _rebuild(tree: Any, leaves: Iterator[Tensor]) -> Any:
    if tree is None:
        return None
    if isinstance(tree, Tensor):
        return next(leaves)
    if isinstance(tree, dict):
        return {key: _rebuild(item, leaves) for key, item in tree.items()}
    items = [_rebuild(item, leaves) for item in tree]
    # a named tuple takes them one by one
    return type(tree)(*items) if hasattr(tree, "_fields") else type(tree)(items)


def _static(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float, str))


def _as_seen(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Arguments as the function sees them: arrays and lists are tensors."""
    return tuple(a if isinstance(a, Tensor) or _static(a) else as_tensor(a) for a in args)


def _key(arg: Any) -> Any:
    """What of an argument makes a recording its own.

    Which variable it is, as a plan writes to its buffer; of a tensor only shape and
    type, as its values are copied in before each replay. Everything else is a constant
    of the recording, by its text: 1, 1.0 and True are equal, but give results of
    different types.
    """
    if isinstance(arg, Variable):
        return arg.buffer
    return arg.spec if isinstance(arg, Tensor) else repr(arg)


def _followed(
    function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]
) -> tuple[Trace, list[Buffer], Any]:
    """(what the function did, its inputs, what it returned): of tensors whose values
    come later.
    """
    trace = Trace(get_device())
    inputs: list[Buffer] = []
    seen: list[Any] = []
    for arg in args:
        if isinstance(arg, Tensor) and not isinstance(arg, Variable):
            buffer = trace.virtual(arg.spec)
            inputs.append(buffer)
            seen.append(Tensor(buffer, arg.spec))
        else:
            seen.append(arg)
    flush()
    # it may be called inside another capture
    before, Recorder.trace = Recorder.trace, trace
    try:
        result = function(*seen, **kwargs)
    finally:
        Recorder.trace = before
    return trace, inputs, result


class Traced(NamedTuple):
    """The ops that a function of tensors does, its inputs and its outputs."""

    trace: Trace
    inputs: list[Buffer]
    outputs: list[Tensor]


def traced(function: Callable[..., Any], specs: Sequence[Spec]) -> Traced:
    """What a function does with tensors of these shapes and types, without a plan: for
    what reads the ops, such as a file format.
    """
    device = get_device()
    args = [Tensor(Buffer(device, spec.nbytes, virtual=True), spec) for spec in specs]
    trace, inputs, result = _followed(function, args, {})
    return Traced(trace, inputs, _leaves(result))


class Recording:
    """A plan, its inputs and its outputs, for one combination of argument shapes."""

    def __init__(self, function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]):
        device = get_device()
        trace, self.inputs, result = _followed(function, args, kwargs)
        # without their gradients' history
        self.outputs = [Tensor(t.buffer, t.spec) for t in _leaves(result)]
        self.result = _rebuild(result, iter(self.outputs))
        for t in self.outputs:
            if t.buffer.id == -1 and t.buffer not in trace.made:
                raise RuntimeError(
                    f"a captured function returned a tensor of shape {t.shape} that was disposed,"
                    " or made inside another capture"
                )
        self.replayed = trace.replayed
        outputs = {t.buffer for t in self.outputs}
        needed = drop_dead(trace.steps, outputs)
        steps, folded = fold_on_host(needed, outputs)
        specs = [a.spec for a in args if isinstance(a, Tensor) and not isinstance(a, Variable)]
        by_argument = dict(zip(self.inputs, specs, strict=True))
        whole = offered(steps, by_argument, self.outputs, device)
        steps = optimise(steps, outputs, device.adapter)
        self.plan = Plan(steps, self.inputs, [t.buffer for t in self.outputs], device)
        self.plan.recorded, self.plan.folded, self.plan.whole = len(needed), folded, whole


# recordings per function: one that gets a counter as a Python number would fill the
# GPU's memory
_MOST_RECORDINGS = 64


class Captured:
    """A function that is recorded on its first call for each combination of argument
    shapes and replayed afterwards; on each device, and anew where
    `allow_float16_accumulation` has said something else.

    Tensors and arrays are inputs; variables and tensors that the function closes over
    are used in place; Python numbers, strings and None are constants of a recording.
    `copy=False` returns the plan's own result buffers, which the next call overwrites.
    """

    def __init__(self, function: Callable[..., Any], copy: bool = True):
        self._function, self._copy = function, copy
        self._recordings: dict[Any, Recording] = {}
        self.__doc__ = function.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Captured:
        """As a method: every object has recordings of its own, kept in the object,
        where Python finds them next time.
        """
        if instance is None:
            return self
        bound = instance.__dict__[self._name] = Captured(
            self._function.__get__(instance), self._copy
        )
        return bound

    def record(self, *args: Any, **kwargs: Any) -> Recording:
        """Records for these arguments (or finds the recording), compiling its
        pipelines, without running it.
        """
        return self._find(_as_seen(args), kwargs)

    def _find(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Recording:
        if bad := [name for name, value in kwargs.items() if not _static(value)]:
            raise TypeError(
                f"captured function: pass tensors by position; {bad[0]} is a"
                f" {type(kwargs[bad[0]]).__name__}"
            )
        device = get_device()
        for a in args:
            if isinstance(a, Tensor):
                if a.buffer.id == -1:
                    raise RuntimeError(
                        f"a captured function got a tensor of shape {a.shape} that was disposed, or"
                        " made inside `capture`"
                    )
                if a.buffer.device is not device:
                    name = a.buffer.device.adapter.name
                    raise ValueError(
                        f"a captured function got a tensor on {name}, but the device in use is"
                        f" {device.adapter.name}"
                    )
        named = ((name, repr(value)) for name, value in kwargs.items())
        key = (device, half_sums(), *map(_key, args), *named)
        recording = self._recordings.get(key)
        if recording is None:
            with lock:
                recording = self._recordings[key] = Recording(self._function, args, kwargs)
                if len(self._recordings) > _MOST_RECORDINGS:
                    del self._recordings[next(iter(self._recordings))]
        return recording

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        args = _as_seen(args)
        if Recorder.trace is not None or tape.is_open() or op_by_op():
            # part of something bigger: that is recorded, or needs gradients through us;
            # or somebody wants to see each op
            return self._function(*args, **kwargs)
        with lock:
            recording = self._find(args, kwargs)
            results = self._replay(recording, args)
        for told in recording.replayed:
            told()
        for watcher in tuple(watchers):
            watcher.saw_plan(recording.plan)
        return results

    def _replay(self, recording: Recording, args: tuple[Any, ...]) -> Any:
        plan = recording.plan
        plan.check()
        flush()
        inputs = [a for a in args if isinstance(a, Tensor) and not isinstance(a, Variable)]
        sources, targets = [t.buffer.id for t in inputs], plan.output_ids
        results = plan.results(recording.outputs)
        if self._copy:
            fresh = [Buffer(plan.device, t.spec.nbytes) for t in results]
            targets = [buffer.id for buffer in fresh]
            results = [Tensor(b, t.spec) for b, t in zip(fresh, results, strict=True)]
        if plan.whole is None or not plan.whole.computed(sources, targets):
            plan.play(sources, targets)
        return _rebuild(recording.result, iter(results)) if results else None

    def summary(self) -> str:
        """What each recording costs: kernels, bytes, floating-point operations."""
        return (
            "\n\n".join(r.plan.summary() for r in self._recordings.values())
            or "nothing recorded yet: call the function once"
        )

    def _repr_html_(self) -> str:
        return f"<pre>{escape(self.summary())}</pre>"

    def plans(self) -> list[Plan]:
        """The plans recorded so far."""
        return [r.plan for r in self._recordings.values()]


def capture(function: Callable[..., Any] | None = None, *, copy: bool = True) -> Any:
    """Decorator or function: records `function` once per argument shapes and replays it
    (see `Captured`).

    While it records, reading a tensor's value (numpy(), float(), if) raises
    RuntimeError, since a replay would not read again.

    Example:
        >>> @pw.capture
        ... def scaled(x, factor):
        ...     print("recording")
        ...     return x * factor
        >>> scaled([1.0, 2.0], 3.0).tolist()
        recording
        [3.0, 6.0]
        >>> scaled([5.0, 6.0], 3.0).tolist()
        [15.0, 18.0]
    """
    if function is None:
        return lambda f: Captured(f, copy)
    return Captured(function, copy)
