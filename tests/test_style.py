"""How the code reads, as far as a program can tell. CONTRIBUTING.md says why."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from hosts import ROOT

CODE, PROSE = 100, 88
VAGUE = {"found", "made", "given", "held", "kept", "wanted"}
"""Say when a value came to be, not what it is: names for three lines at most."""

TEXTS = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for folder in ("pywebml", "tests/support")
    for path in sorted((ROOT / folder).rglob("*.py"))
}

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def nested_conditionals(tree: ast.AST) -> list[int]:
    """The lines of conditional expressions that stand inside another."""
    lines = set()
    for outer in ast.walk(tree):
        if isinstance(outer, ast.IfExp):
            inner = (n for n in ast.walk(outer) if isinstance(n, ast.IfExp) and n is not outer)
            lines |= {(n.lineno, n.col_offset) for n in inner}
    return [line for line, _ in sorted(lines)]


def own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function without those of functions and classes inside it."""
    for node in ast.iter_child_nodes(function):
        yield node
        if not isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            yield from own_nodes(node)


def vague_names(tree: ast.AST) -> list[tuple[int, str]]:
    """(line, name) of locals with a vague name, from whose first store to whose last
    use there are more than three lines.
    """
    long_lived = []
    for function in ast.walk(tree):
        if not isinstance(function, FUNCTIONS):
            continue
        stores: dict[str, int] = {}
        for node in own_nodes(function):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                stores[node.id] = min(node.lineno, stores.get(node.id, node.lineno))
        for name in VAGUE & set(stores):
            uses = (n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == name)
            if max(n.lineno for n in uses) - stores[name] + 1 > 3:
                long_lived.append((stores[name], name))
    return sorted(long_lived)


def prose(text: str) -> Iterator[tuple[int, str]]:
    """(line number, line) of docstrings and of comments that stand alone, without the
    examples of docstrings.
    """
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            value, end = node.value.value, node.end_lineno
            if isinstance(value, str) and end is not None:
                example = False  # and its result, up to an empty line
                for number in range(node.lineno, end + 1):
                    line = lines[number - 1].removesuffix('"""')
                    example = line.lstrip().startswith(">>> ") or (example and line.strip() != "")
                    if not example:
                        yield number, line
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and token.line.lstrip().startswith("#"):
            yield token.start[0], token.line.rstrip("\n")


def too_long(text: str) -> list[int]:
    """The lines of prose above 88 columns and of code above 100. Not counted: the quotes
    that end a docstring, a marker for a checker behind the code, and addresses.
    """
    lines = {number for number, line in prose(text) if len(line) > PROSE}
    code = {
        number
        for number, line in enumerate(text.splitlines(), 1)
        if len(line.split("  # type: ")[0]) > CODE and "://" not in line
    }
    return sorted(lines | code)


def faults(look: Callable[[str], Any]) -> dict[str, Any]:
    """{file: what is wrong in its text}, of the files where something is. One test looks
    at all of them: a test for each would cost more than the look.
    """
    seen = {name: look(text) for name, text in TEXTS.items()}
    return {name: wrong for name, wrong in seen.items() if wrong}


def test_no_conditional_expression_stands_inside_another() -> None:
    assert not faults(lambda text: nested_conditionals(ast.parse(text)))


def test_locals_are_named_by_the_thing() -> None:
    assert not faults(lambda text: vague_names(ast.parse(text)))


def test_lines_are_short() -> None:
    assert not faults(too_long)


def test_every_module_says_what_it_is() -> None:
    assert not faults(lambda text: text.strip() and not ast.get_docstring(ast.parse(text)))


def test_the_rules_find_what_they_look_for() -> None:
    code = "def f(a):\n    found = 1\n    a\n    a\n    return found if a else 1 if found else 2\n"
    assert nested_conditionals(ast.parse(code)) == [5]
    assert vague_names(ast.parse(code)) == [(2, "found")]
    assert vague_names(ast.parse(code.replace("    a\n", ""))) == []
    assert too_long(f'"""{"word " * 18}"""\nx = 1  # {"a " * 44}\ny = 1  # {"a " * 50}\n') == [1, 3]


def unused(texts: dict[str, str]) -> list[str]:
    """Private functions and classes at the top of a module that no text names again."""
    defined = [
        node.name
        for text in texts.values()
        for node in ast.parse(text).body
        if isinstance(node, (*FUNCTIONS[:2], ast.ClassDef)) and not node.decorator_list
    ]
    words = Counter(re.findall(r"\w+", "\n".join(texts.values())))
    return [name for name in defined if name[0] == "_" and name[:2] != "__" and words[name] == 1]


def test_nothing_private_is_left_unused() -> None:
    assert not unused(TEXTS)
    assert unused({"a": "def _f(): ...\n", "b": "def _g(): ...\n_g()\n"}) == ["_f"]
