"""What an app declares, once: the command, the settings form, the page's methods and
two tests are made of it. docs/adding.md says how one is added.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from ..core.calling import unknown
from ..core.precision import allow_float16_accumulation
from ..device import set_device
from ..vis.screens import Screen
from .options import Option, Options

F = TypeVar("F", bound=Callable[..., Any])


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
        """Takes the device and the sums that were asked for, and says which device it
        is.
        """
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
    function. `options` are arguments by the names of an Options' fields. `numpy`: the
    tab loads NumPy before.
    """

    name: str
    function: Callable[..., Any]
    options: tuple[Option, ...] = ()
    numpy: bool = False

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
                raise unknown(self.name, [name], [*self.parameters, *sorted(options)])
        for name, parameter in self.parameters.items():
            if parameter.default is parameter.empty and name not in args:
                raise TypeError(f"{self.name} needs the argument {name!r}")
        taken = {name: value for name, value in args.items() if name in self.parameters}
        if self.options:
            taken["options"] = {n: value for n, value in args.items() if n in options}
        return taken


def method(
    name: str = "",
    options: type[Options] | None = None,
    without: Sequence[str] = (),
    numpy: bool = False,
) -> Callable[[F], F]:
    """Marks a method that a page may call, by this name or its own. A parameter
    `options` stands for the fields of `options`, less those in `without`. `numpy`: it
    needs NumPy, which a tab on a graphics card then loads.
    """
    declared = () if options is None else options.declared()
    chosen = tuple(each for each in declared if each.name not in without)

    def marked(function: F) -> F:
        function.__dict__["page_method"] = Method(
            name or function.__name__, function, chosen, numpy
        )
        return function

    return marked


def methods_of(kind: type | None) -> dict[str, Method]:
    """{name: method} of what is marked in a class and those it derives from, in their
    order.
    """
    own = [f for each in kind.__mro__ for f in vars(each).values()] if kind else []
    marked = [getattr(f, "page_method", None) for f in own]
    return {each.name: each for each in marked if each is not None}


@dataclass(frozen=True)
class App:
    """A job: what it is called, what it takes, how it runs, and what it reaches.

    `run` may be async. None: there is only a page. `session` makes what the page talks
    to; one that needs the extractor is given it.

    Example:
        >>> def count(given: Given) -> Outcome:
        ...     given.screen.line("counting")
        ...     return Outcome({"words": len(given.inputs["text"].split())})
        >>> app = App("count", "Count words.", run=count, takes=(Takes("text"),))
        >>> from pywebml.vis.screens import Recorder
        >>> app.run(Given({"text": "one two"}, app.options(), Recorder())).data
        {'words': 2}
    """

    name: str
    says: str  # one sentence; the command's help
    run: Callable[[Given], Outcome | Awaitable[Outcome]] | None = None
    title: str = ""  # of the page
    card: str = ""  # what the gallery says of the page, where it is not `says`
    known_as: tuple[str, ...] = ()  # what else people look for it as, in the gallery
    options: type[Options] = Options
    takes: tuple[Takes, ...] = ()
    session: Callable[..., Any] | None = None
    needs: tuple[str, ...] = ()
    """Of "extractor", "classes" (ImageNet's, of its features), "samples/NAME", "camera"
    and "microphone".
    """
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
            "known_as": list(self.known_as),
            "page": self.page,
            "needs": list(self.needs),
            "offline": self.offline,
            "options": [o.describe() for o in self.options.declared() if o.form],
            "methods": list(self.methods),
        }
