"""formats/wire/torch_pickle: what torch.save writes comes back, and what a pickle could do
to us does not happen.
"""

from __future__ import annotations

import io
import os
import pickle
import struct
import zipfile

import numpy as np
import pytest
from torch_files import legacy, number, state, tensor, text, zipped

from pywebml.formats.wire.torch_pickle import read_state_dict


@pytest.mark.parametrize("layout", [legacy, zipped])
def test_strides_offsets_and_shared_storages(layout):
    flat = np.arange(24, dtype=np.float32)
    items = {
        "plain": tensor("FloatStorage", "7", 24, 0, (2, 3, 4), (12, 4, 1), layout is legacy),
        "transposed": tensor("FloatStorage", "7", 24, 0, (4, 3, 2), (1, 4, 12), layout is legacy),
        "part": tensor("FloatStorage", "7", 24, 5, (3,), (6,), layout is legacy),
        "count": tensor("LongStorage", "8", 1, 0, (), (), layout is legacy),
        "empty": tensor("FloatStorage", "7", 24, 24, (0, 3), (3, 1), layout is legacy),
    }
    got = read_state_dict(layout(state(items), {"7": flat, "8": np.array([41])}))
    np.testing.assert_array_equal(got["plain"], flat.reshape(2, 3, 4))
    np.testing.assert_array_equal(got["transposed"], flat.reshape(2, 3, 4).transpose(2, 1, 0))
    np.testing.assert_array_equal(got["part"], [5, 11, 17])
    assert got["transposed"].flags.c_contiguous
    assert {name: a.dtype.str for name, a in got.items()} == dict.fromkeys(got, "<f4") | {
        "count": "<i8"
    }
    assert got["count"] == 41
    assert got["empty"].shape == (0, 3)


def test_a_checkpoint_may_hold_the_state_dict_and_nothing_else_passes_for_one():
    tree = state({"w": tensor("FloatStorage", "0", 4, 0, (2, 2), (2, 1))})
    nested = b"\x80\x02}(" + text("epoch") + number(3) + text("state_dict") + tree[2:-1] + b"u."
    assert read_state_dict(legacy(nested, {"0": np.eye(2, dtype=np.float32)}))["w"][1, 1] == 1
    for other in (b"\x80\x02K\x03.", b"\x80\x02}" + text("w") + number(3) + b"s.", b"\x80\x02]."):
        with pytest.raises(ValueError, match="expected a state dict"):
            read_state_dict(legacy(other, {}))


def test_bfloat16_becomes_float32():
    bits = (np.array([1.5, -2.0], np.float32).view(np.uint32) >> 16).astype(np.uint16)
    got = read_state_dict(
        legacy(state({"w": tensor("BFloat16Storage", "0", 2, 0, (2,), (1,))}), {"0": bits})
    )["w"]
    np.testing.assert_array_equal(got, np.array([1.5, -2.0], np.float32))


class Runs:
    """What a hostile pickle looks like: unpickling it calls os.mkdir."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: {"w": x}, lambda x: [[x]]])
def test_a_hostile_pickle_is_refused_and_runs_nothing(tmp_path, protocol, wrap):
    raw = pickle.dumps(wrap(Runs(tmp_path / "owned")), protocol)
    for data in (legacy(raw, {}), zipped(raw, {}), raw):
        with pytest.raises(ValueError, match=r"refused|broken"):
            read_state_dict(data)
    assert not (tmp_path / "owned").exists()
    pickle.loads(raw)  # the sample really does what it is refused for
    assert (tmp_path / "owned").exists()


@pytest.mark.parametrize(
    ("opcodes", "says"),
    [
        (b"cbuiltins\neval\n", "builtins.eval"),
        (b"cos\nsystem\n" + text("true") + b"\x85R", "os.system"),
        (text("os") + text("system") + b"\x93", "os.system"),
        (b"ctorch._utils\n_rebuild_tensor_v2.__globals__\n", "__globals__"),
        (b"ccollections\nOrderedDict.fromkeys\n", "fromkeys"),
        (b"(ios\nsystem\n", "INST"),
        (b"(cos\nsystem\no", "os.system"),
        (b"ccollections\nOrderedDict\n)\x81", "NEWOBJ"),
        (b"\x82\x01", "EXT1"),
        (text("x") + b"R", "more from the stack"),
        (text("print") + b")R", "a call of str"),
        (b"ctorch\nFloatStorage\n)R", "FloatStorage"),
        (b"}N}b", "expected a dict|state dict"),
        (b"}(}K\x01u", "text or integer keys"),
        (b"h\x05", "nothing remembered"),
        (b"0", "POP"),
        (b"t", "mark is missing"),
        (b"\x96" + struct.pack("<Q", 1 << 60), "expected 1152921504606846976 bytes|BYTEARRAY8"),
        (text("not a pid") + b"Q", "plain storage"),
    ],
)
def test_what_a_state_dict_does_not_need_is_refused_by_name(opcodes, says):
    with pytest.raises(ValueError, match=says):
        read_state_dict(legacy(b"\x80\x02" + opcodes + b".", {}))


@pytest.mark.parametrize(
    ("item", "says"),
    [
        (tensor("FloatStorage", "0", 4, 0, (5,), (1,)), "reaches past"),
        (tensor("FloatStorage", "0", 4, 3, (2,), (1,)), "reaches past"),
        (tensor("FloatStorage", "0", 4, 0, (2,), (-1,)), "impossible"),
        (tensor("FloatStorage", "0", 4, -1, (2,), (1,)), "impossible"),
        (tensor("FloatStorage", "0", 4, 0, (2, 2), (1,)), "impossible"),
        (tensor("FloatStorage", "0", 4, 0, (1 << 20, 1 << 20), (0, 0)), "would take"),
        (tensor("FloatStorage", "0", 4, 0, (1 << 25,), (0,)), "would take"),
        (tensor("FloatStorage", "0", 1 << 40, 0, (1,), (1,)), "more than"),
        (tensor("ObjectStorage", "0", 4, 0, (4,), (1,)), "ObjectStorage"),
        (number(3), "belongs to no tensor"),
    ],
)
def test_impossible_tensors_are_refused(item, says):
    with pytest.raises(ValueError, match=says):
        read_state_dict(legacy(state({"w": item}), {"0": np.zeros(4, np.float32)}))


def test_a_cut_file_is_named_as_such():
    whole = legacy(
        state({"w": tensor("FloatStorage", "0", 4, 0, (4,), (1,))}), {"0": np.zeros(4, np.float32)}
    )
    read_state_dict(whole)
    for keep in (*range(0, len(whole), 7), len(whole) - 1):
        with pytest.raises(ValueError):
            read_state_dict(whole[:keep])
    with pytest.raises(ValueError, match=r"not a PyTorch file|broken pickle"):
        read_state_dict(b"PK\x03\x04 not really a zip")
    with pytest.raises(ValueError, match="no storage model/data/0"):
        read_state_dict(
            zipped(state({"w": tensor("FloatStorage", "0", 4, 0, (4,), (1,), False)}), {})
        )


def test_a_zip_bomb_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("m/data.pkl", state({}))
        for i in range(9):
            z.writestr(f"m/data/{i}", bytes(1 << 10))
    raw = bytearray(out.getvalue())
    at = raw.rfind(b"PK\x01\x02")
    raw[at + 24 : at + 28] = struct.pack("<I", 0xFFFFFFF0)  # the directory claims 4 GiB
    with pytest.raises(ValueError, match="unpacks to more"):
        read_state_dict(bytes(raw))
