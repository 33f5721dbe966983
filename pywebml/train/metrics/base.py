"""What every metric is: a state, and a figure of it. Ours are sums and a function of
sums; those of Keras's form say `update_state` and `result`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, NamedTuple

from ... import ops
from ...core.calling import named
from ...core.registry import Registry, config_of
from ...core.runtime import Recorder
from ...core.tensor import Tensor, Variable, as_numbers, as_tensor, run_sync, tensor
from ...core.trace import eager
from ...layers import initializers
from .. import checks
from ..arguments import one_of, snake_case, text
from ..pairing import line_up, refuse_broadcast, weights_of_values

Figure = float | list[float] | dict[str, float]
"""What a metric says: one number, or one per class or threshold."""


_within_step: ContextVar[bool] = ContextVar("within_step", default=False)


@contextmanager
def within_step() -> Iterator[None]:
    """Around a step, also one that runs without being recorded."""
    token = _within_step.set(True)
    try:
        yield
    finally:
        _within_step.reset(token)


def _stands() -> bool:
    """Whether what a metric says is one of a step's figures."""
    return Recorder.trace is not None or _within_step.get()


class Result(Tensor):
    """What a metric says inside a recorded step: its state's figure until then. `fit`
    shows the last one, where it takes the mean of any other tensor.
    """

    __slots__ = ("metric",)
    metric: Metric

    @classmethod
    def of(cls, metric: Metric, value: Tensor) -> Result:
        result = cls(value.buffer, value.spec, value._node)
        result.metric = metric
        return result


class Standing(NamedTuple):
    """The state of a metric inside a recorded step, where its figure is computed when
    it is read. To be returned as it is, as one of the step's figures.
    """

    metric: Metric
    state: Tensor


class Metric:
    """A figure over labels and outputs, in `compile` and by hand.

    By hand `update_state(y_true, y_pred, sample_weight)` adds to what is known, and
    `result()` says what it comes to; `reset_state()` forgets it. Calling a metric does
    the first two. `variables` are its state, on the device.

    A subclass says either, as in Keras, `update_state` and `result`, with variables
    that `add_weight` made in its constructor; both are made of ops, since a step is
    recorded. Or it says `sums`, which are taken on the device in every step and have to
    be enough (an average needs two, the sum of the values and their number), and
    `value`, what they come to, which costs nothing until logs are due.

    Example:
        >>> class Positives(pw.metrics.Metric):
        ...     def __init__(self, name="positives"):
        ...         super().__init__(name=name)
        ...         self.count = self.add_weight(initializer="zeros", name="count")
        ...
        ...     def update_state(self, y_true, y_pred, sample_weight=None):
        ...         said = ops.cast(y_pred > 0.5, "float32")
        ...         self.count.assign(self.count + ops.sum(said))
        ...
        ...     def result(self):
        ...         return self.count
        >>> metric = Positives()
        >>> metric.update_state([1.0, 0.0], pw.tensor([0.7, 0.9]))
        >>> metric.result().item()
        2.0
        >>> class MeanOutput(pw.metrics.Metric):
        ...     def sums(self, labels, outputs, weights):
        ...         return ops.stack([outputs.sum(), ops.sum(ops.ones_like(outputs))])
        ...
        ...     def value(self, sums):
        ...         return sums[0] / sums[1]
        >>> MeanOutput()([0.0, 0.0], [1.0, 2.0]).item()
        1.5
    """

    larger_is_better: bool | None = None
    """Which way a training should move it, for `EarlyStopping`; None where unknown."""
    looks: ClassVar[Callable[..., None] | None] = None
    """What of `train/checks.py` the labels' numbers must pass."""
    _form: Any = None
    """How the last recorded result was made up."""

    @named
    def __init__(self, dtype: Any = None, name: str | None = None):
        title = type(self).__name__
        if isinstance(dtype, str) and dtype != "float32":
            raise ValueError(
                f"{title}: dtype must be None or 'float32', got {dtype!r:.80}; is it a name? write"
                " it as name=..."
            )
        one_of(f"{title}: dtype", dtype, (None, "float32"))
        self.dtype = "float32"
        self.name = text(f"{title}: name", snake_case(title) if name is None else name)
        self._variables: list[Variable] = []
        self._sums: Variable | None = None

    def __init_subclass__(cls) -> None:
        own = vars(cls)
        if "__init__" in own:
            cls.__init__ = named(cls.__init__)  # type: ignore[method-assign]
        if "result" in own:
            cls.result = _result(cls.result)  # type: ignore[method-assign, assignment]

    # --- as Keras has it

    def add_variable(
        self,
        shape: Any,
        initializer: Any = None,
        dtype: str | None = None,
        aggregation: str = "sum",
        name: str | None = None,
    ) -> Variable:
        """A variable of the state, zeros where no initializer says otherwise."""
        if "_variables" not in vars(self):
            raise RuntimeError(
                f"{type(self).__name__}: call super().__init__() before add_weight, at the start"
                " of the constructor"
            )
        start = initializers.get("zeros" if initializer is None else initializer)
        with eager():
            variable = Variable(
                start(tuple(shape) if hasattr(shape, "__iter__") else (shape,)),
                trainable=False,
                name=f"{self.name}/{name or 'variable'}",
                dtype=dtype or "float32",
            )
        self._variables.append(variable)
        return variable

    def scalar(self, name: str) -> Variable:
        """A number of the state, made when it is first asked for: where `fit` adds up
        sums, nobody does.
        """
        full = f"{self.name}/{name}"
        known = next((v for v in self._variables if v.name == full), None)
        return self.add_variable((), name=name) if known is None else known

    def add_weight(
        self,
        shape: Any = (),
        initializer: Any = None,
        dtype: str | None = None,
        name: str | None = None,
    ) -> Variable:
        """`add_variable`."""
        return self.add_variable(shape, initializer, dtype, name=name)

    @property
    def variables(self) -> list[Variable]:
        """The state, that of metrics in attributes included."""
        state = [*self._variables, *([] if self._sums is None else [self._sums])]
        return state + [v for metric in metrics_in(self) for v in metric.variables]

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Adds examples to what is known: labels and outputs, weights [n] or [n, 1], or
        one for each value. ValueError for labels that the metric does not take.
        """
        labels, outputs = (as_numbers(t) for t in (y_true, y_pred))
        outputs = ops.cast(outputs, "float32")
        weights = None if sample_weight is None else as_tensor(sample_weight, "float32")
        self._check_numbers(labels, outputs)
        self._add(self.sums_of(ops.cast(labels, "float32"), outputs, weights))

    def result(self) -> Any:
        """The figure of the state, a tensor."""
        if self._sums is None:
            raise RuntimeError(f"the metric {self.name!r} has seen nothing: update_state first")
        if _stands():
            return Standing(self, self._sums)
        return tensor(self.value(self._sums.tolist()), dtype="float32")

    def reset_state(self) -> None:
        """Forgets what is known."""
        for variable in self.variables:
            variable.assign(ops.zeros(variable.shape, variable.dtype))

    def __call__(self, *args: Any, **options: Any) -> Any:
        self.update_state(*args, **options)
        return self.result()

    def stateless_update_state(self, metric_variables: Sequence[Any], *args: Any, **options: Any):  # type: ignore[no-untyped-def]
        """The variables' values after `update_state`, from these; its own stay."""
        with self._holding(metric_variables):
            self.update_state(*args, **options)
            return [v + ops.zeros((), v.dtype) for v in self.variables]

    def stateless_result(self, metric_variables: Sequence[Any]) -> Any:
        """`result` of these values of the variables."""
        with self._holding(metric_variables):
            return self.result()

    def stateless_reset_state(self) -> list[Tensor]:
        """The variables' values after `reset_state`."""
        return [ops.zeros(v.shape, v.dtype) for v in self.variables]

    @contextmanager
    def _holding(self, values: Sequence[Any]) -> Iterator[None]:
        state = self.variables
        if len(values) != len(state):
            raise ValueError(
                f"{self.name}: metric_variables must be one for each of its {len(state)} variables,"
                f" got {len(values)}"
            )
        before = [v + ops.zeros((), v.dtype) for v in state]
        try:
            for variable, value in zip(state, values, strict=True):
                variable.assign(value)
            yield
        finally:
            for variable, value in zip(state, before, strict=True):
                variable.assign(value)

    # --- as sums

    @property
    def has_own_state(self) -> bool:
        """Whether a user's class says one of Keras's methods."""
        cls = type(self)
        return not all(map(is_ours, (cls.update_state, cls.result, cls.reset_state)))

    def sums(self, labels: Tensor, outputs: Tensor, weights: Tensor | None) -> Tensor:
        """The sums [k] of a batch: labels and outputs as the loss gets them (after the
        final activation), weights [n] or None for all ones.
        """
        raise NotImplementedError(
            f"{type(self).__name__} must say its sums(labels, outputs, weights) -> Tensor [k], or"
            " update_state and result"
        )

    def sums_of(self, labels: Tensor, outputs: Tensor, weights: Tensor | None) -> Tensor:
        """`sums`. Where it is a user's, labels come in the outputs' rank, and nothing
        is broadcast by chance.
        """
        if weights is not None:
            n = outputs.shape[0] if outputs.ndim else 1
            weights = weights_of_values(weights, outputs, self.name, n)
            if weights.size == n:
                weights = ops.reshape(weights, (n,))
        if not is_ours(type(self)):
            inputs = {"labels": labels, "outputs": outputs}
            if weights is not None:
                inputs["weights"] = weights
            shapes = {name: t.shape for name, t in inputs.items()}
            labels, outputs = line_up(labels, outputs)
            inputs |= {"labels": labels, "outputs": outputs}
            refuse_broadcast(
                f"the metric {self.name!r}",
                lambda y, p, w=None: self.sums(y, p, w),
                inputs,
                shapes,
            )
        return self.sums(labels, outputs, weights)

    def look(self, to_check: checks.Checks, what: str, labels: Tensor, classes: int | None) -> None:
        """Asks for labels that the figure has no meaning for to be refused."""
        if self.looks is not None:
            self.looks(to_check, what, labels, classes)

    def value(self, sums: Sequence[float]) -> Figure:
        """The figure of sums that were added up over any number of batches."""
        raise NotImplementedError(f"{type(self).__name__} must say its value(sums) -> float")

    def figure(self, numbers: Sequence[float]) -> Figure:
        """The figure of what a step gives: of its sums, or of what it `recorded`."""
        return _shaped(numbers, self._form) if self.has_own_state else self.value(numbers)

    def recorded(self, labels: Tensor, outputs: Tensor, weights: Tensor | None = None) -> Tensor:
        """`update_state` and `result` inside a step: the figure, flat. RuntimeError
        where they are not made of ops.
        """
        try:
            self.update_state(labels, outputs, *([] if weights is None else [weights]))
            result = self.result()
        except Exception as error:
            raise type(error)(
                f"the metric {self.name!r} cannot be recorded: its update_state and result must be"
                f" made of ops, and read nothing back ({error})"
            ) from error
        parts = list(result.values()) if isinstance(result, Mapping) else [result]
        tensors = [as_tensor(part, "float32") for part in parts]
        self._form = [*result] if isinstance(result, Mapping) else tensors[0].shape
        flat = [ops.reshape(t, (t.size,)) for t in tensors]
        return flat[0] if len(flat) == 1 else ops.concat(flat, 0)

    def _check_numbers(self, labels: Tensor, outputs: Tensor) -> None:
        """ValueError for numbers that have no meaning here; not looked at inside a
        recorded step, which reads nothing.
        """
        if Recorder.trace is not None:
            return
        to_check = checks.Checks()
        classes = outputs.shape[-1] if outputs.ndim else None
        self.look(to_check, f"labels of {self.name}", labels, classes)
        run_sync(to_check.settle())

    def _add(self, sums: Tensor) -> None:
        if self._sums is None or self._sums.shape != sums.shape:
            with eager():
                start = ops.zeros(sums.shape)
                self._sums = Variable(start, trainable=False, name=f"{self.name}/sums")
        self._sums.assign(self._sums + sums)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as Keras writes them."""
        if is_ours(type(self)):
            return config_of(self)
        return {"name": self.name, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """From `get_config`, or Keras's: its dtype is left out, sums are float32."""
        return cls(**{key: value for key, value in config.items() if key != "dtype"})


def _result(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A `result` whose tensors know inside a recorded step that they are one."""

    @functools.wraps(function)
    def result(self: Metric) -> Any:
        value = function(self)
        if not _stands() or isinstance(value, (Result, Standing)):
            return value
        if isinstance(value, Mapping):
            return {key: Result.of(self, as_tensor(part)) for key, part in value.items()}
        return Result.of(self, as_tensor(value, "float32"))

    return result


def _shaped(values: Sequence[float], form: Any) -> Figure:
    if isinstance(form, list):  # the keys of a dict
        return dict(zip(form, values, strict=True))
    return list(values) if form else values[0]


METRICS: Registry[Metric] = Registry(
    "metric",
    Metric,
    functions=True,
    hint=", accuracy, or a function (y_true, y_pred) -> [n]",
)


def metrics_in(thing: Any) -> list[Metric]:
    """Those in the attributes of a model or a metric, and in lists there."""
    values = [v if isinstance(v, (list, tuple)) else [v] for v in vars(thing).values()]
    return [metric for value in values for metric in value if isinstance(metric, Metric)]


def quotient(a: float, b: float) -> float:
    """a / b, and 0 where b is 0, as Keras divides."""
    return a / b if b else 0.0


def is_ours(thing: Any) -> bool:
    """Whether a class or function is of this library: those check shapes themselves."""
    package = __name__.partition(".")[0]
    return (getattr(thing, "__module__", None) or "").startswith(f"{package}.train.")
