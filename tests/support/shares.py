"""Slow proofs: each run of the tests takes a share of their cases, always the same
ones; `make test-all` (PYWEBML_TESTS=all) takes all.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterable
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
    by_op = by_kind(cases, lambda case: case[0])
    return [one for few in by_op for one in share(few, 4 if len(few) > MANY else 1)]


def share_of_each(
    cases: Iterable[Case], kind: Callable[[Case], Hashable], every: int
) -> list[Case]:
    """`share` of the cases of each kind: at least the first."""
    return [one for few in by_kind(cases, kind) for one in share(few, every)]


def by_kind(cases: Iterable[Case], kind: Callable[[Case], Hashable]) -> list[list[Case]]:
    """The cases of each kind, in their order."""
    kinds: dict[Hashable, list[Case]] = {}
    for case in cases:
        kinds.setdefault(kind(case), []).append(case)
    return list(kinds.values())
