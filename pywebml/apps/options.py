"""Settings that check themselves: what a command's words, a form's fields and Python
give is held to the same limits.
"""

from __future__ import annotations

import math
import types
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import cache
from typing import Any, TypeVar, get_args, get_type_hints

KINDS = {int: "int", float: "float", str: "str", bool: "bool"}
T = TypeVar("T", bound="Options")

EXTRACTOR = "efficientnet_lite0"
FLOATS = ("float32", "float16")


@dataclass(frozen=True)
class Option:
    """One setting, and what it may be: `low` <= value <= `high`, `above` < value <
    `below`.

    `choices` of texts are all there is. `choices` of numbers are what a form offers;
    any number within the limits will do.
    """

    help: str
    low: float | None = None
    high: float | None = None
    above: float | None = None
    below: float | None = None
    choices: tuple[Any, ...] | None = None
    word: str = ""  # of the command, without --; the field's name if left out
    metavar: str | None = None  # what stands for the value in the command's help
    label: str = ""  # in a form
    advanced: bool = False  # a form shows it on demand
    form: bool = True  # False: for the command and Python only
    noun: str = ""  # what the value is called where it is refused: "a port"
    writes: bool = False  # names a file that will be written
    name: str = ""  # these four are read off the field
    kind: str = ""
    default: Any = None
    optional: bool = False  # may be None

    @property
    def required(self) -> bool:
        return self.default is MISSING

    @property
    def expected(self) -> str:
        """What a value may be, in words."""
        if self.strict:
            return f"one of {', '.join(map(str, self.choices or ()))}"
        fraction = self.kind == "float" and 1 in (self.high, self.below)
        names = {"int": "a whole number", "float": "a fraction" if fraction else "a number"}
        noun = self.noun or names.get(self.kind, "a text")
        if self.low is not None and self.high is not None:
            return f"{noun} from {self.low:g} to {self.high:g}"
        low = "" if self.low is None else f" from {self.low:g} up"
        low += "" if self.above is None else f" above {self.above:g}"
        high = "" if self.high is None else f"at most {self.high:g}"
        high += "" if self.below is None else f"below {self.below:g}"
        return noun + low + (f", {high}" if low and high else f" {high}".rstrip())

    @property
    def strict(self) -> bool:
        """Whether `choices` are all there is."""
        return self.choices is not None and self.kind == "str"

    def checked(self, value: Any) -> Any:
        """`value` in the option's type. ValueError where it is not one it may be."""
        if value is None and self.optional:
            return None
        convert = {"int": _whole, "float": _real, "bool": _flag, "str": _text}[self.kind]
        fitting = convert(value)
        if fitting is None or not self._within(fitting):
            raise ValueError(f"{self.name} must be {self.expected}, got {value!r}")
        return fitting

    def read(self, text: str) -> Any:
        """The value of a command's word. ValueError with what was expected."""
        number = {"int": int, "float": float}.get(self.kind)
        try:
            return self.checked(number(text) if number else text)
        except ValueError:
            raise ValueError(f"{text!r}; expected {self.expected}") from None

    def _within(self, value: Any) -> bool:
        if self.kind == "str":
            return not self.strict or value in (self.choices or ())
        low, high = self.low, self.high
        return (
            (low is None or value >= low)
            and (high is None or value <= high)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )

    def describe(self) -> dict[str, Any]:
        """What a form needs, as JSON data."""
        return {
            "name": self.name,
            "word": self.word,
            "label": self.label,
            "help": self.help,
            "kind": "choice" if self.strict else self.kind,
            "default": None if self.required else self.default,
            "low": self.low,
            "high": self.high,
            "above": self.above,
            "below": self.below,
            "choices": None if self.choices is None else list(self.choices),
            "advanced": self.advanced,
        }


def _whole(value: Any) -> int | None:
    """A form's 20.0 is a whole number, too."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if math.isfinite(value) and value == int(value) else None


def _real(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def option(default: Any = MISSING, help: str = "", **limits: Any) -> Any:
    """A field of `Options`. Without a default the option must be given, by name;
    `limits` are `Option`'s.
    """
    about = {"option": Option(help, **limits)}
    if default is MISSING:
        return field(kw_only=True, metadata=about)
    return field(default=default, metadata=about)


@dataclass(frozen=True)
class Options:
    """Settings that check themselves when they are made. Subclasses are frozen
    dataclasses too, of fields made by `option`.

    Example:
        >>> @dataclass(frozen=True)
        ... class Walk(Options):
        ...     steps: int = option(10, "how many", low=1)
        >>> Walk(steps=0)
        Traceback (most recent call last):
        ValueError: steps must be a whole number from 1 up, got 0
    """

    def __post_init__(self) -> None:
        for each in self.declared():
            object.__setattr__(self, each.name, each.checked(getattr(self, each.name)))

    @classmethod
    def declared(cls) -> tuple[Option, ...]:
        """The options, in the order of their fields."""
        kind: Any = cls  # a class can be hashed; mypy asks its instances' __hash__
        return _declared(kind)

    def narrowed(self, kind: type[T]) -> T:
        """The same values as options of a class that this one is derived from."""
        return kind(**{each.name: getattr(self, each.name) for each in kind.declared()})

    def by_word(self) -> dict[str, Any]:
        """{a command's word, as a name: its value}: how settings are kept in files."""
        return {each.word.replace("-", "_"): getattr(self, each.name) for each in self.declared()}


def extractor_option(default: Any = EXTRACTOR) -> Any:
    """Which pretrained network; MISSING as the default where it must be named."""
    about = (
        "one of `models list`, or any model of pictures: a model.json, a zip, .h5, .keras or .onnx"
    )
    return option(default, about, metavar="NAME|MODEL", form=False)


def dtype_option() -> Any:
    """What a network computes on."""
    about = "what the network computes on; float16 takes half the memory"
    return option("float32", about, choices=FLOATS, form=False)


def sums_option() -> Any:
    """What a network's products add up in."""
    about = (
        "what its float16 products may add up in; float16 is less exact, and faster on some GPUs"
    )
    return option("float32", about, choices=FLOATS, form=False)


def no_cache_option() -> Any:
    """Whether features of pictures are made anew."""
    about = "make all features anew, and keep none for the next time (see `cache`)"
    return option(False, about, form=False)


@cache
def _declared(kind: type[Options]) -> tuple[Option, ...]:
    hints = get_type_hints(kind)
    declared = []
    for each in fields(kind):
        about, hint = each.metadata["option"], hints[each.name]
        optional = isinstance(hint, types.UnionType)
        if optional:
            (hint,) = (part for part in get_args(hint) if part is not type(None))
        declared.append(
            replace(
                about,
                name=each.name,
                kind=KINDS[hint],
                default=each.default,
                optional=optional,
                word=about.word or each.name.replace("_", "-"),
                label=about.label or each.name.replace("_", " ").capitalize(),
            )
        )
    return tuple(declared)
