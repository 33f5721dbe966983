"""Every benchmark makes rows of the agreed form; nothing is timed for long here."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from in_node import run_node
from shares import share

from pywebml import Model
from pywebml.apps.bench import (
    conv,
    cpu,
    float16,
    frame,
    head,
    measure,
    memory,
    networks,
    ops,
    scale,
    subjects,
    tsne,
)
from pywebml.apps.bench.peers import torch as torch_peer
from pywebml.core import whole
from pywebml.core.tensor import Tensor, tensor
from pywebml.device import set_device


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The benchmarks in small, each contender run once. Returns the contenders, as they
    come.
    """
    seen: list[str] = []

    def once(
        contenders: Mapping[str, measure.Work], seconds: float = 0, least: int = 0
    ) -> dict[str, float]:
        seen.extend(contenders)
        return {
            name: measure._seconds(work, 1) * 1e3 / work.each for name, work in contenders.items()
        }

    monkeypatch.setattr(measure, "medians", once)
    monkeypatch.setattr(scale, "medians", once)
    monkeypatch.setattr(head, "SIZES", [(64, 8), (32, 5)])
    monkeypatch.setattr(conv, "CONVOLUTIONS", (conv.Layer(1, 6, 4, 3), conv.Layer(8, 5, 6, 1)))
    monkeypatch.setattr(conv, "DEPTHWISE", (conv.Layer(1, 6, 4, 3), conv.Layer(8, 7, 5, 5)))
    monkeypatch.setattr(frame, "BATCHES", (2,))
    monkeypatch.setattr(cpu, "BATCH", 2)
    monkeypatch.setattr(scale, "BATCHES", (1, 2))
    monkeypatch.setattr(scale, "PICTURES", (10, 20))
    monkeypatch.setattr(scale, "EXAMPLES", (10, 20))
    monkeypatch.setattr(scale, "AT_ONCE", 5)
    monkeypatch.setattr(tsne, "POINTS", 40)
    return seen


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each plan that ONNX Runtime may get, whether anything comes anew with a run."""
    seen: list[bool] = []

    class Watched(whole.Whole):
        def __init__(self, there: Any, steps: Any, read: Any, *others: Any):
            seen.append(bool(read[0] or read[1]))
            super().__init__(there, steps, read, *others)

    monkeypatch.setattr(whole, "LEAST", 0)
    monkeypatch.setattr(whole, "Whole", Watched)
    return seen


@pytest.mark.parametrize(
    ("subject", "rows"),
    [
        ("head", 4),
        ("frame", 9),
        ("convnet", 1),
        ("lstm", 1),
        ("finetune", 1),
        ("transformer", 1),
        ("tsne", 1),
        ("matmul", 3),
        ("conv", 2),
        ("depthwise", 2),
        ("ops", len(ops.OPS)),
        ("scale", 6),
    ],
)
def test_rows(quick: list[str], answers: list[bool], subject: str, rows: int) -> None:
    set_device("cpu")
    torch = torch_peer.load_torch() is not None
    found = list(subjects.bench((subject,)))
    assert len({row["work"] for row in found}) == (rows // 2 if subject == "head" else rows)
    onnx = subject == "frame" and sum(row["peer"] == "ONNX Runtime (CPU)" for row in found)
    # the row of a file has no other peer
    assert torch or len(found) == rows + (onnx - 1 if onnx else 0)
    assert subject != "frame" or onnx == (
        len(networks.NETWORKS) + 1 if importlib.util.find_spec("onnxruntime") else 0
    )
    for row in found:
        assert (
            row["bench"] == subject
            and row["host"] == "reference"
            and row["adapter"].startswith("NumPy")
        )
        assert row["ours_ms"] > 0 and row["note"]
        assert (row["ratio"] is None) == (row["peer_ms"] is None) == (not row["peer"])
        if row["peer_ms"] is not None:
            assert row["ratio"] == row["peer_ms"] / row["ours_ms"]
    assert "ours" in quick
    assert all(answers), "what depends on nothing is computed once, and timed as if it were not"


def test_the_cpu_device_is_measured_beside_its_library_and_numpy(
    quick: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cpu, "NETWORKS", networks.NETWORKS[:1])
    found = list(subjects.bench(("cpu",), quick=True))
    peers = ["pywebml, NumPy alone"]
    peers += ["ONNX Runtime"] * (importlib.util.find_spec("onnxruntime") is not None)
    assert [row["peer"] for row in found if "PyTorch" not in row["peer"]] == peers * 2
    assert all(row["ours_ms"] > 0 and row["note"] for row in found) and "ours" in quick


def test_sizes_grow_until_the_next_takes_too_long() -> None:
    set_device("cpu")

    def size(n: int) -> list[measure.Row]:
        return [
            measure.row("scale", str(n), 100.0 * n, note="n"),
            measure.row("scale", str(n), 100.0 * n, "peer", 900.0 * n, note="n"),
        ]

    found = list(scale._growing((1, 2, 10), size, times=2, seconds=8))  # 1 and 2: 4 s, 10: 20 s
    assert [row["work"] for row in found] == ["1", "1", "2", "2"]
    assert [row["note"] for row in found] == [
        "n",
        "n",
        "n",
        "n; 10 would take some 20 s and is left out",
    ]
    assert [row["work"] for row in scale._growing((1, 2, 10), size, times=2, seconds=20)] == [
        "1",
        "1",
        "2",
        "2",
        "10",
        "10",
    ]


def test_memory_says_what_grew_and_when_the_time_was_up() -> None:
    set_device("cpu")
    kept = []
    row = memory._flat(
        "tensors kept", lambda: kept.append(tensor(np.zeros(1000, np.float32))), 30, 60
    )
    assert row["work"] == "30 tensors kept" and row["note"].startswith(
        "GREW: tensors by 30, bytes by 120,000"
    )
    flat = memory._flat("tensors forgotten", lambda: tensor(np.zeros(1000, np.float32)), 30, 60)
    assert flat["note"].startswith("flat;") and "time was up" not in flat["note"]
    short = memory._flat("naps", lambda: time.sleep(0.01), 1000, 0.05)
    assert short["work"] == "10 naps" and short["note"].endswith(
        "after 10 more (of 1,000, the time was up)"
    )


@pytest.mark.parametrize("network", networks.NETWORKS, ids=lambda network: network.title)
def test_the_peer_computes_the_same_frame(network: networks.Network) -> None:
    """Otherwise the comparison would mean nothing. In float32 both, so a few of the
    last bits differ.
    """
    torch = pytest.importorskip("torch", reason="compares with PyTorch")
    set_device("cpu")
    net = network.build()
    net = Model(net.input, net.get_layer("units").output)
    x = np.random.default_rng(0).standard_normal((2, network.side, network.side, 3), np.float32)
    wanted = (
        torch_peer.translated(torch, net)(torch.from_numpy(x).permute(0, 3, 1, 2)).detach().numpy()
    )
    np.testing.assert_allclose(net(x).numpy(), wanted, rtol=1e-3, atol=1e-4 * np.abs(wanted).max())


@pytest.mark.gpu
def test_float16_is_measured_beside_float32(
    quick: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(float16, "TITLES", ("MobileNet v1 0.25",))
    set_device("gpu")
    found = list(subjects.bench(("float16",)))
    set_device("cpu")
    assert [row["peer"] for row in found if "PyTorch" not in row["peer"]] == [
        "pywebml, float16 sums",
        "pywebml, float32",
    ] * 3
    assert {row["bench"] for row in found} == {"float16"} and all(
        row["ours_ms"] > 0 for row in found
    )
    assert not list(subjects.bench(("float16",)))  # NumPy keeps halves, but computes in float32


def test_the_command_offers_every_subject(capsys: pytest.CaptureFixture[str]) -> None:
    from pywebml.cli import main

    with pytest.raises(SystemExit):
        main(["bench", "--help"])
    said = capsys.readouterr().out
    assert all(name in said for name in subjects.SUBJECTS)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["frame", "--workers", "2"], "--workers belongs to `bench scale`"),
        (["scale", "--workers", "2", "--page"], "--workers belongs to `bench scale`"),
        (["scale", "--workers", "2", "--rows", "100"], "give one of them"),
        (["scale", "--workers", "0"], "from 1 up"),
    ],
)
def test_workers_where_there_are_none(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from pywebml.cli import main

    try:
        code = main(["bench", *words])
    except SystemExit as ended:  # what the parser itself refuses
        code = ended.code
    assert code == 2 and said in capsys.readouterr().err


def test_a_convolution_s_flops_are_counted_once() -> None:
    assert conv.Layer(2, 10, 4, 3).flops * 4 == 2 * (2 * 10 * 10) * 4 * 4 * 9


def _ours(heavy: ops.HeavyOp, arrays: list[Any]) -> Any:
    result = heavy.ours(*map(tensor, arrays))
    return (result if isinstance(result, Tensor) else result[0]).numpy()


def test_tensorflow_js_computes_the_same_ops() -> None:
    """Otherwise the comparison would mean nothing."""
    set_device("cpu")
    rows = share([heavy for heavy in ops.OPS if heavy.tfjs], 2)
    jobs = [
        {
            "call": heavy.tfjs,
            "inputs": [
                {"values": a.ravel().tolist(), "shape": a.shape, "dtype": a.dtype.name}
                for a in heavy.arrays()
            ],
        }
        for heavy in rows
    ]
    for heavy, theirs in zip(rows, run_node("calls.mjs", jobs), strict=True):
        ours = _ours(heavy, heavy.arrays()).ravel()
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-3, err_msg=heavy.name)


@pytest.mark.parametrize("heavy", ops.OPS, ids=lambda heavy: heavy.name)
def test_pytorch_computes_the_same_op(heavy: ops.HeavyOp) -> None:
    torch = pytest.importorskip("torch", reason="compares with PyTorch")
    set_device("cpu")
    if heavy.torch is None:
        pytest.skip("PyTorch has no such op")
    theirs = heavy.torch(torch, *map(torch.from_numpy, heavy.arrays()))
    first = theirs[0] if isinstance(theirs, (tuple, list)) else theirs
    ours = _ours(heavy, heavy.arrays())
    if first.ndim == 4 and first.shape != ours.shape:
        first = first.permute(0, 2, 3, 1)  # pictures have their channels in front there
    np.testing.assert_allclose(ours, first.numpy(), rtol=1e-3, atol=1e-3)


@pytest.mark.gpu
def test_an_op_is_timed_where_it_is_computed(quick: list[str]) -> None:
    set_device("gpu")
    (row,) = subjects.bench(("ops",), only=["softmax"])
    set_device("cpu")
    assert row["host"] == "native" and row["work"].startswith("softmax of 128x1000")
    with pytest.raises(ValueError, match="no op 'dance' to time; there are"):
        list(subjects.bench(("ops",), only=["dance"]))


def test_no_call_is_left_out_of_a_replay(monkeypatch: pytest.MonkeyPatch) -> None:
    set_device("cpu")
    (softmax,) = ops.chosen(["softmax"])
    launches = []
    for chain in (1, 4):
        monkeypatch.setattr(ops, "_calls", lambda nbytes, chain=chain: chain)
        replay, tensors, calls = ops.chained(softmax, softmax.arrays())
        assert calls == chain
        replay(*tensors)
        (plan,) = replay.plans()
        launches.append(len(plan.rows))
    assert launches[1] == launches[0] + 3
