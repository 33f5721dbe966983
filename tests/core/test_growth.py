"""What is remembered has a bound: by shapes, names and numbers of the user's, of which
there is no end.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hosts import ROOT, shared_device

import pywebml as pw
from pywebml import layers
from pywebml.core import runtime
from pywebml.device import page, reference, set_device
from pywebml.device.reference import ReferenceDevice
from pywebml.device.seam import Program
from pywebml.formats.graphs import GraphModel, Node, OpTable, Port
from pywebml.layers.support import naming

ENDLESS = {
    "pywebml/core/choices.py": "what was measured, by class of shapes",
    "pywebml/core/registry.py": "annotations in the code",
    "pywebml/apps/options.py": "classes of options",
    "pywebml/device/kernels.py": "files of the package",
    "pywebml/layers/support/arguments.py": "classes",
}
"""{module: by what it remembers without a bound, of which there is an end}."""
ROUNDS, FRESH = 3, 30


def unbounded(tree: ast.AST) -> Iterator[str]:
    """Functions with arguments, all of whose answers are remembered."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.args.args:
            words = {ast.unparse(decorator) for decorator in node.decorator_list}
            if words & {"cache", "functools.cache", "lru_cache(None)", "lru_cache(maxsize=None)"}:
                yield node.name


def test_what_is_remembered_for_ever_is_named() -> None:
    modules = {}
    for path in sorted((ROOT / "pywebml").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if functions := [*unbounded(ast.parse(text))] if "cache" in text else []:
            modules[path.relative_to(ROOT).as_posix()] = functions
    assert modules.keys() == ENDLESS.keys(), modules


def containers() -> dict[str, int]:
    """{name: entries} of what modules and the device in use remember."""
    sizes = {}
    modules = {name: m for name, m in sys.modules.items() if name.startswith("pywebml")}
    for module, content in modules.items():
        for name, value in vars(content).items():
            if hasattr(value, "cache_info") and getattr(value, "__module__", "") == module:
                info = value.cache_info()
                if info.maxsize is None:
                    sizes[f"{module}.{name}"] = info.currsize
            elif isinstance(value, (dict, list, set)) and not name.startswith("__"):
                sizes[f"{module}.{name}"] = len(value)
    for thing in (pw.get_device(), runtime._queue):
        for name, value in vars(thing).items():
            if isinstance(value, (dict, list, set)):
                sizes[f"{type(thing).__name__}.{name}"] = len(value)
    return sizes


def some_work(draw: np.random.Generator) -> None:
    """On shapes, numbers and with layers that are new each time."""
    for _ in range(FRESH):
        rows, columns, number = *draw.integers(1, 300, 2), float(draw.random())
        a = pw.ops.fill((int(rows), int(columns)), number)
        float(pw.ops.sum(pw.ops.leaky_relu(a @ pw.ops.transpose(a) * number, number)))
        picture = pw.ops.fill((1, *map(int, draw.integers(4, 20, 2)), 2), number)
        layers.Conv2D(int(rows) % 9 + 1, 3, padding="same")(picture).numpy()
    model = pw.Sequential([layers.Dense(int(rows), input_shape=(int(columns),)), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit_sync(np.ones((8, int(columns))), np.ones((8, 1)), batch_size=4, verbose=0)


def test_nothing_grows_with_shapes_numbers_and_layers(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bind groups and pipelines of the CPU device have bounds, which are small here."""
    monkeypatch.setattr(runtime, "_GROUPS", 50)
    monkeypatch.setattr(reference, "PIPELINES", 60)
    draw = np.random.default_rng(0)
    some_work(draw)
    before = containers()
    for _ in range(ROUNDS):
        some_work(draw)
    grown = {name: size - before.get(name, 0) for name, size in containers().items()}
    bounded = {name: n for name, n in grown.items() if n >= FRESH}
    assert all(containers()[name] < 4 * 60 for name in bounded), bounded


def test_pipelines_that_are_in_use_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recording goes on when its pipelines are long forgotten, and what is used again
    and again is not forgotten.
    """
    monkeypatch.setattr(reference, "PIPELINES", 20)
    device = set_device(ReferenceDevice())
    try:
        twice = pw.capture(lambda x: x * 2 + 1)
        assert twice(pw.tensor([1.0, 2.0])).tolist() == [3.0, 5.0]
        for n in range(1, 200):
            assert float(pw.ops.sum(pw.ops.fill((n,), 1.0))) == n
            assert float(pw.ops.sum(pw.ops.fill((7,), 1.0))) == 7
        assert twice(pw.tensor([3.0, 4.0])).tolist() == [7.0, 9.0]
        assert len(device._programs) <= 2 * 20 + 2
        known = {program.numpy[2][0].shape for program in device._pipelines if program.numpy}
        assert (7,) in known | {p.numpy[2][0].shape for p in device._older if p.numpy}
    finally:
        set_device(shared_device("cpu"))


def test_layers_that_name_themselves_are_not_remembered() -> None:
    naming.reset_names()
    names = [layers.Dense(1).name for _ in range(3)]
    assert names == ["dense", "dense_1", "dense_2"] and not naming._taken
    layers.Dense(1, name="dense_4")
    assert [layers.Dense(1).name for _ in range(2)] == ["dense_3", "dense_5"]
    assert naming.unique_name("dense_1") != "dense_1"
    naming.reset_names()


def test_a_graph_remembers_so_many_questions() -> None:
    table = OpTable("toy")

    @table.op("Double")
    def double(x: Any) -> Any:
        return x * 2

    nodes = [Node(f"n{i}", "Double", ("x",), {}, (f"n{i}",)) for i in range(100)]
    model = GraphModel(nodes, {}, [Port("x", "x", (None, 2))], [Port("y", "n0")], table)
    for i in range(100):
        assert model.execute({"x": [[1.0, 2.0]]}, f"n{i}").tolist() == [[2.0, 4.0]]
    assert model.execute({"x": [[1.0, 2.0]]}, "n0").tolist() == [[2.0, 4.0]]
    assert max(len(model._captured), len(model._runner._steps)) <= 64


class Graphics:
    """web/runtime/gpu.js, as far as buffers and bind groups go."""

    def __init__(self) -> None:
        self.buffers: set[int] = set()
        self.groups: set[int] = set()

    def alloc(self, buffer: int, capacity: int, uniform: bool = False) -> None:
        self.buffers.add(buffer)

    def destroy(self, buffer: int) -> None:
        self.buffers.remove(buffer)

    def bind(self, group: int, address: int) -> None:
        self.groups.add(group)

    def unbind(self, group: int) -> None:
        self.groups.remove(group)

    def compile(self, *words: Any) -> int:
        return 0

    def describe(self) -> dict[str, Any]:
        names = ("max_groups", "max_binding", "max_workgroup_bytes", "min_subgroup", "max_subgroup")
        return {"name": "none", "software": True, "features": [], **dict.fromkeys(names, 1 << 20)}

    run = upload = read = None


def test_a_page_gives_parameters_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of other numbers: the memory of those that nobody uses any more goes, and a
    bind group's stays for as long as it does.
    """
    monkeypatch.setattr(page, "_MOST_SLOTS", 300)
    graphics = Graphics()
    device = page.PageDevice(graphics)
    (pipeline,) = device.compile([Program("a.main", "@group(0) @binding(0) var<uniform> p: P;")])
    stays = device.bind(pipeline, (), b"stay")
    slab = device._groups[stays]
    for n in range(20_000):
        device.unbind(device.bind(pipeline, (), n.to_bytes(4, "little")))
        assert slab in graphics.buffers
    assert len(device._uniform_slots) == 300 and graphics.groups == {stays}
    assert len(graphics.buffers) <= 1 + 300 // 256 + 2
    device.unbind(stays)
    assert slab not in graphics.buffers
