"""Files as torch.save writes them, made by hand: both layouts."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile

import numpy as np

from pywebml.formats.wire.torch_pickle import MAGIC


def text(s: str) -> bytes:
    return b"X" + struct.pack("<I", len(s.encode())) + s.encode()


def number(n: int) -> bytes:
    return b"J" + struct.pack("<i", n) if abs(n) < 1 << 31 else b"\x8a\x08" + struct.pack("<q", n)


def numbers(values) -> bytes:
    return b"(" + b"".join(number(v) for v in values) + b"t"


def tensor(kind: str, key: str, size: int, offset: int, shape, strides, legacy=True) -> bytes:
    """The opcodes that torch.save writes for one tensor."""
    pid = (
        b"("
        + text("storage")
        + f"ctorch\n{kind}\n".encode()
        + text(key)
        + text("cpu")
        + number(size)
        + (b"N" if legacy else b"")
        + b"tQ"
    )
    hooks = b"ccollections\nOrderedDict\n)R"
    return (
        b"ctorch._utils\n_rebuild_tensor_v2\n("
        + pid
        + number(offset)
        + numbers(shape)
        + numbers(strides)
        + b"\x89"
        + hooks
        + b"tR"
    )


def state(items: dict[str, bytes]) -> bytes:
    return (
        b"\x80\x02ccollections\nOrderedDict\n)R("
        + b"".join(text(k) + v for k, v in items.items())
        + b"u."
    )


def legacy(tree: bytes, storages: dict[str, np.ndarray]) -> bytes:
    head = (
        pickle.dumps(MAGIC, 2)
        + pickle.dumps(1001, 2)
        + pickle.dumps({"protocol_version": 1001, "little_endian": True}, 2)
    )
    body = b"".join(struct.pack("<q", a.size) + a.tobytes() for a in storages.values())
    return head + tree + pickle.dumps(list(storages), 2) + body


def zipped(tree: bytes, storages: dict[str, np.ndarray]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("model/data.pkl", tree)
        z.writestr("model/byteorder", "little")
        for key, a in storages.items():
            z.writestr(f"model/data/{key}", a.tobytes())
    return out.getvalue()
