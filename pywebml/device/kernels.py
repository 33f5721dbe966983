"""The texts of kernels/: what goes before each of them, and the programs they are.

A file says in its head what it needs, in one line:

    // needs    parts/index, dense/vec4 | dense/scalar

Those texts go before it, theirs before them, each once. Of names with `|` between them
the host chooses one. Where types or sizes differ, the text has a line for each, in
which others can be put: `alias X = f32;`, `const ROWS: u32 = 64u;`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from .seam import ENABLE, Program

FOLDERS = (resources.files("pywebml").joinpath("kernels"), Path(__file__).parents[2] / "kernels")
"""Where the texts lie: in the wheel's package data, or in the checkout."""

_NEEDS = re.compile(r"^// needs +(.+)$", re.MULTILINE)
_NOTHING = "nothing"
_ALIAS = re.compile(r"^alias (\w+) = (?:f32|u32);", re.MULTILINE)
_CONST = re.compile(r"^const (\w+): u32 = \d+u;", re.MULTILINE)


class Recipe(NamedTuple):
    """How a text is made of those of kernels/: their names in order, what its lines
    `alias NAME = f32;` say instead, and its lines `const NAME: u32 = 8u;`.
    """

    parts: tuple[str, ...]
    types: tuple[str, ...] = ()
    sizes: tuple[tuple[str, int], ...] = ()


_recipes: dict[str, Recipe] = {}


def recipe_of(text: str) -> Recipe | None:
    """How a program's text is made of kernels/; None for one that an op has written.

    Example:
        >>> recipe_of(kernel_text("fill")).parts
        ('parts/index', 'fill')
    """
    return _recipes.get(text)


def part_text(name: str) -> str:
    """kernels/NAME.wgsl alone. ValueError where there is none."""
    text = _file(name)
    if text is None:
        raise ValueError(f"there is no kernels/{name}.wgsl")
    return text


@lru_cache(1024)
def kernel_text(name: str, choices: tuple[str, ...] = ()) -> str:
    """The text of kernels/NAME.wgsl after all that it needs; of alternatives the one
    among `choices`, or the one that another text needs anyway. What they enable goes to
    the top, before any other declaration.

    ValueError for an unknown need, texts that need each other in a circle, a choice
    that is not made, and one that no text asks for.
    """

    def chosen(needing: str, alternatives: Sequence[str], before: Mapping[str, str]) -> list[str]:
        if len(alternatives) == 1:
            return list(alternatives)
        picked = [need for need in alternatives if need in choices or need in before]
        if len(picked) != 1:
            raise ValueError(
                f"kernels/{needing}.wgsl needs one of {', '.join(alternatives)}; name one of them"
                f" among the choices, got {', '.join(picked or choices) or 'none'}"
            )
        return picked

    texts: dict[str, str] = {}
    _gather(name, chosen, texts)
    if idle := [choice for choice in choices if choice not in texts]:
        raise ValueError(f"kernels/{name}.wgsl leaves no choice of {', '.join(idle)}")
    text = "\n".join(texts.values())
    enabled = dict.fromkeys(line.strip() for line in (m.group() for m in ENABLE.finditer(text)))
    text = "".join(f"{line}\n" for line in enabled) + ENABLE.sub("", text)
    _recipes[text] = Recipe(tuple(texts))
    return text


def all_texts(*names: str) -> dict[str, str]:
    """{name: text} of these kernels and all that may go before them, whatever the host
    chooses.
    """
    texts: dict[str, str] = {}
    for name in names:
        _gather(name, lambda _, alternatives, __: alternatives, texts)
    return texts


def needs(name: str) -> list[tuple[str, ...]]:
    """What kernels/NAME.wgsl needs, in order: one name, or alternatives.

    Example:
        >>> needs("dense/row")
        [('dense/frame',), ('rows/tree', 'rows/subgroups')]
    """
    line = _NEEDS.search(_file(name) or "")
    if line is None or line[1].strip() == _NOTHING:
        return []
    words = re.sub(r"\s*\|\s*", "|", line[1]).replace(",", " ").split()
    return [tuple(word.split("|")) for word in words]


def _gather(
    name: str,
    pick: Callable[[str, Sequence[str], Mapping[str, str]], Sequence[str]],
    texts: dict[str, str],
    path: tuple[str, ...] = (),
) -> None:
    """Adds what the kernel needs to `texts`, depth first, and then its own text.
    `path`: the kernels that led here, none of which may be needed again.
    """
    if name in path:
        raise ValueError(f"kernels need each other in a circle: {' -> '.join((*path, name))}")
    if name in texts:
        return
    text = _file(name)
    if text is None:
        asking = f", which kernels/{path[-1]}.wgsl needs" if path else ""
        raise ValueError(f"there is no kernels/{name}.wgsl{asking}")
    for alternatives in needs(name):
        for need in pick(name, alternatives, texts):
            _gather(need, pick, texts, (*path, name))
    texts[name] = text


@cache  # read once, however many kernels need it: files are slow in a tab
def _file(name: str) -> str | None:
    for folder in FOLDERS:
        file = folder.joinpath(f"{name}.wgsl")
        if file.is_file():
            return file.read_text(encoding="utf-8")
    return None


@lru_cache(4096)
def kernel(
    name: str, entry: str = "main", choices: tuple[str, ...] = (), **constants: float
) -> Program:
    """The program of an entry point of kernels/NAME.wgsl with override constants;
    `choices`: see `kernel_text`.
    """
    return Program(
        f"{name}.{entry}", kernel_text(name, choices), entry, tuple(sorted(constants.items()))
    )


@lru_cache(4096)
def typed_kernel(
    name: str,
    elements: str | tuple[str, ...],
    entry: str = "main",
    choices: tuple[str, ...] = (),
    sizes: tuple[tuple[str, int], ...] = (),
    **constants: float,
) -> Program:
    """`kernel` with these element types and sizes, see `with_types` and `with_sizes`."""
    elements = (elements,) if isinstance(elements, str) else elements
    shown = f"<{','.join(elements)}>" if {*elements} - {"f32"} else ""
    text = with_sizes(with_types(kernel_text(name, choices), *elements), dict(sizes))
    return Program(f"{name}.{entry}{shown}", text, entry, tuple(sorted(constants.items())))


def with_types(text: str, *elements: str) -> str:
    """A kernel's text with its first lines `alias NAME = f32;` (or u32) naming
    `elements` instead, in this order.

    So one text serves f32, i32 and u32, moves four words at a time as vec4f or vec4u
    (vectorised loads and stores), or keeps floats in memory as f16. ValueError where
    there are more of them than lines.

    Example:
        >>> with_types("alias X = f32;  // read", "vec4f")
        'alias X = vec4f;  // read'
    """
    marks = _ALIAS.findall(text)
    if len(marks) < len(elements):
        raise ValueError(
            f"the kernel has {len(marks)} lines 'alias NAME = f32;' or '= u32;' to put"
            f" {', '.join(elements)} in"
        )
    left, recipe = iter(elements), _recipes.get(text)
    text = _ALIAS.sub(
        lambda mark: f"alias {mark[1]} = {element};" if (element := next(left, "")) else mark[0],
        text,
    )
    text = f"enable f16;\n{text}" if "f16" in elements else text
    if recipe:
        _recipes[text] = recipe._replace(types=elements)
    return text


def with_sizes(text: str, sizes: Mapping[str, int]) -> str:
    """A kernel's text with its lines `const NAME: u32 = 8u;` saying `sizes` instead:
    for those of arrays within arrays, where WGSL takes no override constants.
    ValueError for a name that has no such line.

    Example:
        >>> with_sizes("const ROWS: u32 = 64u;", {"ROWS": 128})
        'const ROWS: u32 = 128u;'
    """
    if missing := sorted(sizes.keys() - set(_CONST.findall(text))):
        raise ValueError(
            f"the kernel has no line 'const NAME: u32 = ...u;' for {', '.join(missing)}"
        )
    recipe = _recipes.get(text)
    text = _CONST.sub(
        lambda line: f"const {line[1]}: u32 = {sizes[line[1]]}u;" if line[1] in sizes else line[0],
        text,
    )
    if recipe:
        _recipes[text] = recipe._replace(sizes=tuple(sizes.items()))
    return text
