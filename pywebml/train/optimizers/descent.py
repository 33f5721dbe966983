"""Steps downhill by a function's gradients, as TensorFlow.js's optimizers take them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ...core.autodiff import gradients_of_variables, variable_grads
from ...core.runtime import Recorder
from ...core.tensor import Tensor, Variable


class Descent:
    """What needs no more of an optimizer than its `apply`."""

    def apply(
        self, grads: Sequence[Tensor], trainable_variables: Sequence[Variable] | None = None
    ) -> None:
        """One step, in place."""
        raise NotImplementedError

    @property
    def iterations(self) -> Any:
        """How many steps were made."""
        raise NotImplementedError

    def minimize(
        self,
        f: Callable[[], Tensor],
        return_cost: bool = False,
        var_list: Sequence[Variable] | None = None,
    ) -> Tensor | None:
        """One step downhill: calls f(), which gives a scalar, and moves the variables
        (all trainable ones that f reads where none are said). TensorFlow.js's
        `optimizer.minimize`.

        Example:
            >>> w = pw.Variable([4.0], name="w")
            >>> pw.train.sgd(0.25).minimize(lambda: (w * w).sum(), return_cost=True).item()
            16.0
            >>> w.tolist()
            [2.0]
        """
        if not isinstance(return_cost, bool):
            raise TypeError(
                "minimize takes f, return_cost and var_list by place: write var_list=[...]"
            )
        value, pairs = self.compute_gradients(f, var_list)
        self.apply_gradients(pairs)
        return value if return_cost else None

    def compute_gradients(
        self, f: Callable[[], Tensor], var_list: Sequence[Variable] | None = None
    ) -> tuple[Tensor, list[tuple[Tensor, Variable]]]:
        """f()'s value, and (gradient, variable) pairs for `apply_gradients`."""
        if var_list is None:
            return gradients_of_variables(f)
        value, gradients = variable_grads(f, list(var_list))
        return value, list(zip(gradients, var_list, strict=True))

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Tensor, Variable]]) -> Any:
        """`apply`, for (gradient, variable) pairs; how many steps were made."""
        pairs = list(grads_and_vars)
        self.apply([g for g, _ in pairs], [v for _, v in pairs])
        return None if Recorder.trace is not None else self.iterations
