"""Which form of a kernel runs. A choice has a name, its candidates, and a rule that
picks one by shape and adapter; what a tuning run measured on the adapter (`bench tune`,
see device/measured.py) goes before the rule.

A new form of a kernel is one more name among its choice's `candidates`, with sample
cases that ask for it (`Case.forms`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

from ..device import measured
from ..device.kernels import all_texts
from ..device.seam import Adapter
from .op import lower

CHOICES: dict[str, Choice] = {}
"""All choices, by name."""


class Asked(NamedTuple):
    """A choice that a lowering made: for which shape, among which candidates, and what
    the rule says.
    """

    choice: Choice
    shape: tuple[Any, ...]
    candidates: tuple[str, ...]
    default: str


class _State:
    forced: dict[str, str] = {}  # noqa: RUF012  (one for the process)
    asked: list[Asked] | None = None
    tables: dict[Adapter, dict[str, dict[str, str]]] = {}  # noqa: RUF012


class Choice:
    """`candidates(adapter, shape)`: the names of what can run for that shape, a
    NamedTuple of numbers and flags; `rule(adapter, shape)`: the one among them that
    runs where nothing was measured. `kernels` are the files that the candidates stand
    in: what was measured holds until one of them, or a text they need, changes.
    """

    def __init__(
        self,
        name: str,
        kernels: Sequence[str],
        candidates: Callable[[Adapter, Any], Sequence[str]],
        rule: Callable[[Adapter, Any], str],
    ):
        self.name, self.kernels, self.candidates, self.rule = name, tuple(kernels), candidates, rule
        CHOICES[name] = self

    def __call__(self, adapter: Adapter, shape: Any) -> str:
        """The candidate that runs."""
        possible = tuple(self.candidates(adapter, shape))
        default = self.rule(adapter, shape)
        if _State.asked is not None:
            _State.asked.append(Asked(self, shape, possible, default))
        picked = _State.forced.get(self.name) or _table(adapter).get(self.name, {}).get(
            shape_class(shape), default
        )
        return picked if picked in possible else default

    @property
    def version(self) -> str:
        """Changes with the text of the kernels, and of all that goes before them."""
        return _version(self.kernels)


@cache
def _version(kernels: tuple[str, ...]) -> str:
    return hashlib.sha256("\n".join(all_texts(*kernels).values()).encode()).hexdigest()[:16]


def shape_class(shape: Any) -> str:
    """The class of a shape, in words: numbers up to 16 as they are, larger ones to the
    nearest of 2^i and 3 * 2^i, and set flags.

    Which candidate is fastest changes slowly with a large size, but at once with a
    small one (3 or 4 channels, a window of 1 or 2). So one measurement serves all
    shapes within a quarter or so of each other, and small ones are told apart.
    """
    words = []
    for name, value in zip(shape._fields, shape, strict=True):
        if isinstance(value, bool):
            words += [name] if value else []
        else:
            words.append(f"{name}={_rounded(value) if isinstance(value, int) else value}")
    return " ".join(words)


def _rounded(n: int) -> int:
    if n <= 16:
        return n
    power = 1 << n.bit_length() - 1
    return min((power, power * 3 // 2, 2 * power), key=lambda size: (abs(size - n), -size))


def _table(adapter: Adapter) -> dict[str, dict[str, str]]:
    """What was measured on the adapter, {choice: {class of shapes: candidate}}, read
    when it is first asked for.
    """
    table = _State.tables.get(adapter)
    if table is None:
        kept = {} if measured.ignored() else measured.load(adapter).get("choices")
        table = {
            name: forms for name, choice in CHOICES.items() if (forms := _measured(kept, choice))
        }
        _State.tables[adapter] = table
    return table


def _measured(kept: Any, choice: Choice) -> dict[str, str]:
    """What a file's part says of a choice; {} where it is of other kernels, or no such
    thing.
    """
    part = kept.get(choice.name) if isinstance(kept, dict) else None
    if (
        not isinstance(part, dict)
        or part.get("kernels") != choice.version
        or not isinstance(part.get("forms"), dict)
    ):
        return {}
    return dict(part["forms"])


def keep(adapter: Adapter, found: dict[str, dict[str, str]]) -> None:
    """Adds what a tuning run found, {choice: {class of shapes: candidate}}, to what is
    kept for the adapter, and uses it from now on. Plans that are recorded already keep
    their kernels.
    """

    def added(record: dict[str, Any]) -> dict[str, Any]:
        before = record.get("choices")
        parts = dict(before) if isinstance(before, dict) else {}
        for name, forms in found.items():
            parts[name] = {
                "kernels": CHOICES[name].version,
                "forms": {**_measured(before, CHOICES[name]), **forms},
            }
        return {**record, "choices": parts}

    measured.change(adapter, added)
    reload()


def reload() -> None:
    """Looks again at what is kept: after it was changed or forgotten."""
    _State.tables.clear()
    _lower_anew()


@contextmanager
def forced(**forms: str) -> Iterator[None]:
    """Lowers with these candidates wherever they can run, whatever rule and measurement
    say: {choice: candidate}. ValueError for a choice that is not there.
    """
    if unknown := [name for name in forms if name not in CHOICES]:
        raise ValueError(f"no choice called {unknown[0]!r}; there are {', '.join(CHOICES)}")
    if not forms:
        yield
        return
    before, _State.forced = _State.forced, {**_State.forced, **forms}
    _lower_anew()
    try:
        yield
    finally:
        _State.forced = before
        _lower_anew()


@contextmanager
def watched() -> Iterator[list[Asked]]:
    """Lists the choices that lowerings make meanwhile."""
    before, _State.asked = _State.asked, []
    _lower_anew()
    try:
        yield _State.asked
    finally:
        _State.asked = before


def _lower_anew() -> None:
    lower.cache_clear()
