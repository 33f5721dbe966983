"""Functions without an op of their own, written in others. `@composite` says what they
mean in NumPy and hands over samples, so that `check` holds them against that on every
host, as it does with ops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from .op import Case, Op

F = TypeVar("F", bound=Callable[..., Any])


class Sample(NamedTuple):
    """A name, NumPy inputs, the other arguments by keyword, and the tolerance, as in
    `Case`.
    """

    name: str
    inputs: tuple[Any, ...]
    keywords: Mapping[str, Any] = {}
    atol: float = 1e-5
    rtol: float = 1e-4


@dataclass(frozen=True)
class Composite:
    """What `check` asks of a function, as it does of a class of ops."""

    function: Callable[..., Any]
    meaning: Callable[..., Any]
    samples: Callable[[], Iterable[Sample]]
    halves: bool
    listed: bool
    leading: tuple[str, ...]
    finite: bool

    def cases(self) -> Iterator[Case]:
        for name, inputs, keywords, atol, rtol in self.samples():
            yield Case(name, Applied(self, keywords), inputs, atol, rtol)


@dataclass(frozen=True, eq=False)
class Applied(Op):
    """A composite with its keywords: an op to `check`, and to nobody else."""

    composite: Composite
    keywords: Mapping[str, Any] = field(default_factory=dict)

    @property
    def not_finite_inputs(self) -> tuple[int, ...]:  # type: ignore[override]
        return () if self.composite.finite else (0,)

    @property
    def name(self) -> str:
        return self.composite.function.__name__

    def numpy(self, *arrays: Any) -> Any:
        return self._apply(self.composite.meaning, arrays)

    def __call__(self, *tensors: Any) -> Any:
        return self._apply(self.composite.function, tensors)

    def _apply(self, function: Callable[..., Any], inputs: tuple[Any, ...]) -> Any:
        leading = self.composite.leading
        first = [self.keywords[name] for name in leading]
        named = {name: value for name, value in self.keywords.items() if name not in leading}
        taken = [list(inputs)] if self.composite.listed else inputs
        result = function(*first, *taken, **named)
        return tuple(result) if isinstance(result, list) else result


COMPOSITES: dict[str, Composite] = {}


def composite(
    *,
    meaning: Callable[..., Any],
    cases: Callable[[], Iterable[Sample]],
    halves: bool = False,
    listed: bool = False,
    leading: tuple[str, ...] = (),
    finite: bool = False,
) -> Callable[[F], F]:
    """Registers a function with `check`, and gives it back as it is.

    `meaning` is called with arrays as the function is with tensors, and with the same
    keywords. `halves` as for ops: its floats may be float16, too. `listed`: the inputs
    are one argument, a list. `leading`: keywords of the samples that stand before the
    inputs, by place. `finite`: NaN and infinity come to something else than in
    NumPy. Several results come as a tuple or a list.

    Example (not run, since it would be registered):
        @composite(
            meaning=lambda a, b: np.outer(a, b),
            cases=lambda: [Sample("3 by 2", (np.arange(3.0), np.arange(2.0)))],
        )
        def outer(a, b): ...
    """

    def register(function: F) -> F:
        COMPOSITES[function.__name__] = Composite(
            function, meaning, cases, halves, listed, leading, finite
        )
        return function

    return register
