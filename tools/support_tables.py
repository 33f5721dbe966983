"""Writes docs/ops.md and docs/layers.md from the code: what there is, with which
gradient and types, and where it runs.

    python tools/support_tables.py            writes the two files
    python tools/support_tables.py --check    exits with 1 where they are out of date
"""

from __future__ import annotations

import inspect
import re
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from pywebml import keras, layers, losses, metrics, ops, optimizers  # noqa: E402
from pywebml.core.op import REGISTRY, Op  # noqa: E402
from pywebml.core.tensor import Tensor  # noqa: E402
from pywebml.layers.support.registry import LAYERS  # noqa: E402
from pywebml.zoo import extractor  # noqa: E402, F401  # has an op of its own registered
from tools.tensorflow_ops import absent  # noqa: E402

DIFFERENCES = ROOT / "tests" / "keras" / "differences.toml"

OPS_HEAD = """# Ops

What `pywebml.ops` has; made by `tools/support_tables.py`. Every op runs on WebGPU,
natively and in a tab, and on the CPU; `python -m pywebml check` holds all of them
against float64 on any of these. Floats are float32; *float16* says where half floats
may be stored, too.

NaN and infinity come to what NumPy makes of them, on every device, but where the last
column of the second table says what else; a NaN is never lost on the way through an
activation, a maximum or a pooling, nor where one comes back as a gradient. (WebGPU
itself does not promise that, and compilers make a maximum that drops NaN of
comparisons, too: kernels tell NaN by its bits, and `check` asks any device.) What
differs by device:

* On graphics cards numbers below 1.2e-38 may count as zero and divisors above 8.5e37 as
  infinite, and angles far above 1e6 have no promised sine.
* In a tab without a graphics card XNNPACK's products and convolutions give 0 for the
  `relu` and `relu6` of NaN, and in a captured function without gradients its maximum of
  a window passes over NaN; Chrome's software adapter has an exponential of NaN that is
  infinity, and takes the logarithm of |x|.

`fit` notices either way, since weights become NaN. Cast to integers, NaN becomes 0, and
what is too large the nearest that fits.

Tensors of several dtypes meet in the widest, in operators, `where`, `concat`, `stack`
and lists of tensors: bool < int32 < float32 < complex64, as in TensorFlow.js. `uint32`
stands beside int32, and the two together are refused, since no type of 32 bits holds
both; `float16` stands below float32, and above all integers. A Python number takes the
type that it meets, but a float makes float32 of integers. Bools are counted as int32 in
arithmetic. `div` and functions such as `sqrt` give float32 for integers; `abs`, `floor`,
`relu`, `clip`, `maximum` and the like leave integers what they are. Integers wrap at 32
bits.
"""

LAYERS_HEAD = """# Layers and training

What `pywebml` has under Keras's names; made by `tools/support_tables.py`.
"""


def first_sentence(thing: Any) -> str:
    """The first sentence of a docstring, on one line."""
    text = " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())
    end = re.search(r"(?<=[\w)\]`'\"])\.\s+(?=[A-Z`])", text)
    return (text[: end.start() + 1] if end else text).replace("|", "\\|")


def signature(thing: Any) -> str:
    """The arguments with their defaults, without annotations."""
    parameters = inspect.signature(thing).parameters.values()
    plain = [p.replace(annotation=inspect.Parameter.empty) for p in parameters]
    shown = [str(p) for p in plain if p.kind is not inspect.Parameter.VAR_KEYWORD]
    return f"({', '.join(shown)})".replace("|", "\\|")


def overrides(cls: type[Op], method: str) -> bool:
    return getattr(cls, method) is not getattr(Op, method)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(head)
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def yes(flag: bool) -> str:
    return "yes" if flag else ""


def ops_page() -> str:
    names = {name for name in ops.__all__ if name[0].islower()} - ops.ALIASES.keys()
    functions = {name: getattr(ops, name) for name in names}
    for prefix, space in ops.NAMESPACES.items():
        for name in space.__all__:
            function, plain = getattr(space, name), functions.get(name)
            if plain is None or inspect.unwrap(function) is not inspect.unwrap(plain):
                functions[f"{prefix}.{name}"] = function
    rows = [
        (
            f"`{name}{signature(function)}`",
            yes(hasattr(Tensor, name)),
            first_sentence(function),
        )
        for name, function in sorted(functions.items())
    ]
    kernels = [
        (
            f"`{name}`",
            yes(overrides(cls, "vjp")),
            yes(cls.halves),
            yes(overrides(cls, "xnnpack")),
            cls.not_finite or "as NumPy",
            first_sentence(cls),
        )
        for name, cls in sorted(REGISTRY.items())
    ]
    return "\n".join(
        [
            OPS_HEAD,
            "## Functions\n",
            table(("function", "method of tensors", "what it does"), rows),
            "## Aliases\n",
            "The same functions under the names that NumPy, Keras or TensorFlow.js have.\n",
            table(("alias", "of"), ((f"`{a}`", f"`{b}`") for a, b in sorted(ops.ALIASES.items()))),
            "## What TensorFlow.js has and we have not\n",
            "All its other ops are here, under their names in snake_case.\n",
            table(
                ("op", "why it is not here"),
                ((f"`tf.{name}`", reason) for name, reason in absent().items()),
            ),
            "## Ops behind them\n",
            "*XNNPACK*: in a tab without a graphics card its kernels compute the op; NumPy\n"
            "computes the others.\n",
            table(
                ("op", "gradient", "float16", "XNNPACK", "NaN and infinity", "what it is"), kernels
            ),
        ]
    )


def layers_page() -> str:
    layer_rows = [
        (f"`{name}{signature(cls)}`", first_sentence(cls))
        for name, cls in sorted(LAYERS.entries().items())
    ]
    parts = [LAYERS_HEAD, "## Layers and models\n", table(("class", "what it does"), layer_rows)]
    for title, module in (
        ("Initializers", layers.initializers),
        ("Regularizers", layers.regularizers),
        ("Constraints", layers.constraints),
        ("Losses", losses),
        ("Metrics", metrics),
        ("Optimizers", optimizers),
    ):
        classes = public_classes(module)
        rows = [(f"`{cls.__name__}{signature(cls)}`", first_sentence(cls)) for cls in classes]
        parts += [f"## {title}\n", table(("class", "what it does"), rows)]
    return "\n".join([*parts, *tensorflow_s_tests(), *keras_rest()])


TENSORFLOW_S_TESTS = """\
What TensorFlow.js's own tests ask of its layers API (tfjs-layers/src), written down as
calls of `pywebml` with the numbers, shapes and errors that they expect, grids of options
in full; without those of its internals, of disposing tensors, of its own ways to load,
and of language models. Measured outside this repository, which has none of it, on
2026-11-29.
"""


def tensorflow_s_tests() -> list[str]:
    """How many of them hold, by what they are of."""
    calls = (
        ("convolutions, pooling, padding", 880, 880),
        ("recurrent layers and wrappers", 224, 225),
        ("normalization, attention, dense, merging, activations, embeddings, noise", 435, 442),
        ("preprocessing", 23, 32),
        ("losses, metrics, optimizers, initializers, constraints and the like", 223, 226),
        ("models, layers in general, files, data sets", 189, 189),
        ("trainings", 125, 131),
    )
    rows = [(what, f"{holds} of {asked}") for what, holds, asked in calls]
    return [
        "## TensorFlow.js's own tests\n",
        TENSORFLOW_S_TESTS,
        table(("of", "hold"), rows),
        "The others expect what Keras 3 says otherwise (errors for inputs that it takes, where\n"
        "an odd crop lies, what the words `l1l2` stand for), or a cross-entropy of probabilities\n"
        "that are clipped at 1e-7: behind a softmax ours is computed from the logits.\n",
    ]


def keras_rest() -> list[str]:
    """What Keras has and `pywebml.keras` has not, by reason."""
    said = tomllib.loads(DIFFERENCES.read_text(encoding="utf-8"))
    by_reason: dict[str, list[str]] = {}
    for name, reason in said["absent"].items():
        if not there(name):
            by_reason.setdefault(reason, []).append(f"`{name}`")
    absent_rows = [(reason, ", ".join(names)) for reason, names in sorted(by_reason.items())]
    arguments = [(f"`{name}`", reason) for name, reason in said["arguments"].items()]
    return [
        "## What Keras has and we have not\n",
        "`pywebml.keras` is Keras 3.15 by one import line. Held by\n"
        "tests/keras/test_signatures.py, which walks Keras's public names.\n",
        table(("why", "what"), absent_rows),
        "Arguments that nothing takes here:\n",
        table(("argument", "why"), arguments),
    ]


def there(name: str) -> bool:
    """Whether `pywebml.keras` has it by now."""
    thing: Any = keras
    for part in name.removesuffix("()").split("."):
        thing = getattr(thing, part, None)
    return thing is not None


def public_classes(module: Any) -> list[type]:
    """The classes that a module has for users, by name."""
    named = {name: getattr(module, name) for name in module.__all__}
    return [c for name, c in sorted(named.items()) if isinstance(c, type) and c.__name__ == name]


PAGES = {"docs/ops.md": ops_page, "docs/layers.md": layers_page}


def stale() -> list[str]:
    """The files that do not say what the code has."""
    return [
        name
        for name, page in PAGES.items()
        if not (ROOT / name).exists() or (ROOT / name).read_text(encoding="utf-8") != page()
    ]


def main() -> int:
    if "--check" in sys.argv[1:]:
        for name in (names := stale()):
            print(f"{name} is out of date: run python tools/support_tables.py")
        return 1 if names else 0
    for name in stale():
        (ROOT / name).write_text(PAGES[name](), encoding="utf-8")
        print(f"written: {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
