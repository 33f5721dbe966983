"""Sums of products by Einstein's notation, made of transposes, reshapes, sums and
matrix products.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from ...core.composite import Sample, composite
from ...core.tensor import Tensor, as_tensor
from ...host.lazy import np
from ..complex_numbers import is_complex
from ..elementwise.instructions import common_dtype
from ..shape.functions import broadcast_to
from ..support.axes import ramp
from .matmul import matmul
from .structure import diagonal

__all__ = ["einsum"]

Labels = tuple[str, ...]
"""One for each axis: a letter, or '...0', '...1' for those of an ellipsis from the last
axis on.
"""


class _Term(NamedTuple):
    """A tensor whose axes have these labels, each once."""

    labels: Labels
    x: Any

    def ordered(self, labels: Sequence[str]) -> Any:
        """The tensor with its axes in this order."""
        return self.x.transpose([self.labels.index(label) for label in labels])

    def summed_to(self, used: Collection[str]) -> _Term:
        """Without the axes that nobody else has and the result has not."""
        axes = [i for i, label in enumerate(self.labels) if label not in used]
        if not axes:
            return self
        return _Term(tuple(label for label in self.labels if label in used), self.x.sum(axes))

    def sizes(self) -> dict[str, int]:
        return dict(zip(self.labels, self.x.shape, strict=True))


def _labels_of(part: str, rank: int | None, equation: str) -> list[str]:
    """The labels of one operand (or, without a rank, the letters of the result)."""
    before, dots, after = part.partition("...")
    for letter in before + after:
        if not letter.isalpha():
            raise ValueError(
                f"einsum: {letter!r} in {equation!r} is no letter; expected letters, '...', ',' and"
                " one '->'"
            )
    hidden = 0 if rank is None else rank - len(before) - len(after)
    if rank is not None and (hidden < 0 or (hidden and not dots)):
        raise ValueError(
            f"einsum: {part!r} in {equation!r} has {len(before) + len(after)} letters for a tensor"
            f" of rank {rank}"
        )
    return [*before, *(f"...{i}" for i in reversed(range(hidden))), *after]


def _read(equation: str, ranks: Sequence[int]) -> tuple[list[list[str]], list[str]]:
    """The labels of each operand and of the result."""
    left, arrow, right = "".join(equation.split()).partition("->")
    parts = left.split(",")
    if len(parts) != len(ranks):
        raise ValueError(f"einsum: {equation!r} names {len(parts)} tensors, got {len(ranks)}")
    operands = [_labels_of(p, rank, equation) for p, rank in zip(parts, ranks, strict=True)]
    hidden = max((labels for labels in operands), key=lambda ls: sum(len(x) > 1 for x in ls))
    dots = [label for label in hidden if len(label) > 1]
    counts = Counter(label for labels in operands for label in labels)
    if not arrow:  # NumPy's rule: letters that stand there once, by the alphabet
        return operands, dots + sorted(x for x, n in counts.items() if n == 1 and len(x) == 1)
    before, ellipsis, after = right.partition("...")
    result = [*before, *(dots if ellipsis else []), *after]
    _labels_of(right, None, equation)
    for label in result:
        if label not in counts or result.count(label) > 1:
            raise ValueError(
                f"einsum: {label!r} of the result in {equation!r} must stand in it once, and in"
                " some tensor"
            )
    return operands, result


def _term(labels: Sequence[str], x: Any, equation: str) -> _Term:
    """With repeated labels' diagonals in place of their axes."""
    labels = list(labels)
    for label in [label for label, n in Counter(labels).items() if n > 1]:
        while labels.count(label) > 1:
            first = labels.index(label)
            second = labels.index(label, first + 1)
            if x.shape[first] != x.shape[second]:
                raise ValueError(
                    f"einsum: {label!r} in {equation!r} stands for {x.shape[first]} and"
                    f" {x.shape[second]} in one tensor"
                )
            rest = [i for i in range(len(labels)) if i not in (first, second)]
            x = diagonal(x.transpose([*rest, first, second]))
            labels = [*(labels[i] for i in rest), label]
    return _Term(tuple(labels), x)


def _product(a: _Term, b: _Term, used: Collection[str]) -> _Term:
    """Both multiplied, and summed over what only they have."""
    shared = [x for x in a.labels if x in b.labels]
    summed = [x for x in shared if x not in used]
    batch = [x for x in shared if x in used]
    rows = [x for x in a.labels if x not in shared]
    columns = [x for x in b.labels if x not in shared]
    sizes = {**a.sizes(), **b.sizes()}

    def extent(labels: Sequence[str]) -> int:
        return math.prod(sizes[x] for x in labels)

    labels = (*batch, *rows, *columns)
    if not summed:
        left = a.ordered([*batch, *rows]).reshape(
            *(sizes[x] for x in (*batch, *rows)), *[1] * len(columns)
        )
        right = b.ordered([*batch, *columns]).reshape(
            *(sizes[x] for x in batch), *[1] * len(rows), *(sizes[x] for x in columns)
        )
        return _Term(labels, left * right)
    # as they lie where that is possible: a product reads either way round
    lead = [extent(batch)] if batch else []
    turned_a = a.labels == (*batch, *summed, *rows)
    left = a.ordered([*batch, *summed, *rows] if turned_a else [*batch, *rows, *summed])
    turned_b = b.labels == (*batch, *columns, *summed)
    right = b.ordered([*batch, *columns, *summed] if turned_b else [*batch, *summed, *columns])
    m, n, k = extent(rows), extent(columns), extent(summed)
    y = matmul(
        left.reshape(*lead, *((k, m) if turned_a else (m, k))),
        right.reshape(*lead, *((n, k) if turned_b else (k, n))),
        turned_a,
        turned_b,
    )
    return _Term(labels, y.reshape(*(sizes[x] for x in labels)))


def _cost(a: _Term, b: _Term, used: Collection[str]) -> int:
    """How many values their product has."""
    sizes = {**a.sizes(), **b.sizes()}
    both = {x for x in sizes if x in used or not (x in a.labels and x in b.labels)}
    return math.prod(sizes[x] for x in both)


def _sample_sums() -> Iterator[Sample]:
    a, b, c = ramp((2, 3)), ramp((3, 4)), ramp((4, 2))
    for equation, *arrays in (
        ("ij,jk->ik", a, b), ("ij,kj->ki", a, c.T.reshape(4, 2).repeat(2, 1)[:, :3]),
        ("ij,jk,kl", a, b, c), ("ii->i", ramp((4, 4))), ("iji", ramp((3, 2, 3))),
        ("...ij,...j->...i", ramp((2, 1, 2, 3)), ramp((5, 3))), ("bij,bjk->bik", ramp((2, 2, 3)),
        ramp((2, 3, 2))), ("i,j->ji", ramp((3,)), ramp((2,))), ("ij->", a), ("b...->...b", a),
        ("ij,ij->i", a, a), ("abc,cd,b->da", ramp((2, 3, 4)), ramp((4, 5)), ramp((3,))),
    ):  # fmt: skip
        yield Sample(equation, tuple(arrays), {"equation": equation})


@composite(
    meaning=lambda equation, *xs: np.einsum(equation, *xs),
    cases=_sample_sums,
    leading=("equation",),
)
def einsum(equation: str, *tensors: Any) -> Tensor:
    """The sum of products that the equation says, over all letters that its result has
    not: 'ij,jk->ik' is a matrix product, 'ii->' a trace, '...ij->...ji' turns matrices.

    Any number of tensors; '...' stands for axes that are broadcast, a letter twice in
    one tensor for its diagonal. Without '->' the result has the letters that stand
    there once, by the alphabet, as in NumPy. Products are taken two by two, the
    smallest first, as matrix products. ValueError for equations that do not fit the
    tensors.

    Example:
        >>> ops.einsum("ij,j->i", [[1.0, 2.0], [3.0, 4.0]], [1.0, 10.0]).tolist()
        [21.0, 43.0]
        >>> ops.einsum("ii", [[1, 2], [3, 4]]).item()
        5
        >>> ops.einsum("...ij,...jk->...ik", ops.ones((5, 2, 3)), ops.ones((3, 4))).shape
        (5, 2, 4)
    """
    if not isinstance(equation, str):
        raise TypeError(
            "einsum: the equation comes first, as text such as 'ij,jk->ik', got a"
            f" {type(equation).__name__}"
        )
    xs = [as_tensor(x) for x in tensors]
    operands, result = _read(equation, [x.ndim for x in xs])
    if any(map(is_complex, xs)):
        dtype = "complex64"
    else:
        dtype = common_dtype([x.dtype for x in xs])
        dtype = "int32" if dtype == "bool" else dtype
    terms = [
        _term(labels, x.astype(dtype), equation) for labels, x in zip(operands, xs, strict=True)
    ]
    sizes: dict[str, int] = {}
    for term in terms:
        for label, n in term.sizes().items():
            if sizes.setdefault(label, n) not in (1, n) and n != 1:
                raise ValueError(
                    f"einsum: {label!r} in {equation!r} stands for {sizes[label]} and {n}"
                )
            sizes[label] = max(sizes[label], n)
    terms = [_without_ones(term, sizes) for term in terms]

    def used_but(*ours: _Term) -> set[str]:
        others = [t for t in terms if all(t is not x for x in ours)]
        return set(result).union(*(t.labels for t in others))

    terms = [term.summed_to(used_but(term)) for term in terms]
    while len(terms) > 1:
        pairs = [(a, b) for i, a in enumerate(terms) for b in terms[i + 1 :]]
        a, b = min(pairs, key=lambda pair: _cost(pair[0], pair[1], used_but(*pair)))
        joined = _product(a, b, used_but(a, b))
        terms = [t for t in terms if t is not a and t is not b] + [joined]
        terms[-1] = joined.summed_to(used_but(joined))
    (last,) = terms
    there = [x for x in result if x in last.labels]
    y = last.ordered(there).reshape(*(sizes[x] if x in there else 1 for x in result))
    return broadcast_to(y, [sizes[x] for x in result])


def _without_ones(term: _Term, sizes: dict[str, int]) -> _Term:
    """Without axes of size 1 that are longer elsewhere, and so broadcast."""
    whole = [i for i, x in enumerate(term.labels) if term.x.shape[i] == sizes[x]]
    if len(whole) == len(term.labels):
        return term
    shape = [term.x.shape[i] for i in whole]
    return _Term(tuple(term.labels[i] for i in whole), term.x.reshape(*shape))
