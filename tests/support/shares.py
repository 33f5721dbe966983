"""Slow proofs: each run of the tests takes a share of their cases, always the same
ones; `make test-all` (PYWEBML_TESTS=all) takes all.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TypeVar

Case = TypeVar("Case")

ALL = os.environ.get("PYWEBML_TESTS") == "all"
MANY = 40  # cases of an op


def share(cases: Iterable[Case], every: int, first: int = 0) -> list[Case]:
    """Of the cases, every `every`-th from the `first` on; all where all are asked for.

    The cases left out are of the same kind as those taken: what breaks one of a kind
    breaks its neighbours, too.
    """
    return list(cases) if ALL else list(cases)[first::every]


def share_per_op(cases: Iterable[tuple[str, Case]]) -> list[tuple[str, Case]]:
    """Of what `check` looks at, (op, case) each, a share of those of ops with many
    cases: kernels in all their forms, of all shapes. Half of them all.
    """
    by_op: dict[str, list[tuple[str, Case]]] = {}
    for name, case in cases:
        by_op.setdefault(name, []).append((name, case))
    return [one for few in by_op.values() for one in share(few, 4 if len(few) > MANY else 1)]
