"""The seam: both residents play the same command lists and say clearly what is wrong."""

from __future__ import annotations

import asyncio
import dataclasses
import struct
from array import array
from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml.core.runtime import copy_into
from pywebml.core.tensor import flush, memory, tensor
from pywebml.device import get_device, make_device, run_sync, set_device
from pywebml.device.kernels import kernel_text
from pywebml.device.native import adapters, pick_adapter
from pywebml.device.pool import Pool, size_class
from pywebml.device.seam import COPY, Program

SCALE = """
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
struct P { n: u32, k: f32 }
@group(0) @binding(2) var<uniform> p: P;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) g: vec3u) { if (g.x < p.n) {
  y[g.x] = a[g.x] * p.k; } }
"""


def test_upload_copy_download(host: str) -> None:
    device = get_device()
    a, b = device.alloc(64), device.alloc(64)
    values = np.arange(16, dtype=np.float32)
    device.upload(a, values)
    device.upload(a, np.float32([7, 8]), 8)
    device.run(array("i", [COPY, a, b, 32, 0, 16]))
    got = np.frombuffer(device.download_sync(b, 48), np.float32)[4:]
    assert got.tolist() == [0, 1, 7, 8, 4, 5, 6, 7]
    assert asyncio.run(device.download(b, 48))[16:] == got.tobytes()
    device.free(a)
    device.free(b)


def test_a_part_that_is_copied_leaves_the_rest_and_every_alias_alone(host: str) -> None:
    rows = pw.Variable(pw.ops.fill((4, 2), -1.0))
    alias, row = rows.reshape(8), pw.tensor([5.0, 6.0])
    shared = pw.capture(lambda x: x.reshape(2, 4))(rows)
    for at in (0, 3):
        copy_into(row.buffer, rows.buffer, 8 * at)
    assert rows.tolist() == [[5, 6], [-1, -1], [-1, -1], [5, 6]]
    assert alias.tolist() == [-1] * 8
    assert shared.tolist() == [[-1] * 4] * 2


@pytest.mark.gpu
@pytest.mark.parametrize("checks", [True, False])
def test_native_plays_kernels_with_and_without_checks(checks: bool) -> None:
    from pywebml.device.native import NativeDevice

    device = NativeDevice(checks=checks)
    (pipeline,) = device.compile([Program("scale", SCALE)])
    a, b = device.alloc(400), device.alloc(400)
    device.upload(a, np.arange(100, dtype=np.float32))
    group = device.bind(pipeline, [a, b], struct.pack("<If8x", 100, 3.0))
    device.run(array("i", [pipeline, group, 2, 1, 1, 0]))
    assert np.frombuffer(device.download_sync(b, 400), np.float32).tolist() == [
        3.0 * i for i in range(100)
    ]
    with pytest.raises(ValueError, match="2 storage bindings"):
        device.bind(pipeline, [a], b"")
    with pytest.raises(Exception, match="expected"):
        device.compile([Program("broken", "fn x( {")])


@pytest.mark.gpu
def test_a_gpu_at_rest_starts_on_a_long_list_before_it_is_encoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from pywebml.device.native import NativeDevice

    device = NativeDevice()
    (pipeline,) = device.compile([Program("scale", SCALE)])
    a, b = device.alloc(64), device.alloc(64)
    there, back = (
        device.bind(pipeline, buffers, struct.pack("<If8x", 16, k))
        for buffers, k in (([a, b], 2.0), ([b, a], 0.5))
    )
    launches = array(
        "i",
        [pipeline, there, 1, 1, 1, 0, pipeline, back, 1, 1, 1, 0] * 20
        + [pipeline, there, 1, 1, 1, 0],
    )
    submits: list[int] = []
    submit = device._submit
    monkeypatch.setattr(device, "_submit", lambda encoder: (submits.append(1), submit(encoder)))

    def played(times: int = 1) -> int:
        submits.clear()
        for _ in range(times):
            device.run(launches)
        return len(submits)

    device.upload(a, np.arange(16, dtype=np.float32))
    assert played() == 3
    assert played() == 1  # it has work
    assert np.frombuffer(device.download_sync(b, 64), np.float32).tolist() == [
        2.0 * i for i in range(16)
    ]
    assert played(5) == 3 + 4
    device.sync()
    assert played() == 3
    assert np.frombuffer(device.download_sync(b, 64), np.float32).tolist() == [
        2.0 * i for i in range(16)
    ]


@pytest.mark.gpu
def test_many_pipelines_compile_in_parallel_and_once() -> None:
    device: Any = make_device("gpu")
    programs = [Program(f"s{i}", SCALE.replace("p.k", f"p.k * {i}.0")) for i in range(12)]
    first = device.compile(programs)
    assert len(set(first)) == 12
    assert device.compile(programs[::-1]) == first[::-1]
    assert device.memory()["pipelines"] == 12


def test_software_vulkan_is_never_chosen_by_auto() -> None:
    real = pick_adapter(real_only=True)
    device = make_device("auto")
    if real is None:
        assert device.adapter.language == "numpy"
    else:
        assert not device.adapter.software
    assert all(a.info["backend_type"] != "OpenGL" for a in adapters())
    with pytest.raises(ValueError, match="'auto', 'gpu', 'cpu' or"):
        make_device("tpu")


@pytest.mark.gpu
def test_graphics_cards_have_numbers() -> None:
    first = adapters()[0].info
    assert make_device("gpu:0").adapter.name == (first["device"] or first["description"])
    with pytest.raises(RuntimeError, match=r"no graphics card gpu:99; of \d+: \w+"):
        make_device("gpu:99")
    with pytest.raises(ValueError, match="expected 'auto'"):
        make_device("gpu:x")


def test_layout_is_read_from_the_text() -> None:
    assert Program("s", SCALE).layout == "rwu"
    with pytest.raises(ValueError, match="without gaps"):
        _ = Program("s", SCALE.replace("binding(1)", "binding(3)")).layout


LANES = """
enable subgroups;
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(local_invocation_index) i: u32) {
  y[i] = subgroupAdd(1.0); }
"""
HALVES = """
enable f16;
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(local_invocation_index) i: u32) {
  y[i] = f32(f16(f32(i) * 0.1)); }
"""


def test_features_are_read_from_the_text() -> None:
    assert Program("s", SCALE).features == frozenset()
    assert Program("l", LANES).features == {"subgroups"}
    assert Program(
        "b", "// a note\nenable f16, subgroups;\n// enable more;\n" + SCALE
    ).features == {"f16", "subgroups"}
    assert Program("k", kernel_text("dense/frame", ("dense/scalar",))).features == frozenset()


@pytest.mark.gpu
@pytest.mark.parametrize("checks", [True, False])
def test_native_kernels_enable_what_the_adapter_has(checks: bool) -> None:
    from pywebml.device.native import NativeDevice

    device = NativeDevice(checks=checks)
    for feature, source in (("subgroups", LANES), ("f16", HALVES)):
        program = Program(feature, source)
        if feature not in device.adapter.features:
            with pytest.raises(ValueError, match=feature):
                device.compile([program])
            continue
        (pipeline,) = device.compile([program])
        y = device.alloc(256)
        device.run(array("i", [pipeline, device.bind(pipeline, [y]), 1, 1, 1, 0]))
        got = np.frombuffer(device.download_sync(y, 256), np.float32)
        if feature == "f16":
            np.testing.assert_allclose(
                got, (np.arange(64) * np.float32(0.1)).astype(np.float16), rtol=1e-3
            )
        else:
            assert len(set(got)) == 1 and device.adapter.min_subgroup <= got[0] <= (
                device.adapter.max_subgroup or 128
            )


@pytest.mark.gpu
def test_a_kernel_that_enables_what_the_adapter_lacks_is_an_error_with_the_name() -> None:
    device: Any = make_device("gpu")
    device.adapter = dataclasses.replace(device.adapter, features=frozenset(), name="an old GPU")
    with pytest.raises(
        ValueError, match=r"lanes needs WGSL's subgroups, which an old GPU does not offer"
    ):
        device.compile([Program("lanes", LANES)])


def test_size_classes_waste_at_most_a_quarter_and_pool_hands_back() -> None:
    for n in [1, 256, 257, 1000, 4097, 5_000_000]:
        assert n <= size_class(n) <= max(256, n * 1.25)
    pool = Pool(limit=1000)
    assert pool.put(1, 512) == []
    assert pool.take(512) == 1 and pool.take(512) is None
    pool.put(2, 512)
    assert pool.put(3, 512) == [2] and pool.waiting == 512


def test_memory_comes_back(host: str) -> None:
    flush()
    before = memory()
    for _ in range(50):
        x = tensor([[1.0, 2.0], [3.0, 4.0]])
        x = (x * 2 + 1) / x
    del x
    after = memory()
    assert after["tensors"] == before["tensors"] and after["bytes"] == before["bytes"]


def test_tensors_of_two_devices_do_not_mix() -> None:
    set_device("cpu")
    a = tensor([1.0])
    set_device("cpu")
    with pytest.raises(ValueError, match="two devices"):
        _ = a + tensor([1.0])


def test_run_sync_works_inside_a_running_loop() -> None:
    async def answer() -> int:
        await asyncio.sleep(0)
        return 42

    async def notebook() -> int:
        return run_sync(answer())

    assert run_sync(answer()) == 42
    assert asyncio.run(notebook()) == 42
