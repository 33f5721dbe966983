"""What a package of star imports hands on."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from ...core.calling import strict


def hand_on(names: dict[str, Any], *but: str) -> None:
    """Gives a module whose `globals()` are `names` an `__all__` of its functions and
    classes, without those that are called as one of `but`.

    A call, since type checkers take an `__all__` that is no plain list for empty.
    """
    names["__all__"] = sorted(
        name
        for name, thing in names.items()
        if callable(thing) and not name.startswith("_") and name not in ("hand_on", *but)
    )


def refuse_odd_calls(namespace: ModuleType) -> None:
    """Makes the functions of a package `strict`, and such that take symbols, but those
    that are it already, under what makes them awaited.
    """
    family = namespace.__name__.rpartition(".")[2]
    for name in namespace.__all__:
        function = getattr(namespace, name)
        if name[0].islower() and not hasattr(function, "__wrapped__"):
            setattr(namespace, name, strict(function, f"{family}.{name}"))
