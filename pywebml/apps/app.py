"""What an app declares, once: the command, the settings form, the page's methods and
two tests are made of it. docs/adding.md says how one is added.

`Options` are the settings of a job. They check themselves, and everything that reads
them (words of a command, a form's fields, Python) is held to the same limits.
"""

from __future__ import annotations

import inspect
import math
import types
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_type_hints

from ..core.precision import allow_float16_accumulation
from ..device import set_device

if TYPE_CHECKING:
    from ..vis.screens import Screen

KINDS = {int: "int", float: "float", str: "str", bool: "bool"}
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Option:
    """One setting, and what it may be: `low` <= value <= `high`, `above` < value < `below`.

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
        return _declared(cls)

    def by_word(self) -> dict[str, Any]:
        """{a command's word, as a name: its value}: how settings are kept in files."""
        return {each.word.replace("-", "_"): getattr(self, each.name) for each in self.declared()}


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


@dataclass(frozen=True)
class Takes:
    """What a command takes by its place: a file, a folder, a word out of `choices`."""

    name: str
    help: str | None = None
    metavar: str | None = None
    choices: tuple[str, ...] | None = None
    many: bool = False  # one or more
    optional: bool = False
    default: str | None = None


@dataclass(frozen=True)
class Reaches:
    """A bound that the outcome of the app's first example keeps, in a terminal as in
    the page: above or below a number, within some seconds on two cores.
    """

    name: str  # in the outcome's data
    above: float | None = None
    below: float | None = None
    seconds: float | None = None

    def missed(self, data: Mapping[str, Any]) -> str:
        """What is wrong with an outcome, or ""."""
        value = data.get(self.name)
        if value is None:
            return f"the outcome has no {self.name}"
        if self.above is not None and not value > self.above:
            return f"{self.name} is {value}, expected above {self.above}"
        if self.below is not None and not value < self.below:
            return f"{self.name} is {value}, expected below {self.below}"
        return ""


@dataclass
class Given:
    """What a job is given. `stop` is asked by those that can end early."""

    inputs: Mapping[str, Any]  # by the names of `takes`
    options: Any  # the app's Options
    screen: Screen
    stop: Callable[[], bool] = lambda: False
    device: str = "auto"

    def take_device(self, dtype: str = "float32", sums: str = "float32") -> None:
        """Takes the device and the sums that were asked for, and says which device it is."""
        half_sums = sums == "float16"
        if half_sums and dtype != "float16":
            raise ValueError(
                f"--sums float16 is for networks in float16, got --dtype {dtype}; add --dtype"
                " float16"
            )
        allow_float16_accumulation(half_sums)
        adapter = set_device(self.device).adapter
        if adapter.language == "numpy":
            self.screen.line(f"device: CPU, {adapter.name}")
        else:
            software = " (software, slow)" if adapter.software else ""
            self.screen.line(f"device: GPU, {adapter.name} through {adapter.backend}{software}")


@dataclass(frozen=True)
class Outcome:
    """What came of a job. `data` is JSON data, and what `--json` writes; None where
    there is none.
    """

    data: Any = None
    code: int = 0  # the command's exit code
    skipped: tuple[str, ...] = ()  # what could not be read, and why; then the exit code is 2
    hints: tuple[str, ...] = ()  # words of commands to try next


@dataclass(frozen=True)
class Method:
    """One of a session's methods that a page may call: its name there, and the
    function. `options` are arguments by the names of an Options' fields.
    """

    name: str
    function: Callable[..., Any]
    options: tuple[Option, ...] = ()

    @cached_property
    def parameters(self) -> dict[str, inspect.Parameter]:
        """Those that a message gives: without self, the listener and the options."""
        ours = ("self", "progress", "listener", "options" if self.options else "")
        every = inspect.signature(self.function).parameters
        return {name: p for name, p in every.items() if name not in ours}

    @cached_property
    def hears(self) -> str:
        """The parameter that is told of progress, or ""."""
        every = inspect.signature(self.function).parameters
        return next((name for name in ("progress", "listener") if name in every), "")

    def arguments(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """A message's arguments as the function takes them. TypeError for one that is
        missing or not known.
        """
        options = {option.name for option in self.options}
        for name in args:
            if name not in self.parameters and name not in options:
                raise TypeError(f"{self.name} takes no argument {name!r}")
        for name, parameter in self.parameters.items():
            if parameter.default is parameter.empty and name not in args:
                raise TypeError(f"{self.name} needs the argument {name!r}")
        taken = {name: value for name, value in args.items() if name in self.parameters}
        if self.options:
            taken["options"] = {n: value for n, value in args.items() if n in options}
        return taken


def method(
    name: str = "", options: type[Options] | None = None, without: Sequence[str] = ()
) -> Callable[[F], F]:
    """Marks a method that a page may call, by this name or its own. A parameter
    `options` stands for the fields of `options`, less those in `without`.
    """
    declared = () if options is None else options.declared()
    chosen = tuple(each for each in declared if each.name not in without)

    def marked(function: F) -> F:
        function.__dict__["page_method"] = Method(name or function.__name__, function, chosen)
        return function

    return marked


def methods_of(kind: type | None) -> dict[str, Method]:
    """{name: method} of what is marked in a class, in its order."""
    marked = [vars(f).get("page_method") for f in vars(kind or object).values() if callable(f)]
    return {each.name: each for each in marked if each is not None}


@dataclass(frozen=True)
class App:
    """A job: what it is called, what it takes, how it runs, and what it reaches.

    `run` may be async. None: there is only a page. `session` makes what the page talks
    to; one that needs the extractor is given it.
    """

    name: str
    says: str  # one sentence; the command's help
    run: Callable[[Given], Outcome | Awaitable[Outcome]] | None = None
    title: str = ""  # of the page
    card: str = ""  # what the gallery says of the page, where it is not `says`
    options: type[Options] = Options
    takes: tuple[Takes, ...] = ()
    session: Callable[..., Any] | None = None
    needs: tuple[str, ...] = ()  # "extractor", "numpy", "camera", "microphone"
    shows: tuple[str, ...] = ()  # examples, as words of the command
    reaches: tuple[Reaches, ...] = ()
    unmeasured: str = ""  # why there is nothing to reach
    page: bool = False  # has a folder in web/pages
    offline: bool = True
    json: bool = True  # has results to write
    stops: bool = False  # asks `stop`, and keeps what there is by then

    @cached_property
    def methods(self) -> dict[str, Method]:
        """{name: method} of the session that the page may call."""
        return methods_of(self.session if isinstance(self.session, type) else None)

    def describe(self) -> dict[str, Any]:
        """What the pages and their forms need, as JSON data."""
        return {
            "name": self.name,
            "title": self.title or self.name.capitalize(),
            "says": self.card or self.says,
            "page": self.page,
            "needs": list(self.needs),
            "offline": self.offline,
            "options": [o.describe() for o in self.options.declared() if o.form],
            "methods": list(self.methods),
        }
