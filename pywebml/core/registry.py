"""Things known by name: layers, activations, initializers, losses, metrics, optimizers.

A class or function registers itself where it stands, and is found by its name, by a
config from a file, or handed over as it is.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from typing import Any, Generic, TypeVar

from .custom_objects import custom_name, custom_object

MANY = 60
"""Names that an error lists."""
T = TypeVar("T")
Entry = TypeVar("Entry")


class Registry(Generic[T]):
    """One kind of thing, by name.

    `kind` is what errors call it, "loss"; `base` the class whose instances and
    subclasses `get` takes as they are; `functions` whether any function will do, too;
    `hint` what the error about an unknown name adds. Names meet without case and
    underscores: 'glorot_uniform', 'GlorotUniform' and 'glorotUniform' are one.

    Example:
        >>> shapes = Registry("shape", int)
        >>> @shapes("round", "circle")
        ... class Round(int):
        ...     pass
        >>> shapes.names()
        ['round']
        >>> shapes.find("Circle") is Round
        True
    """

    def __init__(self, kind: str, base: type[T], functions: bool = False, hint: str = ""):
        self.kind, self.base, self.functions, self.hint = kind, base, functions, hint
        self._article = "an" if kind[0] in "aeiou" else "a"
        self._entries: dict[str, Any] = {}
        self._names: dict[Any, str] = {}

    def __call__(self, name: str, *aliases: str) -> Callable[[Entry], Entry]:
        """Decorator: registers a class or function under `name`, which configs are
        written with, and under `aliases`, which are only understood.
        """

        def register(entry: Entry) -> Entry:
            self.add(entry, name, *aliases)
            return entry

        return register

    def add(self, entry: Any, name: str, *aliases: str) -> None:
        """`entry` under these names. A name given twice means the newer one, so that a
        notebook's cell can run again.
        """
        if _plain(name) in self._entries:
            self._names = {e: n for e, n in self._names.items() if _plain(n) != _plain(name)}
        for word in (name, *aliases):
            self._entries[_plain(word)] = entry
        self._names[entry] = name

    def __contains__(self, name: str) -> bool:
        return _plain(name) in self._entries or self._custom(name) is not None

    def names(self) -> list[str]:
        """The names that things are registered under, without aliases, sorted."""
        return sorted(self._names.values())

    def entries(self) -> dict[str, Any]:
        """{name: class or function}, without aliases."""
        return {name: entry for entry, name in self._names.items()}

    def find(self, name: str) -> Any:
        """The class or function of that name. ValueError with all names otherwise."""
        entry = None
        if isinstance(name, str):
            entry = self._custom(name) or self._entries.get(_plain(name))
        if entry is None:
            raise ValueError(
                f"unknown {self.kind} {name!r:.80}; known: {self._known(name)}{self.hint}"
                f"{self._meant(name)}"
            )
        return entry

    def _known(self, name: Any) -> str:
        """All names, or of many those that are most like the unknown one."""
        names = self.names()
        if len(names) <= MANY:
            return ", ".join(names)
        from difflib import get_close_matches  # only where something is wrong

        near = get_close_matches(str(name)[:80], names, 5, 0.3) or names[:5]
        return f"{', '.join(near)} and {len(names) - len(near)} more"

    def _custom(self, name: str) -> Any:
        """A class or function of the user's own that is of this kind."""
        thing = custom_object(name)
        if isinstance(thing, type):
            return thing if issubclass(thing, self.base) else None
        return thing if self.functions and callable(thing) else None

    def _meant(self, name: Any) -> str:
        if not isinstance(name, str) or len(name) > 80:
            return ""
        near = nearest(_plain(name).strip(), self._entries)
        return f"; did you mean {self._names[self._entries[near]]!r}?" if near else ""

    def name_of(self, thing: Any) -> str:
        """The name of a registered class or function, or of an instance's class.
        ValueError for one that is not registered.
        """
        for candidate in (thing, type(thing)):
            name = self._names.get(candidate) if _hashable(candidate) else None
            if name is not None:
                return name
        if (name := custom_name(thing)) is not None:
            return name
        raise ValueError(
            f"{thing!r} is no {self.kind} that a config can name; known: "
            f"{', '.join(self.names())}{self.hint}"
        )

    def get(self, identifier: Any) -> Any:
        """An instance from a name, a config {"class_name", "config"}, a class or an
        instance; a function from its name or itself, where `functions` will do.

        ValueError for a name nobody knows, TypeError for anything else, and for a class
        that needs more arguments than are there.
        """
        if isinstance(identifier, str):
            entry = self.find(identifier)
            return self._made(entry, {}, entry) if isinstance(entry, type) else entry
        if isinstance(identifier, Mapping):
            if not isinstance(identifier.get("class_name"), str):
                raise ValueError(
                    f"{self._article} {self.kind}'s config needs a 'class_name', got"
                    f" {dict(identifier)!r:.200}"
                )
            entry, config = self.find(identifier["class_name"]), identifier.get("config") or {}
            from_config = getattr(entry, "from_config", None)
            if from_config is None:
                return entry
            if not isinstance(config, Mapping):
                raise TypeError(
                    f"the 'config' of the {self.kind} {identifier['class_name']} must be a dict of"
                    f" its arguments, got {config!r:.100}"
                )
            settings = dict(config)
            return self._made(entry, settings, lambda: from_config(dict(settings)))
        if isinstance(identifier, type) and issubclass(identifier, self.base):
            return self._made(identifier, {}, identifier)
        is_class = isinstance(identifier, type)
        if isinstance(identifier, self.base) or (
            self.functions and callable(identifier) and not is_class
        ):
            return identifier
        what = "a name, a config, an instance" + (" or a function" if self.functions else "")
        hint = "; did you forget the ()?" if is_class else ""
        raise TypeError(
            f"{self._article} {self.kind} is given as {what}, got {identifier!r:.100}{hint}"
        )

    def _made(self, cls: type, settings: Mapping[str, Any], make: Callable[[], Any]) -> Any:
        """An instance; TypeError that names the arguments where Python's would name its
        own ways of calling.
        """
        try:
            return make()
        except (KeyError, TypeError) as error:
            if isinstance(error, TypeError) and ".__init__()" not in str(error):
                raise
            taken = parameters_of(cls)  # type: ignore[arg-type]
            missing = [
                name for name, p in taken.items() if p.default is p.empty and name not in settings
            ]
            strange = [name for name in settings if name not in taken]
            if not missing and not strange:
                raise
            if missing:
                names = ", ".join(missing)
                says = f"needs {names}: give an instance, {cls.__name__}({missing[0]}=...)"
            else:
                near = nearest(strange[0], taken)
                hint = f"did you mean {near!r}?" if near else f"it takes {', '.join(taken)}"
                says = f"has no argument {strange[0]!r}; {hint}"
            raise TypeError(f"the {self.kind} {cls.__name__} {says}") from None

    def serialize(self, thing: T) -> Any:
        """{"class_name", "config"} of an instance, the name of a function."""
        name = self.name_of(thing)
        if hasattr(thing, "get_config"):
            return {"class_name": name, "config": thing.get_config()}
        return name


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The one of the known names that was probably meant."""
    from difflib import get_close_matches  # only where something is wrong

    return next(iter(get_close_matches(name, list(known), 1)), None)


def absent(kind: str, namespace: Mapping[str, Any]) -> Callable[[str], Any]:
    """`__getattr__` of a module with classes of this kind: what it has instead of one
    that Keras has and it has not.
    """

    def getattr_(name: str) -> Any:
        here = namespace["__name__"]
        known = sorted(
            word
            for word, thing in namespace.items()
            if isinstance(thing, type) and thing.__module__.startswith(here) and word[0] != "_"
        )
        near = nearest(name, known)
        hint = f"; did you mean {near}?" if near else ""
        raise AttributeError(f"there is no {kind} {name!r}; there are {', '.join(known)}{hint}")

    return getattr_


def config_of(
    thing: Any,
    keys: Mapping[str, str | None] | None = None,
    without: Collection[str] = (),
    strict: bool = True,
) -> dict[str, Any]:
    """The arguments that would make `thing` again: the parameters of its class's
    constructor (and of its bases', where that takes **options), each read from the
    attribute of its name, as plain data.

    Args:
        keys: what differs, {parameter: the key it is written under, or None for one
            that is written only where its value is not the default}.
        without: parameters that somebody else writes.
        strict: False leaves out what raises otherwise, for a class that writes the rest
            of its config by hand.

    AttributeError for a parameter that `thing` does not keep; TypeError for a value
    that JSON cannot hold.

    Example:
        >>> class Point:
        ...     def __init__(self, at=(0, 0), label=None):
        ...         self.at, self.label = at, label
        >>> config_of(Point((3, 4)), keys={"at": "position", "label": None})
        {'position': [3, 4]}
    """
    config, keys = {}, keys or {}
    owner = type(thing).__name__
    for name, parameter in parameters_of(type(thing)).items():  # type: ignore[arg-type]
        if name in without:
            continue
        default = parameter.default
        key = keys.get(name, name)
        if key is None and getattr(thing, name, default) == default:
            continue
        try:
            config[key or name] = _plain_data(_kept(thing, name), f"{owner}: {name}")
        except (AttributeError, TypeError):
            if strict:
                raise
    return config


def _kept(thing: Any, name: str) -> Any:
    if not hasattr(thing, name):
        raise AttributeError(
            f"{type(thing).__name__} takes the argument {name!r} and keeps no attribute of that"
            f" name: set self.{name}, or write get_config() by hand"
        )
    return getattr(thing, name)


@cache
def parameters_of(cls: type) -> Mapping[str, inspect.Parameter]:
    """All that the constructor takes by name, that of its bases' included where it
    takes **options.
    """
    parameters: dict[str, inspect.Parameter] = {}
    for base in cls.__mro__:
        if "__init__" not in base.__dict__ or base is object:
            continue
        _, *own = inspect.signature(base.__init__).parameters.values()  # type: ignore[misc]
        for p in own:
            if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY):
                parameters.setdefault(p.name, p)
        if not any(p.kind is p.VAR_KEYWORD for p in own):
            break
    return parameters


def _plain_data(value: Any, where: str) -> Any:
    """Numbers, words, lists and dicts; anything with a config as {"class_name",
    "config"}.
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (tuple, list)):
        return [_plain_data(item, where) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain_data(item, where) for key, item in value.items()}
    if hasattr(value, "serialized"):
        return value.serialized()
    if hasattr(value, "get_config") and not isinstance(value, type):
        return {"class_name": type(value).__name__, "config": value.get_config()}
    if (name := custom_name(value)) is not None:
        return name
    raise TypeError(
        f"{where} is {value!r}: a config holds numbers, words, lists and what has a config of its"
        " own; give it by name, or write get_config() by hand"
    )


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _hashable(thing: Any) -> bool:
    return getattr(type(thing), "__hash__", None) is not None
