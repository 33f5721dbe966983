"""The pages of the API: every public name, by module and subject, with its docstring.

What is public is asked of the package itself; mkdocstrings brings signature and words.
A module or a family of ops that comes to be has its place by itself.
"""

from __future__ import annotations

import inspect
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from itertools import takewhile
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pywebml as pw
from pywebml import keras
from pywebml.core.methods import Methods
from tools.docs import docstrings

REST = "More"
Topics = Mapping[str, tuple[str, ...]]
"""{heading: the modules inside the page's own whose names stand under it}."""

OPS: Topics = {
    "Making tensors": ("creation", "random"),
    "Elementwise": ("elementwise", "complex_numbers"),
    "Activations": ("activations", "softmax"),
    "Sums, means and extremes": ("reduce", "scan"),
    "Shapes": ("shape", "core.tensor"),
    "Choosing and placing": ("gather", "scatter", "selecting", "sort"),
    "Products and linear algebra": ("linalg",),
    "Convolutions": ("conv",),
    "Pooling": ("pool",),
    "Normalization": ("normalization", "row_normalization", "moving_average"),
    "Attention and recurrence": ("attention", "recurrent"),
    "Pictures": ("image",),
    "Fourier transforms": ("spectral",),
    "Losses": ("cross_entropy",),
}
LAYERS: Topics = {
    "Core": ("dense", "einsum_dense", "embedding", "inputs", "masking", "plain"),
    "Activations": ("activation_layers",),
    "Convolutions": ("conv",),
    "Pooling": ("pooling",),
    "Recurrent": ("recurrent",),
    "Attention": ("attention",),
    "Normalization": ("normalization",),
    "Dropout and noise": ("regularization",),
    "Merging": ("merging",),
    "Reshaping": ("reshaping", "padding", "upsampling"),
    "Preprocessing": ("preprocessing",),
    "Layers of your own": ("base", "operation", "wrapper", "support"),
}  # fmt: skip
TOP: Topics = {
    "Tensors and variables": ("core.tensor", "core.ranked", "core.runtime", "core.compat"),
    "Gradients": ("core.autodiff", "core.derivatives", "core.custom_gradient"),
    "Speed": ("core.capture", "core.precision", "core.profiling"),
    "Finding faults": ("core.debugging",),
    "Devices": ("device", "host"),
    "Models in files": ("formats",),
    "Seeds and plots": ("core.seeds", "vis"),
}


@dataclass(frozen=True)
class Page:
    """One page: a module's public names. `without` are those that stand elsewhere."""

    file: str
    module: str  # as people write it: "pw.ops"
    says: str
    topics: Topics = field(default_factory=dict)
    functions_only: bool = False
    without: tuple[str, ...] = ()
    names: tuple[str, ...] = ()  # in place of the module's own list
    split: bool = False  # a page for each of its topics

    def file_of(self, topic: str) -> str:
        """The file in which the names of a topic stand."""
        part = re.sub(r"\W+", "-", topic.lower())
        return f"api/{self.file}/{part}.md" if self.split else f"api/{self.file}.md"

    @property
    def index(self) -> str:
        """The file that its module leads to."""
        return f"api/{self.file}/index.md" if self.split else f"api/{self.file}.md"


ELSEWHERE = ("Model", "Sequential", "Input", "arange", "eye", "fill", "linspace", "ones",
             "ones_like", "zeros", "zeros_like")  # fmt: skip
PAGES = (
    Page("top", "pw", "Tensors, gradients, captured functions, devices, files of models.", TOP,
         without=ELSEWHERE),
    Page("models", "pw.models", "Layers put together, trained, saved; nearest neighbours."),
    Page("layers", "pw.layers", "Keras's layers.", LAYERS, without=("set_seed",), split=True),
    Page("initializers", "pw.layers.initializers", "Where weights start."),
    Page("regularizers", "pw.layers.regularizers", "What holds weights and outputs small."),
    Page("constraints", "pw.layers.constraints", "What weights are brought back to after a step."),
    Page("activations", "pw.layers.activations", "Activations by Keras's names."),
    Page("ops", "pw.ops", "Every operation, with its gradient.", OPS,
         functions_only=True, split=True),
    *(
        Page(f"ops_{name}", f"pw.ops.{name}", f"The family `{name}`, as in TensorFlow.js.",
             functions_only=True)
        for name in pw.ops.NAMESPACES
    ),
    Page("losses", "pw.losses", "What a training makes small."),
    Page("metrics", "pw.metrics", "Figures that people read."),
    Page("optimizers", "pw.optimizers", "How weights follow their gradients."),
    Page("schedules", "pw.optimizers.schedules", "Learning rates that follow the steps."),
    Page("callbacks", "pw.callbacks", "What `fit` calls while it trains."),
    Page("data", "pw.data", "Data sets, pictures, tables, cameras and microphones."),
    Page("vis", "pw.vis", "Charts, in a terminal, a notebook and the page."),
    Page("vis_render", "pw.vis.render", "Charts of your own data."),
    Page("vis_show", "pw.vis.show", "Charts of models and trainings.",
         names=("history", "fit_callbacks", "per_class_accuracy", "values_distribution",
                "model_summary", "layer")),
    Page("vis_metrics", "pw.vis.metrics", "How right answers are."),
    Page("applications", "pw.applications", "Known networks, built from code."),
    Page("random", "pw.random", "Random tensors, as `keras.random`."),
    Page("utils", "pw.utils", "Small helps under Keras's names."),
    Page("formats", "pywebml.formats.saved_models", "The models that a place keeps."),
    Page("zoo", "pywebml.zoo", "Pretrained extractors: pictures to features."),
    Page("distributed", "pywebml.distributed", "Work on several machines."),
)  # fmt: skip


@dataclass(frozen=True)
class Name:
    """A public name: where its code is, and under which heading it stands."""

    public: str  # pw.ops.softmax
    path: str  # pywebml.ops.softmax.softmax
    topic: str
    thing: Any
    alias_of: str = ""


def names_of(page: Page) -> Iterator[Name]:
    """The functions and classes of a page."""
    module = module_of(page)
    for name in page.names or listed(module):
        thing = getattr(module, name)
        if name in page.without or not is_named(thing):
            continue
        if is_engine(module, name) or (page.functions_only and inspect.isclass(thing)):
            continue
        code = inspect.unwrap(thing)
        inside = code.__module__.removeprefix(f"{module.__name__}.")
        topic = next((t for t, parts in page.topics.items() if starts(inside, parts)), REST)
        alias = pw.ops.ALIASES.get(name, "") if module is pw.ops else ""
        if not alias and code.__name__ != name:
            alias = code.__name__
        path = f"{code.__module__}.{code.__qualname__}"
        yield Name(f"{page.module}.{name}", path, topic, code, alias)


def is_named(thing: Any) -> bool:
    """Whether it has a docstring of its own to show."""
    return inspect.isfunction(thing) or inspect.isclass(thing)


def is_engine(module: ModuleType, name: str) -> bool:
    """A class of ops, which only those who write ops meet."""
    return module is pw.ops and inspect.isclass(getattr(module, name))


def module_of(page: Page) -> ModuleType:
    name = page.module
    if name == "pw":
        return pw
    short = {"pw.losses": "pywebml.train.losses", "pw.metrics": "pywebml.train.metrics",
             "pw.optimizers": "pywebml.train.optimizers", "pw.random": "pywebml.keras.random",
             "pw.optimizers.schedules": "pywebml.train.schedules",
             "pw.callbacks": "pywebml.train.callbacks",
             "pw.applications": "pywebml.zoo.architectures"}  # fmt: skip
    return import_module(short.get(name, name.replace("pw.", "pywebml.", 1)))


def listed(module: ModuleType) -> list[str]:
    """Its `__all__`, or what it defines itself."""
    own = [n for n, thing in vars(module).items() if defined_in(thing, module) and n[0] != "_"]
    return getattr(module, "__all__", own)


def defined_in(thing: Any, module: ModuleType) -> bool:
    return getattr(thing, "__module__", "") == module.__name__


def starts(inside: str, parts: tuple[str, ...]) -> bool:
    """Whether a module is one of these, or lies in it."""
    name = inside.removeprefix("pywebml.")
    return any(name == part or name.startswith(f"{part}.") for part in parts)


def pages() -> dict[str, str]:
    """{file: Markdown} of the whole API."""
    files = {"api/index.md": overview(), "api/keras.md": keras_page()}
    for page in PAGES:
        files |= pages_of(page)
    return files


def pages_of(page: Page) -> dict[str, str]:
    """{file: Markdown}: one, or one for each topic behind a list of them."""
    topics = by_topic(page)
    if not page.split:
        return {page.index: page_text(page, topics)}
    rows = []
    for topic, names in topics.items():
        file = posixpath.basename(page.file_of(topic))
        links = (f"[`{name.public.rpartition('.')[2]}`]({file}#{name.path})" for name in names)
        rows.append(f"| [{topic}]({file}) | {', '.join(links)} |")
    head = [f"# {page.module}", "", page.says, "", "| subject | names |", "|---|---|"]
    files = {page.index: "\n".join([*head, *rows, "", *aliases_of(page), ""])}
    for topic, names in topics.items():
        entries = [line for name in names for line in entry(name, 2)]
        files[page.file_of(topic)] = "\n".join([f"# {topic}", "", *entries])
    return files


def by_topic(page: Page) -> dict[str, list[Name]]:
    """{topic: its names by the alphabet}, without empty ones."""
    topics: dict[str, list[Name]] = {topic: [] for topic in (*page.topics, REST)}
    for name in names_of(page):
        if not name.alias_of:
            topics[name.topic].append(name)
    alphabet = lambda name: name.public.lower()  # noqa: E731
    return {topic: sorted(names, key=alphabet) for topic, names in topics.items() if names}


def overview() -> str:
    rows = [
        f"| [`{page.module}`]({page.index.removeprefix('api/')}) | {page.says} | {count} |"
        for page in PAGES
        if (count := sum(not name.alias_of for name in names_of(page)))
    ]
    return "\n".join(
        [
            "# API",
            "",
            "Every public name, from its docstring. Examples run in this tab: press **Run**.",
            "They begin with `import pywebml as pw`, `import numpy as np` and `from pywebml",
            "import ops, layers`; random numbers are seeded. Where a browser cannot wait inside",
            "Python (no JSPI), reading a value at once is an error that names the async form.",
            "",
            "| module | what it is for | names |",
            "|---|---|--:|",
            *rows,
            "| [`pywebml.keras`](keras.md) | Keras 3's own surface over all of it | |",
            "",
        ]
    )


def page_text(page: Page, topics: Mapping[str, list[Name]]) -> str:
    lines = [f"# {page.module}", "", page.says, ""]
    for topic, names in topics.items():
        if page.topics:
            lines += [f"## {topic}", ""]
        for name in names:
            lines += entry(name, 3 if page.topics else 2)
    return "\n".join([*lines, *aliases_of(page), ""])


def aliases_of(page: Page) -> list[str]:
    """A table of other names for what is there."""
    names = [name for name in names_of(page) if name.alias_of]
    rows = [f"| `{name.public}` | `{page.module}.{name.alias_of}` |" for name in names]
    return ["## Other names", "", "| name | is |", "|---|---|", *rows] if rows else []


def entry(name: Name, level: int) -> list[str]:
    """What mkdocstrings makes a name's heading, signature and words of; or these
    themselves, of a function that is made while the package is imported.
    """
    if in_source(name.thing):
        return [
            f"::: {name.path}",
            "    options:",
            f"      heading: {name.public}",
            f"      toc_label: {name.public.rpartition('.')[2]}",
            f"      heading_level: {level}",
            *members(name.thing),
            "",
        ]
    signature = f"{name.thing.__name__}{inspect.signature(name.thing)}"
    words = docstrings.markdown(inspect.getdoc(name.thing) or "")
    heading = f"{'#' * level} {name.public} {{ #{name.path} }}"
    return [heading, "", "``` { .python .doc-signature }", signature, "```", "", words, ""]


def members(thing: Any) -> list[str]:
    """Which methods and properties are shown of a class: its own, and those of classes
    beside it that are but parts of it. Ops stand with the ops, and what layers share is
    their own affair, but for those of `Layer`.
    """
    if not inspect.isclass(thing):
        return []
    room = f"pywebml.{thing.__module__.split('.')[1]}."
    above = takewhile(lambda base: base.__name__ not in NAMED, thing.__mro__[1:])
    parts = [base for base in above if base.__module__.startswith(room) and base is not Methods]
    if room == "pywebml.layers." and thing.__name__ != "Layer":
        parts = []
    own, inherited = documented(thing), [name for base in parts for name in documented(base)]
    lines = [f"      members: {[*own, *inherited]}"]
    return [*lines, f"      inherited_members: {inherited}"] if inherited else lines


def documented(kind: type) -> list[str]:
    """The methods and properties that a class defines and has words for."""
    kinds = (FunctionType, property, classmethod, staticmethod)
    return [
        name
        for name, thing in vars(kind).items()
        if name[0] != "_" and isinstance(thing, kinds) and thing.__doc__
    ]


NAMED = {"Layer", "Loss", "Metric", "Model", "Optimizer", "Callback", "Tensor", "Initializer"}
"""Bases that have entries of their own."""


def in_source(thing: Any) -> bool:
    """Whether a text says `def` or `class` of it."""
    path = Path(inspect.getfile(import_module(thing.__module__)))
    stubs = path.with_suffix(".pyi")
    text = path.read_text("utf-8") + (stubs.read_text("utf-8") if stubs.exists() else "")
    return re.search(rf"^(async )?(def|class) {thing.__name__}\b", text, re.MULTILINE) is not None


def keras_page() -> str:
    """What `pywebml.keras` has, by module."""
    rows = []
    for room in keras.ROOMS:
        module = getattr(keras, room)
        names = [n for n in listed(module) if n[0] != "_"]
        rows.append(f"| `keras.{room}` | {', '.join(f'`{n}`' for n in sorted(names))} |")
    words = inspect.getdoc(keras) or ""
    return "\n".join(
        [
            "# pywebml.keras",
            "",
            words.replace("docs/layers.md", "[the table of layers](../layers.md)"),
            "",
            "| module | names |",
            "|---|---|",
            f"| `keras` | {', '.join(f'`{n}`' for n in sorted(keras.NAMES))} |",
            *rows,
            "",
        ]
    )
