"""Writes pywebml/core/methods.pyi: the methods that tensors get from `pywebml.ops`, for
type checkers and editors. `python tools/stubs.py` writes it, with `--check` it says
whether it is current.
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pywebml import ops  # noqa: E402
from pywebml.core.methods import takes_a_tensor  # noqa: E402
from pywebml.core.tensor import Tensor  # noqa: E402

STUB = ROOT / "pywebml/core/methods.pyi"
HEAD = '''"""Written by tools/stubs.py from the functions of pywebml.ops; do not edit."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .tensor import Tensor

class Methods:
'''
FOOT = """
def add_methods(functions: Mapping[str, Callable[..., Any]]) -> None: ...
def takes_a_tensor(function: Callable[..., Any]) -> bool: ...
"""


def methods() -> dict[str, Callable[..., Any]]:
    """The functions of `ops` that tensors have as methods, by name."""
    functions = {name: getattr(ops, name) for name in ops.__all__ if name[0].islower()}
    return {name: f for name, f in sorted(functions.items()) if takes_a_tensor(f)}


def stub() -> str:
    """The text of methods.pyi."""
    return HEAD + "\n".join(method(name, f) for name, f in methods().items()) + FOOT


def method(name: str, function: Callable[..., Any]) -> str:
    """One method: its parameters, what it returns, and its docstring."""
    signature = inspect.signature(function, eval_str=True)
    _, *others = signature.parameters.values()
    shown = ["self", *(parameter(p) for p in others)]
    if any(p.kind is p.KEYWORD_ONLY for p in others) and not any(
        p.kind is p.VAR_POSITIONAL for p in others
    ):
        shown.insert(1 + next(i for i, p in enumerate(others) if p.kind is p.KEYWORD_ONLY), "*")
    result = annotation(signature.return_annotation)
    head = f"    def {name}({', '.join(shown)}) -> {result}:"
    if len(head) > 100:
        rows = "".join(f"        {p},\n" for p in shown)
        head = f"    def {name}(\n{rows}    ) -> {result}:"
    return f"{head}\n{documented(function)}"


def documented(function: Callable[..., Any]) -> str:
    """The docstring as the body."""
    text = inspect.getdoc(function)
    if not text:
        return " " * 8 + "...\n"
    end = "\n" if "\n" in text else ""
    return textwrap.indent(f'"""{text}{end}"""\n', " " * 8)


def parameter(p: inspect.Parameter) -> str:
    stars = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
    value = f'"{p.default}"' if isinstance(p.default, str) else repr(p.default)
    if len(value) > 40:
        value = "..."
    default = "" if p.default is p.empty else f" = {value}"
    return f"{stars}{p.name}: {annotation(p.annotation)}{default}"


def annotation(kind: Any) -> str:
    """An annotation as the stub can say it: with classes of Python and `Tensor`."""
    text = inspect.formatannotation(kind)
    for prefix in ("collections.abc.", "typing.", f"{Tensor.__module__}."):
        text = text.replace(prefix, "")
    return re.sub(r"\bpywebml\.[\w.]+", "Any", text)  # ops stand above


def main(arguments: Sequence[str]) -> int:
    text = stub()
    if "--check" in arguments:
        current = STUB.exists() and STUB.read_text(encoding="utf-8") == text
        print("current" if current else "not current: run python tools/stubs.py")
        return 0 if current else 1
    STUB.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
