"""Calls of public functions, looked at before they run: an argument that is in no
place, has an unknown name or is no flag where one is asked for ends in a sentence that
says how to write it.

People come from Keras, NumPy and TensorFlow.js, where functions of one name take their
arguments in different orders. What would mean another thing there has no place here,
only a name; `tests/ops/test_signatures.py` compares them.
"""

from __future__ import annotations

import functools
import inspect
import operator
import reprlib
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NoReturn, TypeVar

from .registry import nearest
from .symbolic import FUNCTIONS, symbol_in

F = TypeVar("F", bound=Callable[..., Any])


def strict(function: F, on_symbols: str = "") -> F:
    """The function, refusing calls that cannot be meant: TypeError. Parameters that are
    annotated as `bool` are flags. With a name for configs, `on_symbols`, it may also be
    called on symbols (see `symbolic.py`).

    Example:
        >>> from pywebml.core.calling import strict
        >>> @strict
        ... def pick(x: int, *, axis: int = 0) -> int: ...
        >>> pick(7, 1)
        Traceback (most recent call last):
        TypeError: pick takes x by place and the others by name: write axis=1
    """
    code = inspect.unwrap(function).__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    known = frozenset(names)
    several = bool(code.co_flags & inspect.CO_VARARGS)
    most = sys.maxsize if several else code.co_argcount
    flags = [(names.index(n), n) for n, kind in function.__annotations__.items() if kind == "bool"]

    @functools.wraps(function)
    def call(*args: Any, **named: Any) -> Any:
        if on_symbols:
            symbol = symbol_in(args)
            if symbol is None and named:
                symbol = symbol_in(named.values())
            if symbol is not None:
                return symbol.calling(on_symbols, args, named)
        if len(args) > most:
            _refuse_place(function, names, most, args[most])
        if named and not named.keys() <= known:
            strange = (name for name in named if name not in known)
            raise unknown(_name(function), strange, _without_self(names))
        for place, name in flags:
            value = args[place] if place < len(args) else named.get(name, False)
            if value is True or value is False:
                continue
            if not _is_numpy_bool(value):
                raise TypeError(
                    f"{_name(function)}: {name} must be True or False, got {_shown(value)}"
                )
            if place < len(args):
                args = (*args[:place], bool(value), *args[place + 1 :])
            else:
                named[name] = bool(value)
        return function(*args, **named)

    if code.co_flags & inspect.CO_VARKEYWORDS:
        raise TypeError(f"{function.__qualname__} takes any names; there is nothing to refuse")
    if on_symbols:
        FUNCTIONS[on_symbols] = call
    return call  # type: ignore[return-value]  # it takes and gives what `function` does


def named(function: F) -> F:
    """The constructor or method, whose unknown arguments end in a sentence with the
    nearest name: TypeError. One that takes any names stays as it is.

    Example:
        >>> from pywebml.core.calling import named
        >>> @named
        ... def decay(rate: float, staircase: bool = False) -> None: ...
        >>> decay(0.1, stair_case=True)
        Traceback (most recent call last):
        TypeError: decay has no argument 'stair_case'; did you mean 'staircase'?
    """
    parameters = inspect.signature(function).parameters
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return function
    names = [name for name in parameters if name != "self"]
    known = frozenset(names)

    @functools.wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        if not options.keys() <= known:
            is_constructor = function.__name__ == "__init__"
            what = type(args[0]).__name__ if is_constructor else _name(function)
            raise unknown(what, (o for o in options if o not in known), names)
        return function(*args, **options)

    return call  # type: ignore[return-value]


def unknown(what: str, names: Iterable[str], known: Iterable[str], **instead: str) -> TypeError:
    """For arguments that there are not: the one that was meant, or what to do
    `instead`.

    Example:
        >>> from pywebml.core.calling import unknown
        >>> print(unknown("fit", ["epoch"], ["x", "epochs"]))
        fit has no argument 'epoch'; did you mean 'epochs'?
        >>> print(unknown("fit", ["gpu"], ["x", "epochs"]))
        fit has no argument 'gpu'; it has x and epochs
    """
    name, known = next(iter(names)), list(known)
    near = nearest(name[:80], known)
    hint = instead.get(name) or (
        f"did you mean {near!r}?" if near else f"it has {_listed(known, 'and')}"
    )
    return TypeError(f"{what} has no argument {name!r:.80}; {hint}")


def told(instead: Mapping[str, str], neutral: Mapping[str, Any] | None = None) -> Callable[[F], F]:
    """A method of Keras's whose unknown arguments are answered in words: {argument:
    what to do instead}. Those that say nothing as they are (`neutral`: {argument: the
    value}, and None) are let through.
    """

    def decorate(method: F) -> F:
        known = [name for name in inspect.signature(method).parameters if name != "self"]

        @functools.wraps(method)
        def telling(self: Any, *args: Any, **options: Any) -> Any:
            if not options.keys() <= set(known):
                passing = {**dict.fromkeys(instead), **(neutral or {})}
                strange = [name for name in options if name not in known]
                strange = [
                    name
                    for name in strange
                    if name not in passing or options.pop(name) not in (None, passing[name])
                ]
                if strange:
                    raise unknown(method.__name__, strange, known, **instead)
            return method(self, *args, **options)

        return telling  # type: ignore[return-value]

    return decorate


def ints(values: Any, what: str) -> tuple[int, ...]:
    """One whole number or several, as a tuple. TypeError names what they are."""
    several = [values] if is_int(values) else values
    if not hasattr(several, "__iter__") or not all(map(is_int, several)):
        raise TypeError(f"{what} must be ints, got {_shown(values)}")
    return tuple(map(operator.index, several))


def is_int(value: Any) -> bool:
    """Python's or NumPy's, which take the type that they meet; bools have their own."""
    if isinstance(value, bool) or getattr(value, "shape", None):
        return False
    try:
        operator.index(value)
    except TypeError:
        return False
    return True


def _refuse_place(
    function: Callable[..., Any], names: Sequence[str], most: int, extra: Any
) -> NoReturn:
    places, others = _without_self(names[:most]), names[most:]
    if not others:
        raise TypeError(
            f"{_name(function)} takes {_listed(places, 'and')}; {_shown(extra)} is one argument too"
            " many"
        )
    ways = [f"{name}={_shown(extra)}" for name in others]
    raise TypeError(
        f"{_name(function)} takes {_listed(places, 'and')} by place and the others by name: write"
        f" {_listed(ways, 'or')}"
    )


def _name(function: Callable[..., Any]) -> str:
    return function.__qualname__.removesuffix(".__init__")


def _without_self(names: Sequence[str]) -> Sequence[str]:
    return names[1:] if names[:1] == ("self",) else names


def _listed(words: Sequence[str], last: str) -> str:
    if len(words) < 2:
        return words[0] if words else "nothing"
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def _shown(value: Any) -> str:
    """In short, and without reading it from a device."""
    plain = (bool, int, float, str, tuple, list, type(None))
    return reprlib.repr(value) if isinstance(value, plain) else f"a {type(value).__name__}"


def _is_numpy_bool(value: Any) -> bool:
    return type(value).__module__ == "numpy" and type(value).__name__ in ("bool", "bool_")
