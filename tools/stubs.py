"""Writes pywebml/core/methods.pyi, the methods that tensors get from `pywebml.ops`, and
pywebml/ops/elementwise/rows.pyi, the functions made of the elementwise table: for type
checkers and editors. `python tools/stubs.py` writes them, with `--check` it says whether
they are current.
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
from pywebml.host.files import text_of  # noqa: E402
from pywebml.ops.elementwise import rows  # noqa: E402

METHODS = ROOT / "pywebml/core/methods.pyi"
ROWS = ROOT / "pywebml/ops/elementwise/rows.pyi"
HEAD = '''"""Written by tools/stubs.py from the functions of pywebml.ops; do not edit."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from .tensor import Tensor

class Methods:
    _stack: ClassVar[Callable[..., Any]]
'''
HEAD += "".join(
    f"    def __{name}__(self, other: Any) -> Tensor: ...\n"
    for name in (
        "add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "pow", "rpow",
        "floordiv", "rfloordiv", "mod", "rmod", "matmul", "rmatmul", "and", "rand", "or", "ror",
        "xor", "rxor", "lt", "le", "gt", "ge",
    )
)  # fmt: skip
FOOT = """
def add_methods(functions: Mapping[str, Callable[..., Any]]) -> None: ...
def takes_a_tensor(function: Callable[..., Any]) -> bool: ...
"""


ROWS_HEAD = '''"""Written by tools/stubs.py from the elementwise table; do not edit."""

from typing import Any

from ...core.tensor import Tensor

'''


def methods() -> dict[str, Callable[..., Any]]:
    """The functions of `ops` that tensors have as methods, by name."""
    functions = {name: getattr(ops, name) for name in ops.__all__ if name[0].islower()}
    return {name: f for name, f in sorted(functions.items()) if takes_a_tensor(f)}


def rows_stub() -> str:
    """The text of rows.pyi."""
    functions = {name: getattr(rows, name) for name in sorted(rows.__all__)}
    return ROWS_HEAD + "\n".join(
        f"def {name}{inspect.signature(function)}:\n{documented(function, 4)}"
        for name, function in functions.items()
    ).replace("'Any'", "Any").replace("'Tensor'", "Tensor")


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
    if name in ops.ALIASES:
        return f'{head}\n        """An alias of `{ops.ALIASES[name]}`."""\n'
    return f"{head}\n{documented(function)}"


def documented(function: Callable[..., Any], indent: int = 8) -> str:
    """The docstring as the body."""
    text = inspect.getdoc(function)
    if not text:
        return " " * indent + "...\n"
    end = "\n" if "\n" in text else ""
    return textwrap.indent(f'"""{text}{end}"""\n', " " * indent)


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
    texts = {METHODS: stub(), ROWS: rows_stub()}
    if "--check" in arguments:
        stale = [f for f, t in texts.items() if text_of(f) != t]
        for file in stale:
            print(f"{file.name} is not current: run python tools/stubs.py")
        return 1 if stale else 0
    for file, text in texts.items():
        file.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
