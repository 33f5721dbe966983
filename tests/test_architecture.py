"""The order of the packages: each imports only from those below it. docs/architecture.md
says why.

Every import counts: at the top of a module, inside a function, under TYPE_CHECKING.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from hosts import ROOT

ORDER = (
    ("host",),
    ("device",),
    ("core",),
    ("ops", "vis"),
    ("data", "layers"),
    ("train",),
    ("models",),
    ("formats",),
    ("zoo",),
    ("distributed", "site", "utils"),
    ("keras",),
    ("apps",),
    ("cli", "tab"),
)
"""From the ground up. Packages of one row do not import each other."""

EXCEPTIONS: dict[tuple[str, str], str] = {}
"""{(module, module): why it may}. Should be empty."""

PACKAGE = ROOT / "pywebml"
LEVEL = {name: level for level, row in enumerate(ORDER) for name in row}


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imports(module: str) -> Iterator[str]:
    """The modules of ours that a module imports, wherever in it."""
    path = MODULES[module]
    package = module.split(".")[: None if path.name == "__init__.py" else -1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*start, *([node.module] if node.module else [])])
            for alias in node.names:
                inner = f"{source}.{alias.name}"
                if inner in MODULES:
                    yield inner
                elif source in MODULES:
                    yield source


@cache
def graph_of_imports() -> dict[str, set[str]]:
    """{module: the modules that it imports}."""
    return {module: set(imports(module)) for module in MODULES}


def room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def test_every_package_has_its_place() -> None:
    assert {room(module) for module in MODULES} - {"", "__main__"} <= set(LEVEL)


def test_packages_import_only_from_those_below() -> None:
    wrong = []
    for module, imported in graph_of_imports().items():
        if room(module) not in LEVEL:  # the public names and the command line see everything
            continue
        for other in imported:
            inside = room(other) == room(module)
            below = LEVEL.get(room(other), len(ORDER)) < LEVEL[room(module)]
            if not (inside or below or (module, other) in EXCEPTIONS):
                wrong.append(f"{module} imports {other}: move the name down, or hand it in")
    assert not wrong, "\n".join(sorted(wrong))


def test_no_module_imports_itself_through_others() -> None:
    """No circles, of any length: Tarjan's strongly connected components."""
    circles = [sorted(c) for c in components(graph_of_imports()) if len(c) > 1]
    assert not circles, "\n".join(" <-> ".join(circle) for circle in circles)


def components(graph: dict[str, set[str]]) -> list[set[str]]:
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[set[str]] = []

    def visit(module: str) -> None:
        order[module] = low[module] = len(order)
        stack.append(module)
        for other in graph[module]:
            if other not in order:
                visit(other)
                low[module] = min(low[module], low[other])
            elif other in stack:
                low[module] = min(low[module], order[other])
        if low[module] == order[module]:
            group = set()
            while module not in group:
                group.add(stack.pop())
            found.append(group)

    for module in graph:
        if module not in order:
            visit(module)
    return found


def test_only_the_host_package_asks_where_it_runs() -> None:
    askers = [
        module
        for module, path in MODULES.items()
        if "emscripten" in path.read_text(encoding="utf-8") and room(module) != "host"
    ]
    assert not askers


def test_the_exceptions_are_real() -> None:
    for module, other in EXCEPTIONS:
        imported = graph_of_imports().get(module, ())
        assert other in imported, f"{module} no longer imports {other}: drop the line"


def test_a_circle_would_be_found() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}
    assert {frozenset(c) for c in components(graph)} == {
        frozenset("a"), frozenset("bc"), frozenset("d"),
    }  # fmt: skip


def test_files_are_short_enough_to_read() -> None:
    """At most 400 lines, or a reason on top."""
    texts = {module: path.read_text(encoding="utf-8") for module, path in MODULES.items()}
    assert not [
        module
        for module, text in texts.items()
        if text.count("\n") > 400 and "Longer than 400 lines:" not in text[:2000]
    ]
