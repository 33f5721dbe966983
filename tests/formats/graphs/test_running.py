"""Graphs of ops: what runs when, what is refused, and that a call is one replay."""

from __future__ import annotations

import numpy as np
import pytest
from hosts import shared_device

import pywebml as pw
from pywebml import ops
from pywebml.core.watching import Watcher, watchers
from pywebml.formats.graphs import GraphModel, Known, Node, OpTable, Port
from pywebml.host.files import FormatError

TABLE = OpTable("toy", {"Loop": "loops are not run"})
runs: list[str] = []


@TABLE.op("Plus")
def plus(a: pw.Tensor, b: pw.Tensor, *, times: int = 1) -> pw.Tensor:
    runs.append("Plus")
    return a + b * times


@TABLE.op("Shape")
def shape(x: pw.Tensor) -> Known:
    return Known.of(x.shape)


@TABLE.op("Reshape", host=[1])
def reshape(x: pw.Tensor, to: list[int]) -> pw.Tensor:
    return x.reshape(to)


@TABLE.op("Where")
async def where(x: pw.Tensor) -> pw.Tensor:
    return await ops.where_async(x)


@pytest.fixture(autouse=True)
def on_the_cpu() -> None:
    pw.set_device(shared_device("cpu"))
    runs.clear()


def model(nodes: list[Node], asked: list[str], **weights: list[float]) -> GraphModel:
    constants = {name: Known.of(values).weight for name, values in weights.items()}
    ports = [Port(name, name) for name in asked]
    return GraphModel(nodes, constants, [Port("x", "x", (None, 2))], ports, TABLE)


def node(name: str, op: str, *inputs: str, **attributes: int) -> Node:
    return Node(name, op, inputs, attributes, (name,))


def test_it_is_recorded_once_for_each_shape_and_constants_are_folded_once() -> None:
    graph = model(
        [node("two", "Plus", "one", "one"), node("y", "Plus", "x", "two", times=2)],
        ["y"],
        one=[1.0, 1.0],
    )
    assert graph.predict([[1, 2]]).tolist() == [[5, 6]]
    assert len(runs) == 2
    assert graph([[2, 2]]).tolist() == [[6, 6]]
    assert len(runs) == 2
    assert graph(np.zeros((2, 2))).tolist() == [[4, 4], [4, 4]]
    assert len(runs) == 3


def test_shapes_are_sums_on_the_host() -> None:
    graph = model(
        [
            node("shape", "Shape", "x"),
            node("twice", "Plus", "shape", "shape"),
            node("less", "Plus", "twice", "shape", times=-1),
            node("flat", "Reshape", "x", "all"),
            node("y", "Reshape", "flat", "less"),
        ],
        ["y"],
        all=[-1],
    )
    assert graph(np.arange(6).reshape(3, 2)).tolist() == [[0, 1], [2, 3], [4, 5]]
    (plan,) = graph._captured[("x",), ("y",)].plans()
    assert plan.recorded == 0


def test_what_depends_on_data_runs_op_by_op_and_not_within_a_recording() -> None:
    graph = model([node("y", "Where", "x")], ["y"])
    assert graph([[0, 1], [1, 0]]).tolist() == [[0, 1], [1, 0]]
    assert graph([[0, 0]]).shape == (0, 2)
    assert pw.run_sync(graph.predict_async([[0, 1]])).tolist() == [[0, 1]]
    with pytest.raises(RuntimeError, match="Where 'y'"):
        pw.capture(lambda x: graph(x))([[0.0, 1.0]])


def test_inner_nodes_and_inner_inputs() -> None:
    graph = model(
        [node("a", "Plus", "x", "one"), node("b", "Plus", "a", "one")], ["b"], one=[1.0, 1.0]
    )
    assert graph.execute([[1, 1]], "a").tolist() == [[2, 2]]
    assert [y.tolist() for y in graph.execute([[1, 1]], ["a", "b:0"])] == [[[2, 2]], [[3, 3]]]
    assert graph.execute({"a": [[5.0, 5.0]]}, "b").tolist() == [[6, 6]]
    assert graph.predict({"x": [[1, 1]] * 3}, batch_size=2).shape == (3, 2)
    with pytest.raises(ValueError, match="no node or output 'c'"):
        graph.execute([[1, 1]], "c")
    with pytest.raises(ValueError, match=r"input 'x' takes \(None, 2\).*got shape \(1, 3\)"):
        graph([[1, 2, 3]])


def test_what_a_graph_cannot_be() -> None:
    with pytest.raises(
        FormatError, match=r"Loop \(2 times, first at '[yp]'; loops.*Spin \(1 times"
    ):
        model([node("y", "Loop", "p"), node("p", "Loop", "s"), node("s", "Spin", "x")], ["y"])
    with pytest.raises(FormatError, match="no node of the graph gives 'z', which 'y' reads"):
        model([node("y", "Plus", "x", "z")], ["y"])
    with pytest.raises(FormatError, match="circle"):
        model([node("y", "Plus", "x", "z"), node("z", "Plus", "y", "x")], ["y"])
    with pytest.raises(FormatError, match="two nodes of the graph give 'y'"):
        model([node("y", "Plus", "x", "x"), node("y", "Plus", "x", "x")], ["y"])


def test_what_nobody_reads_any_more_is_freed() -> None:
    links = [node(f"n{i}", "Plus", f"n{i - 1}" if i else "x", "one") for i in range(20)]
    graph = model([*links, node("y", "Where", "n19")], ["y"], one=[1.0, 1.0])
    most = 0

    class Looking(Watcher):
        def saw_op(self, op: object, ins: object, outs: object) -> None:
            nonlocal most
            most = max(most, pw.memory()["tensors"])

    graph([[1, 2]])
    before = pw.memory()["tensors"]
    watchers.append(Looking())
    try:
        graph([[1, 2]])
    finally:
        watchers.pop()
    assert most - before < 12
