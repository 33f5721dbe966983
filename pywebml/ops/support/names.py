"""What a package of star imports hands on."""

from __future__ import annotations

from typing import Any


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
