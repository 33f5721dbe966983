"""Running sums of a training: one small kernel per step instead of a reduction, an
addition and a copy for every figure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..core.choices import Choice
from ..core.lowering import Lowering, pack
from ..core.op import Case, Op, register
from ..core.spec import Spec
from ..device.seam import Adapter
from ..host.lazy import np
from .support.rows import SHARED, Rows, launch_rows, shared_forms, usual

__all__ = ["Tally"]

_MOST = 4
_LONGEST = 32768  # values for one invocation: lavapipe stops a loop after 65,535 rounds


def _candidates(adapter: Adapter, shape: Rows) -> list[str]:
    return [*(["thread"] if shape.columns <= _LONGEST else []), *shared_forms(adapter)]


def _rule(adapter: Adapter, shape: Rows) -> str:
    return (
        "thread"
        if adapter.software and shape.columns <= _LONGEST
        else usual(adapter, shape.columns)
    )


choose = Choice("tally", ("tally",), _candidates, _rule)


@register
@dataclass(frozen=True)
class Tally(Op):
    """(sums [k], offset [1], one to four vectors [n]), in place: sums[first + i] += the
    sum of vector i; offset += advance.
    """

    first: int = 0
    advance: int = 0
    writes = (0, 1)

    def infer(self, sums: Spec, offset: Spec, *vectors: Spec) -> tuple[Spec, ...]:
        if not 1 <= len(vectors) <= _MOST:
            raise ValueError(f"Tally takes one to {_MOST} vectors, got {len(vectors)}")
        if offset != Spec((1,), "int32") or sums.dtype != "float32" or len(sums.shape) != 1:
            raise ValueError(
                f"Tally: sums must be float32 [k] and offset int32 [1], got {sums} and {offset}"
            )
        if self.first < 0 or self.first + len(vectors) > sums.shape[0]:
            raise ValueError(
                f"Tally: {len(vectors)} sums from {self.first} on do not fit into {sums.shape[0]}"
            )
        if (
            any(v != vectors[0] for v in vectors)
            or vectors[0].dtype != "float32"
            or len(vectors[0].shape) != 1
        ):
            raise ValueError(f"Tally: vectors must be float32 of one length, got {vectors}")
        return ()

    def numpy(self, sums: Any, offset: Any, *vectors: Any) -> Any:
        sums = sums.copy()
        sums[self.first : self.first + len(vectors)] += [v.sum() for v in vectors]
        return sums, offset + np.int32(self.advance)

    def gpu(self, k: Lowering) -> None:
        sums, offset, *vectors = k.ins
        n = vectors[0].size
        bound = [sums, offset, *vectors, *[vectors[0]] * (_MOST - len(vectors))]
        params = pack("IIIi", n, len(vectors), self.first, self.advance)
        launch_rows(k, choose(k.adapter, Rows(1, n)), "tally", bound, params, 1, "vec4f")

    @classmethod
    def cases(cls) -> Iterable[Case]:
        rng = np.random.default_rng(3)
        for first, advance, n, many, k in [
            (0, 40, 40, 2, 2),
            (0, 7, 7, 1, 1),
            (1, 0, 1000, 4, 6),
            (2, -3, 1, 3, 5),
        ]:
            vectors = [rng.normal(size=n).astype(np.float32) for _ in range(many)]
            sums = rng.normal(size=k).astype(np.float32)
            inputs = (sums, np.array([12], np.int32), *vectors)
            yield Case(f"{many} of {n} into {k} from {first}", cls(first, advance), inputs)
            for form in SHARED:
                yield Case(
                    f"{form}: {many} of {n} into {k} from {first}",
                    cls(first, advance),
                    inputs,
                    forms=(("tally", form),),
                )
