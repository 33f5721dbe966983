"""What `fit` says when numbers are none any more: NaN or infinity in the loss, in the
validation's, or in the weights.

Nothing is read for it within a step: the loss is looked at whenever it is read anyway,
the weights once, at the end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from .. import ops
from ..core.spec import FLOATS
from ..core.tensor import Tensor, Variable
from ..host.warned import warn
from .metrics import Figure
from .passes import Pass
from .trainee import Trainee, compiled_of


class Watch:
    """One warning per `fit` for each of what it looks at. A cause is looked for in what
    is trained on or validated with, once a loss is no number.
    """

    def __init__(self, model: Trainee, training: Pass, validating: Pass | None = None):
        self._model = model
        self._passes = {"": training, "val_": validating}
        self._said: set[str] = set()

    async def logs(self, logs: dict[str, Figure], epoch: int, step: int | None = None) -> None:
        """Looks at the losses of an epoch, so far or, without a step, as a whole."""
        for prefix, work in self._passes.items():
            key = f"{prefix}loss"
            loss = logs.get(key, 0.0)
            if key in self._said or (isinstance(loss, float) and math.isfinite(loss)):
                continue
            self._said.add(key)
            when = f"epoch {epoch + 1}" + ("" if step is None else f", by step {step}")
            warn(f"the {prefix}loss is {loss} in {when}: {await self._cause(work)}")

    async def _cause(self, work: Pass | None) -> str:
        assert work is not None  # there is no loss without one
        batch = work.data
        parts: dict[str, Sequence[Tensor | None]] = {
            "inputs": batch.inputs,
            "labels": batch.labels,
            "weights of examples": batch.weights,
        }
        tensors = {
            name: [t for t in part if t is not None and t.dtype in FLOATS]
            for name, part in parts.items()
        }
        means = await _read([_mean(t) for part in tensors.values() for t in part])
        for name, part in tensors.items():
            own, means = means[: len(part)], means[len(part) :]
            if not all(map(math.isfinite, own)):
                return (
                    f"the {name} have nan, infinite or very large values; find them with"
                    " numpy.isfinite, and mend them or leave those examples out"
                )
        several = compiled_of(self._model).optimizer.stepping
        rates = " and ".join(f"{one.learning_rate:g}" for one in several)
        return (
            "the data are finite, so lower the learning rate"
            f" (now {rates}), or look for logarithms, roots and divisions at 0 in the model"
        )

    def means(self) -> Tensor | None:
        """The means of the model's weights, on the device: finite where these are."""
        means = [_mean(w) for w in self._floats]
        return ops.stack(means) if means else None

    @property
    def _floats(self) -> list[Variable]:
        return [w for w in self._model.weights if w.dtype in FLOATS]

    def weights(self, means: Sequence[float], epoch: int) -> None:
        """Looks at weights, by their `means`, after an epoch whose loss was one."""
        if self._said or all(map(math.isfinite, means)):
            return
        names = [
            w.path for w, mean in zip(self._floats, means, strict=True) if not math.isfinite(mean)
        ]
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        self._said.add("weights")
        warn(
            f"the weights {names[0]!r}{more} are nan or infinite after epoch {epoch + 1}, though"
            " its loss was finite: a last gradient was none. Lower the learning rate, or look for"
            " roots and divisions at 0 in the model"
        )


def _mean(t: Tensor) -> Tensor:
    """NaN or infinite where one value is."""
    return ops.cast(ops.mean(t), "float32")


async def _read(scalars: list[Tensor]) -> list[float]:
    return list(await ops.stack(scalars).data()) if scalars else []
